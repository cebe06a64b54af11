import { constants, linkSync, promises } from 'node:fs';
import { join } from 'node:path';
import { attemptAsync } from '../base/io-failure.ts';
import type { Replacement } from './declared-outputs.ts';
import { bytesOf } from './entry-bytes.ts';
import type { Native, Region } from './native.ts';
import { attemptNative } from './native-failure.ts';
import { type Entry, MAX_INLINE_JSON_BYTES } from './value.ts';

/** A region whose task's values the runner itself writes. */
export interface WritableRegion {
  readonly native: Native;
  readonly region: Region;
}

/** A name that no client gives to a file: what has it is about to become a value. */
const PASSING_NAME = '0-0.value';
/** What one mapping holds at most. */
const MAX_MAPPED_BYTES = 4 * 1024 ** 3;

/** Gives a value another type, or other bytes. */
export function replaceValue({ native, region }: WritableRegion, replacement: Replacement): void {
  const { key, type, data } = replacement;
  attemptNative('write', region.path, () => {
    if (data !== null) setValue(region, key, { type, data });
    else retype({ native, region }, key, type);
  });
}

/** Puts a value of history into the region. */
export async function putValue(target: WritableRegion, entry: Entry): Promise<void> {
  const { region, native } = target;
  const { key, source, bytes } = entry;
  const type = entry.type === 'raw' ? 'string' : entry.type;
  if (source.kind !== 'file' || bytes <= MAX_INLINE_JSON_BYTES) {
    const data = await bytesOf(entry);
    attemptNative('write', region.path, () => setValue(region, key, { type, data }));
  } else if (type === 'json' || bytes > MAX_MAPPED_BYTES) {
    await copyIn(region, entry);
  } else {
    const data = attemptNative('read', source.path, () => native.mapFile(source.path));
    attemptNative('write', region.path, () => setValue(region, key, { type, data }));
  }
}

interface NewValue {
  readonly type: 'string' | 'bytes' | 'json';
  readonly data: Uint8Array;
}

function setValue(region: Region, key: string, { type, data }: NewValue): void {
  if (type === 'bytes') region.setBytes(key, data);
  else if (type === 'json') region.setJson(key, textOf(data));
  else if (data.length <= MAX_INLINE_JSON_BYTES) region.setString(key, textOf(data));
  // Read as a string all the same; and a text of this size need not fit into one of V8.
  else region.setRaw(key, data);
}

const textOf = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.length).toString();

/** A second name for its file, where it has one in the region's directory; the first goes when the region is sealed. */
function retype({ native, region }: WritableRegion, key: string, type: NewValue['type']): void {
  const file = region.entries().find((entry) => entry.key === key)?.file ?? null;
  if (file === null) setValue(region, key, { type, data: region.getBytes(key) ?? Buffer.alloc(0) });
  else if (linked(file, join(region.directory, PASSING_NAME))) region.adoptFile(key, type, PASSING_NAME);
  else setValue(region, key, { type, data: native.mapFile(file) });
}

/** What spilled lies on another file system. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** JSON text that is longer than a string of V8 may be, and values larger than a mapping. */
async function copyIn(region: Region, { key, type, source }: Entry): Promise<void> {
  if (source.kind === 'memory') return;
  const path = join(region.directory, PASSING_NAME);
  await attemptAsync('write', path, async () => {
    await promises.copyFile(source.path, path, constants.COPYFILE_EXCL);
    await promises.chmod(path, 0o600);
  });
  attemptNative('write', region.path, () => region.adoptFile(key, type, PASSING_NAME));
}
