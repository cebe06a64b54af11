import type { StoreName } from '../data/store.ts';

/** What one measured run passes from a task to the next. */
export interface Load {
  readonly bytes: number;
  /** How many values of that size; 0: the same two tasks pass nothing. */
  readonly values: number;
}

/** A task of a measured run, as it stands in the ottofile, and its script. */
export interface TaskText {
  readonly bash: string;
  readonly keys?: Readonly<Record<string, unknown>>;
}

/** The same pass done without otto, by one bash script. */
export interface ByHand {
  readonly name: string;
  /** Programs it calls that not every machine has. */
  readonly programs: readonly string[];
  script(load: Load): string;
  /** Null where it can pass the load; else why it cannot. */
  refuses?(load: Load): string | null;
}

/** What a way can do at all, in words for a table. */
export interface Traits {
  readonly largestValue: string;
  readonly types: string;
  readonly whileRunning: string;
  readonly kept: string;
  readonly readers: string;
}

export type WayKind = 'store' | 'capture' | 'stream';

/**
 * One way to pass data. The scripts get BENCH_VALUE, the file with one value, and BENCH_COUNT, the file for the number of bytes
 * that arrived. They call `stamp` where the measured time begins (`make`) and ends (`use`).
 */
export interface Way {
  readonly name: string;
  readonly kind: WayKind;
  readonly title: string;
  readonly store: StoreName;
  make(load: Load): TaskText;
  use(load: Load): TaskText;
  /** The first one is what the way is compared with. */
  readonly byHand: readonly ByHand[];
  /** Null where it can pass the load; else why it cannot. */
  refuses?(load: Load): string | null;
  readonly traits: Traits;
}

/** Up to here a script holds a value in a variable; what is larger comes out of a pipe. */
const IN_VARIABLE_BYTES = 64 * 1024;
export const isSmall = ({ bytes }: Load): boolean => bytes <= IN_VARIABLE_BYTES;

/** Repeats a command for each value; its number is in `$n`. */
export const repeated = ({ values }: Load, command: string): string =>
  `for ((n = 0; n < ${values}; n++)); do ${command}; done`;

/** What brings one value to a command: a word of its command line, or its stdin. */
export const given = (load: Load, byWord: string, byStdin: string): string =>
  isSmall(load) ? byWord : `cat "$BENCH_VALUE" | ${byStdin}`;

/** Before the clock starts. */
export const heldValue = (load: Load): string => (isSmall(load) ? 'value=$(<"$BENCH_VALUE")\n' : '');

/** The lines of a script that counts what arrives, and tells when the last byte has. */
export const counted = (command: string): string => `{ ${command}; } | wc -c > "$BENCH_COUNT"\nstamp\n`;
