/** What is said about one series of measurements; all in the unit of the samples. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which the share `at` (0 to 1) of the samples lies, interpolated between neighbours. */
export function quantile(samples: readonly number[], at: number): number {
  if (samples.length === 0) throw new RangeError('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** `low` and `high` are the quartiles: half of all samples lie between them. */
export function summarize(samples: readonly number[]): Summary {
  return {
    median: median(samples),
    low: quantile(samples, 0.25),
    high: quantile(samples, 0.75),
    min: Math.min(...samples),
    max: Math.max(...samples),
  };
}

export interface Ratio {
  /** Median of the subject divided by the median of the baseline. */
  readonly ratio: number;
  /** Quartiles of the ratios round by round: what a neighbour or a slow minute did to it. */
  readonly low: number;
  readonly high: number;
}

/** Sample n of both series must be of the same round. */
export function compare(subject: readonly number[], baseline: readonly number[]): Ratio {
  if (subject.length !== baseline.length) throw new RangeError('series of different rounds');
  const byRound = subject.map((value, round) => value / (baseline[round] as number));
  return {
    ratio: median(subject) / median(baseline),
    low: quantile(byRound, 0.25),
    high: quantile(byRound, 0.75),
  };
}
