import { isUtf8 } from 'node:buffer';
import { promises, readFileSync } from 'node:fs';
import { attempt, attemptAsync } from '../base/io-failure.ts';
import type { Entry, ValueType } from './value.ts';

const SMALL_BYTES = 256 * 1024;

/** All bytes of a value; meant for values that are known to be small enough for memory. */
export async function bytesOf(entry: Entry): Promise<Buffer> {
  const { source } = entry;
  if (source.kind !== 'file') return asBuffer(source.data);
  if (entry.bytes <= SMALL_BYTES) return attempt('read', source.path, () => readFileSync(source.path));
  return attemptAsync('read', source.path, () => promises.readFile(source.path));
}

/** What `raw` and an untrue `string` turn out to be. */
export function resolveType(type: ValueType, isValidUtf8: boolean): 'string' | 'bytes' | 'json' {
  if (type === 'json' || type === 'bytes') return type;
  return isValidUtf8 ? 'string' : 'bytes';
}

/** The same from the bytes themselves. */
export function resolveTypeOf(type: ValueType, data: Uint8Array): 'string' | 'bytes' | 'json' {
  return resolveType(type, type === 'bytes' || type === 'json' || isUtf8(data));
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
