import type { Load } from './way.ts';

/** How thoroughly is measured. */
export interface Effort {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** After this time no round is begun, except that there are always two. */
  readonly budgetSeconds: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
export const SMALL_BYTES = 16;

export const QUICK: Effort = { sizes: [SMALL_BYTES, KIB, MIB], rounds: 3, budgetSeconds: 20 };
export const NORMAL: Effort = { sizes: [SMALL_BYTES, KIB, MIB, 100 * MIB], rounds: 5, budgetSeconds: 60 };
export const FULL: Effort = { sizes: [...NORMAL.sizes, 1024 * MIB], rounds: 7, budgetSeconds: 900 };
export const LEAST_ROUNDS = 2;

/** Many of the small ones, so that together they take longer than the clock of a busy machine errs. */
const MOST_VALUES = 100;
const BYTES_IN_ALL = 8 * MIB;

export const loadOf = (bytes: number): Load => ({
  bytes,
  values: Math.max(1, Math.min(MOST_VALUES, Math.floor(BYTES_IN_ALL / Math.max(bytes, 1)))),
});

/** The same two tasks, passing nothing: what they take is taken off all other readings. */
export const NOTHING: Load = { bytes: SMALL_BYTES, values: 0 };
