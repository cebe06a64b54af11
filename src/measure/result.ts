import type { Language, Traits, WayKind } from './way.ts';

/** What `otto bench --json` prints: docs/commands.md, schema/bench.schema.json. Fields may be added, none changed. */
export interface BenchResult {
  readonly version: 1;
  readonly otto: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly ways: readonly WayResult[];
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  readonly bash: string;
  /** Of the directory in which it was measured. */
  readonly fileSystem: string;
}

export interface WayResult {
  readonly name: string;
  readonly kind: WayKind;
  readonly title: string;
  readonly traits: Traits;
  /** Why nothing could be measured; null: something was. */
  readonly missing: string | null;
  /** Seconds that two tasks take which pass nothing. */
  readonly emptySeconds: number | null;
  readonly loads: readonly LoadResult[];
  /** Of a store: the calls that set and get one value of the smallest size, by language. */
  readonly calls: readonly LanguageCalls[];
  /** Characters that pass one value: of the scripts of both tasks, and of the script by hand. */
  readonly scriptCharacters: { readonly otto: number; readonly byHand: number | null };
}

export interface LanguageCalls {
  readonly language: Language;
  readonly bytes: number;
  readonly measured: CallCost;
}

export type CallCost =
  | { readonly seconds: Spread; readonly refused: null }
  | { readonly seconds: null; readonly refused: string };

export interface LoadResult {
  readonly bytes: number;
  readonly values: number;
  readonly otto: Measured;
  readonly byHand: readonly ByHandResult[];
}

export interface ByHandResult {
  readonly name: string;
  /** Fewer than through otto for a tool that takes long for each. */
  readonly values: number;
  readonly measured: Measured;
  /** Time of one value as a multiple of that by hand; null where the noise is larger. */
  readonly ratio: number | null;
}

/** What the values cost: what the run took beyond one that passes nothing. */
export interface Cost {
  readonly seconds: Spread;
  readonly secondsPerValue: number;
  readonly bytesPerSecond: number | null;
  readonly cpuSeconds: number | null;
  readonly diskBytes: number | null;
  readonly peakBytes: number | null;
}

/** The median, and the quartiles round it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export type Measured =
  | { readonly cost: Cost; readonly refused: null }
  | { readonly cost: null; readonly refused: string };
