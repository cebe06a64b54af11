import type { ValueType } from '../../../src/data/value.ts';

/** One value of a dependency, not read yet. */
export interface Stored {
  readonly type: ValueType;
  /** Its bytes, without a copy where the store allows it. */
  bytes(): Uint8Array;
}

export type StoredValues = ReadonlyMap<string, Stored>;
