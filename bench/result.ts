import type { Summary } from './measure/statistics.ts';

/** `time-at-most`: subject ≤ ratio × baseline. `speed-at-least`: the subject is at least `ratio` times as fast. */
export interface Goal {
  readonly kind: 'time-at-most' | 'speed-at-least';
  readonly ratio: number;
  /** A goal beyond what was promised. */
  readonly stretch?: boolean;
}

export type Series =
  | {
      readonly name: string;
      readonly ours: boolean;
      readonly summary: Summary;
      readonly samples: readonly number[];
    }
  | { readonly name: string; readonly ours: boolean; readonly notMeasured: string };

/** Ratios are times: subject divided by baseline. `met` is null where there is no goal. */
export interface Comparison {
  readonly subject: string;
  readonly baseline: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly goal: Goal | null;
  readonly met: boolean | null;
}

export type CurveName = 'size' | 'keys' | 'writers';

export interface Point {
  readonly curve: CurveName;
  /** Bytes, keys or processes. */
  readonly x: number;
}

/** One piece of work that several contenders did. Samples are seconds. */
export interface Row {
  readonly work: string;
  /** Where the row stands on a curve that shows how cost grows. */
  readonly point?: Point;
  readonly series: readonly Series[];
  readonly comparisons: readonly Comparison[];
}

/** A number that is no time, with the most it may be. */
export interface Check {
  readonly what: string;
  readonly bytes: number;
  readonly atMostBytes: number;
}

export const partNames = ['a', 'b', 'c', 'd', 'e'] as const;
export type PartName = (typeof partNames)[number];

export interface PartResult {
  readonly part: PartName;
  readonly measuredAt: string;
  /** The commit that was measured; ends in `+` when the checkout differed from it. */
  readonly commit: string;
  readonly bytes: number;
  /** Processes that wanted a processor in the minute before: much more than 0 means that something else was running. */
  readonly load: number;
  readonly machine: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
}

export interface Results {
  readonly version: 1;
  readonly parts: readonly PartResult[];
}

export const isMeasured = (series: Series): series is Extract<Series, { summary: Summary }> =>
  'summary' in series;
