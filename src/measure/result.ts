import type { Traits, WayKind } from './way.ts';

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
}

export interface LoadResult {
  readonly bytes: number;
  readonly values: number;
  readonly otto: Measured;
  readonly byHand: readonly ByHandResult[];
}

export interface ByHandResult {
  readonly name: string;
  readonly measured: Measured;
  /** Time of otto's way as a multiple of this one's; null where the noise is larger. */
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
