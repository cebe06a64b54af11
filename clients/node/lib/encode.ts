import { types } from 'node:util';
import { isWellFormed } from './well-formed.ts';

/** A value as the stores take it. */
export type Encoded =
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'json'; readonly text: string }
  | { readonly type: 'bytes'; readonly data: Uint8Array };

/** Refuses with a TypeError what the other languages could not read. */
export function encode(key: string, value: unknown): Encoded {
  if (typeof value === 'string') return encodeString(value);
  const data = bytesOf(value);
  if (data !== null) return { type: 'bytes', data };
  const text = encodeJson(key, value);
  // What a toJSON or a String has made a string of.
  return text.startsWith('"') ? encodeString(JSON.parse(text)) : { type: 'json', text };
}

/** A lone surrogate has no UTF-8; as an escape in JSON it survives. */
function encodeString(text: string): Encoded {
  return isWellFormed(text) ? { type: 'string', text } : { type: 'json', text: JSON.stringify(text) };
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return null;
}

function encodeJson(key: string, value: unknown): string {
  const path = `OUTPUT[${JSON.stringify(key)}]`;
  try {
    if (isPlain(value, 0)) return JSON.stringify(value);
    const text = write(value, path, new Set());
    if (text === undefined) throw refused(path, describe(value));
    return text;
  } catch (error) {
    if (error instanceof RangeError) throw refused(path, 'nested too deep');
    throw error;
  }
}

/** Deeper than this, `write` decides: it tells a cycle from what is only deep. */
const MAX_PLAIN_DEPTH = 100;

/** Whether JSON.stringify, several times faster than `write`, gives the same text. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return isPlainNumber(value);
  if (typeof value !== 'object' || depth > MAX_PLAIN_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1)) && !('toJSON' in value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return false;
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name], depth + 1)) return false;
  return true;
}

const isPlainNumber = (value: number): boolean =>
  Number.isInteger(value) ? Number.isSafeInteger(value) && !Object.is(value, -0) : Number.isFinite(value);

/** The JSON text of a value; undefined for what an object leaves out. */
function write(value: unknown, path: string, ancestors: Set<object>): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return writeNumber(value, path);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return undefined;
    case 'object':
      return value === null ? 'null' : writeObject(value, path, ancestors);
    default:
      throw refused(path, describe(value));
  }
}

/** Integral and safe: an int. All else reads back as a float, also in languages that tell 1 from 1.0. */
function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw refused(path, String(value));
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  const looksLikeInt = !Number.isSafeInteger(value) && /^-?\d+$/.test(text);
  return looksLikeInt ? `${text}.0` : text;
}

function writeObject(value: object, path: string, ancestors: Set<object>): string | undefined {
  const replacement = (value as { toJSON?: unknown }).toJSON;
  if (bytesOf(value) !== null) throw refused(path, `${describe(value)} inside another value`);
  if (typeof replacement === 'function') return write(replacement.call(value, ''), path, ancestors);
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return write(value.valueOf(), path, ancestors);
  if (isOpaque(value)) throw refused(path, describe(value));
  if (ancestors.has(value)) throw refused(path, 'an object that contains itself');
  ancestors.add(value);
  const text = Array.isArray(value)
    ? writeArray(value, path, ancestors)
    : writeProperties(value, path, ancestors);
  ancestors.delete(value);
  return text;
}

function writeArray(items: readonly unknown[], path: string, ancestors: Set<object>): string {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) parts.push(write(items[i], `${path}[${i}]`, ancestors) ?? 'null');
  return `[${parts.join(',')}]`;
}

function writeProperties(value: object, path: string, ancestors: Set<object>): string {
  const parts: string[] = [];
  for (const [name, item] of Object.entries(value)) {
    const quoted = JSON.stringify(name);
    const text = write(item, `${path}[${quoted}]`, ancestors);
    if (text !== undefined) parts.push(`${quoted}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

/** Built-in objects that JSON.stringify would turn into {} without a word. */
function isOpaque(value: object): boolean {
  return (
    types.isMap(value) ||
    types.isSet(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isPromise(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value)
  );
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return types.isPromise(value) ? 'a Promise (await it first)' : `of type ${name}`;
}

function refused(path: string, what: string): TypeError {
  return new TypeError(
    `${path} is ${what}; a value is a string, finite number, bigint, boolean, null, array, plain object or bytes`,
  );
}
