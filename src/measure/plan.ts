import type { Load } from './way.ts';

/** How thoroughly is measured. */
export interface Effort {
  readonly sizes: readonly number[];
  /** Of one size in one run: together they take longer than the clock of a busy machine errs. */
  readonly mostValues: number;
  readonly rounds: number;
  /** However long they take. */
  readonly leastRounds: number;
  /** No further round is begun that would not end in this time. */
  readonly budgetSeconds: number;
  /** Whether everything is run once before the first round, for caches and memory; else only what moves much. */
  readonly warmsAll: boolean;
  /** Whether calls of Python and Node are measured beside those of bash. */
  readonly allLanguages: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
export const SMALL_BYTES = 16;

export const QUICK: Effort = {
  sizes: [SMALL_BYTES, KIB, MIB],
  mostValues: 30,
  rounds: 3,
  leastRounds: 1,
  budgetSeconds: 15,
  warmsAll: false,
  allLanguages: false,
};
export const NORMAL: Effort = {
  sizes: [...QUICK.sizes, 100 * MIB],
  mostValues: 100,
  rounds: 5,
  leastRounds: 2,
  budgetSeconds: 180,
  warmsAll: true,
  allLanguages: true,
};
export const FULL: Effort = {
  ...NORMAL,
  sizes: [...NORMAL.sizes, 1024 * MIB],
  rounds: 7,
  leastRounds: 1,
  budgetSeconds: 1200,
};

const BYTES_IN_ALL = 8 * MIB;

export const loadOf = (bytes: number, mostValues: number): Load => ({
  bytes,
  values: Math.max(1, Math.min(mostValues, Math.floor(BYTES_IN_ALL / Math.max(bytes, 1)))),
});

/** The same two tasks, passing nothing: what they take is taken off all other readings. */
export const NOTHING: Load = { bytes: SMALL_BYTES, values: 0 };

/** By hand it is not run for practice from here on: a tool may take minutes, and fills no cache that a value's file does not. */
export const isLong = ({ bytes }: Load): boolean => bytes > 16 * MIB;

/** Less cannot be told from what the same processes take anyway. */
export const TELLING_BYTES = 4 * MIB;
export const movesMuch = ({ bytes, values }: Load): boolean => bytes * values >= TELLING_BYTES;
