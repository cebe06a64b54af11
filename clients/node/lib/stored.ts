import type { ValueType } from '../../../src/data/value.ts';
import type { Origin } from './origin.ts';

/** Where a part of a value lies. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** One value of a dependency, not read yet. */
export interface Stored {
  readonly type: ValueType;
  /** Its bytes, without a copy where the store allows it. */
  bytes(): Uint8Array;
  /** Its bytes, copied: given where that is cheaper and safer than to look at them where they are. */
  copy?(): Uint8Array;
  /** The same of a part; given where a value may be larger than an ArrayBuffer. What lies beyond its end is left out. */
  part?(range: Range): Uint8Array;
  /** Given when it has a file of its own. */
  readonly origin?: Origin;
}

export type StoredValues = ReadonlyMap<string, Stored>;

/** As much of the range as `size` bytes have. */
export function within({ offset, length }: Range, size: number): Range {
  if (![offset, length].every((count) => Number.isSafeInteger(count) && count >= 0))
    throw new RangeError(`offset and length are whole numbers: ${offset}, ${length}`);
  const start = Math.min(offset, size);
  return { offset: start, length: Math.min(length, size - start) };
}
