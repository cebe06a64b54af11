import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ValueType } from '../../../src/data/value.ts';
import { mapFile } from './addon.ts';
import { type Range, type Stored, type StoredValues, within } from './stored.ts';
import { isWellFormed } from './well-formed.ts';

/**
 * Reads a dependency's JSON (docs/task-protocol.md, section 4): one key a line, each value as it stands. Values are parsed
 * when they are used.
 */
export function readJsonValues(path: string): StoredValues {
  const text = readFileSync(path);
  const directory = dirname(realpathSync(path));
  const values = new Map<string, Stored>();
  let at = text.indexOf(NEWLINE) + 1;
  for (let end = text.indexOf(NEWLINE, at); end >= 0; at = end + 1, end = text.indexOf(NEWLINE, at)) {
    if (text[at] !== SPACE) break;
    const line = text.subarray(at + INDENT, text[end - 1] === COMMA ? end - 1 : end);
    const keyEnd = endOfString(line);
    values.set(JSON.parse(line.toString('utf8', 0, keyEnd)), stored(line.subarray(keyEnd + 2), directory));
  }
  return values;
}

const NEWLINE = 10;
const SPACE = 32;
const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;
const INDENT = 2;

/** The index after the quote that ends the string which `bytes` begins with. */
function endOfString(bytes: Buffer): number {
  let at = 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

const TAG = '{"$otto":';
const WRAPPED = '{"$otto":"value","value":';

interface Tag {
  readonly $otto: string;
  readonly base64: string;
  readonly type: ValueType;
  readonly path: string;
  readonly bytes: number;
}

function stored(text: Buffer, directory: string): Stored {
  if (text[0] === QUOTE) return storedString(text);
  if (!startsWith(text, TAG)) return { type: 'json', bytes: () => text };
  if (startsWith(text, WRAPPED)) return { type: 'json', bytes: () => text.subarray(WRAPPED.length, -1) };
  const tag = JSON.parse(text.toString()) as Tag;
  if (tag.$otto === 'bytes') return { type: 'bytes', bytes: () => Buffer.from(tag.base64, 'base64') };
  if (tag.$otto !== 'file' || !/^values\/\d+$/.test(tag.path))
    throw new Error(
      `${directory} holds a value with the tag ${JSON.stringify(tag.$otto)}, which this client does not know`,
    );
  return storedFile(tag, join(directory, tag.path));
}

function storedFile({ type, bytes }: Tag, path: string): Stored {
  return {
    type,
    bytes: () => mappedFile(path, bytes) ?? readPart(path, bytes, { offset: 0, length: bytes }),
    part: (range) => readPart(path, bytes, within(range, bytes)),
    origin: { type, bytes, file: path, mapped: () => mappedFile(path, bytes) },
  };
}

const startsWith = (text: Buffer, start: string): boolean =>
  text.toString('latin1', 0, start.length) === start;

function storedString(text: Buffer): Stored {
  if (!text.includes(BACKSLASH)) return { type: 'string', bytes: () => text.subarray(1, -1) };
  let unquoted: string | undefined;
  const value = (): string => {
    unquoted ??= JSON.parse(text.toString()) as string;
    return unquoted;
  };
  // A string that has no UTF-8 (a lone surrogate) stays the JSON text as which every store has it.
  return {
    get type() {
      return isWellFormed(value()) ? 'string' : 'json';
    },
    bytes: () => (isWellFormed(value()) ? Buffer.from(value()) : text),
  };
}

/** The views of files that the script still has. */
const views = new Map<string, WeakRef<Uint8Array>>();

/** Mapped where the addon is there: reading a gigabyte takes longer than all else that is done with it. Else null. */
function mappedFile(path: string, length: number): Uint8Array | null {
  const known = views.get(path)?.deref();
  if (known !== undefined) return known;
  const mapped = mapFile(path);
  if (mapped === null) return null;
  if (mapped.length !== length) throw wrongSize(path, mapped.length, length);
  views.set(path, new WeakRef(mapped));
  return mapped;
}

const wrongSize = (path: string, size: number, length: number): Error =>
  new Error(`${path} has ${size} bytes, not the ${length} that its task wrote`);

/** Longest read(2) that Node does at once. */
const MAX_READ = 1 << 30;

/** A part of a file that has to have `expected` bytes. */
function readPart(path: string, expected: number, { offset, length }: Range): Buffer {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size !== expected) throw wrongSize(path, size, expected);
    const data = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const got = readSync(fd, data, at, Math.min(length - at, MAX_READ), offset + at);
      if (got === 0) throw new Error(`${path} became shorter while it was read`);
      at += got;
    }
    return data;
  } finally {
    closeSync(fd);
  }
}
