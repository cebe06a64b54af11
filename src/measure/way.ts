import type { StoreName } from '../data/store.ts';

/** What one measured run passes from a task to the next. */
export interface Load {
  readonly bytes: number;
  /** How many values of that size; 0: the same two tasks pass nothing. */
  readonly values: number;
}

export const LANGUAGES = ['bash', 'python', 'node'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A task of a measured run, as it stands in the ottofile, and its script. */
export interface TaskText {
  readonly script: string;
  readonly keys?: Readonly<Record<string, unknown>>;
}

/** The same pass done without otto, by one bash script. */
export interface ByHand {
  readonly name: string;
  /** Programs it calls that not every machine has. */
  readonly programs: readonly string[];
  /** In one run; few for a tool that takes long for each. */
  readonly mostValues: number;
  /** What the tool puts behind each value, for example a newline. */
  readonly addedBytes?: number;
  script(load: Load): string;
  /** Null where it can pass the load; else why it cannot. */
  refuses?(load: Load): string | null;
}

/** What a way can do at all, in words for a table; src/measure/ways/limits.ts has them all. */
export interface Traits {
  /** Of one value; null: as much as there is room for. */
  readonly largestBytes: number | null;
  readonly largestValue: string;
  readonly types: string;
  readonly whileRunning: string;
  readonly kept: string;
  readonly readers: string;
  /** What has to be there besides otto. */
  readonly needs: string;
  /** What a task writes to pass a value on, and to take it. */
  readonly write: string;
  readonly read: string;
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
  /** Of both tasks. */
  readonly language: Language;
  make(load: Load): TaskText;
  use(load: Load): TaskText;
  /** The first one is what the way is compared with. */
  readonly byHand: readonly ByHand[];
  /** Null where it can pass the load; else why it cannot. */
  refuses?(load: Load): string | null;
  readonly traits: Traits;
  /** The same way by the API of other languages; empty where the way does not depend on it. */
  readonly inLanguages: readonly { readonly language: Language; readonly way: Way }[];
}

/** How long the text is that passes one value: by the tasks, and by the script that does without otto. */
export function scriptCharacters(way: Way): { readonly otto: number; readonly byHand: number | null } {
  const load: Load = { bytes: IN_VARIABLE_BYTES + 1, values: 1 };
  const count = (text: string) => text.replaceAll(/\bstamp(?:\n|$)/g, '').length;
  const [hand] = way.byHand;
  return {
    otto: count(way.make(load).script) + count(way.use(load).script),
    byHand: hand === undefined ? null : count(hand.script(load)),
  };
}

/** Up to here a script holds a value in a variable; what is larger comes out of a pipe. */
const IN_VARIABLE_BYTES = 64 * 1024;
export const isSmall = ({ bytes }: Load): boolean => bytes <= IN_VARIABLE_BYTES;

/** For a tool that takes a minute and more for a value. */
const PATIENCE_BYTES = 256 * 2 ** 20;
export const tooSlow = ({ bytes }: Load): string | null =>
  bytes > PATIENCE_BYTES ? 'takes a minute and more: not tried' : null;

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
