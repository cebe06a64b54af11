import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { attempt } from '../base/io-failure.ts';
import { resolveType } from './entry-bytes.ts';
import type { Entry } from './value.ts';

/** A value with its type kept: integers are BigInt and exact, all other numbers doubles; objects are maps. */
export type ExactValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly ExactValue[]
  | ReadonlyMap<string, ExactValue>;

/** Reads it all at once: meant for values that are known to be small. Throws a SyntaxError for JSON that is none. */
export function exactValueOf({ type, source }: Entry): ExactValue {
  const data =
    source.kind === 'file' ? attempt('read', source.path, () => readFileSync(source.path)) : source.data;
  const text = (): string => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  switch (resolveType(type, type === 'bytes' || isUtf8(data))) {
    case 'bytes':
      return data;
    case 'string':
      return text();
    case 'json':
      return exactJson(text());
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;

/** Integers pass through JSON.parse as strings with a mark that the text does not hold. */
export function exactJson(text: string): ExactValue {
  let mark = 'int:';
  while (text.includes(mark)) mark = `int${mark}`;
  const marked = text.replace(TOKEN, (token) => (INTEGER.test(token) ? `"${mark}${token}"` : token));
  const exact = (value: unknown): ExactValue => {
    if (typeof value === 'string') return value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;
    if (Array.isArray(value)) return value.map(exact);
    if (typeof value === 'object' && value !== null)
      return new Map(Object.entries(value).map(([key, member]) => [key, exact(member)]));
    return value as null | boolean | number;
  };
  return exact(JSON.parse(marked));
}
