import { movesMuch } from './plan.ts';
import type { Reading } from './reading.ts';
import type { CallCost, Cost, Measured, Spread } from './result.ts';
import type { Load } from './way.ts';

/** Readings of one subject: the first, of the round that fills caches, for memory alone. */
export interface Readings {
  readonly first: Reading | null;
  readonly rounds: readonly Reading[];
  readonly refused: string | null;
}

export type Quantile = (sorted: number[], at: number) => number;

/** What `load` cost beyond the same tasks passing nothing, round by round: what disturbs a round disturbs both. */
export function costOf(load: Load, measured: Readings, nothing: Readings, quantile: Quantile): Measured {
  const refused = measured.refused ?? nothing.refused;
  if (refused !== null) return { cost: null, refused };
  const beyond = (take: (reading: Reading) => number | null): Spread | null =>
    spreadOf(differences(measured.rounds, nothing.rounds, take), quantile);
  const seconds = beyond(({ seconds: taken }) => taken);
  if (seconds === null) return { cost: null, refused: 'interrupted' };
  const cost: Cost = {
    seconds,
    secondsPerValue: seconds.median / load.values,
    bytesPerSecond: seconds.low > 0 ? (load.bytes * load.values) / seconds.median : null,
    cpuSeconds: beyond(({ cpuSeconds }) => cpuSeconds)?.median ?? null,
    diskBytes: atLeastZero(beyond(({ diskBytes }) => diskBytes)?.median ?? null),
    peakBytes: movesMuch(load) ? atLeastZero(beyondFirst(measured.first, nothing.first)) : null,
  };
  return { cost, refused: null };
}

const atLeastZero = (bytes: number | null): number | null => (bytes === null ? null : Math.max(0, bytes));

function differences(
  measured: readonly Reading[],
  nothing: readonly Reading[],
  take: (reading: Reading) => number | null,
): number[] {
  return measured.flatMap((reading, round) => {
    const base = nothing[round];
    const [taken, without] = [take(reading), base === undefined ? null : take(base)];
    return taken === null || without === null ? [] : [taken - without];
  });
}

const beyondFirst = (measured: Reading | null, nothing: Reading | null): number | null =>
  measured?.peakBytes == null || nothing?.peakBytes == null ? null : measured.peakBytes - nothing.peakBytes;

function spreadOf(samples: readonly number[], quantile: Quantile): Spread | null {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** Null where either one cannot be told from nothing. */
export function ratioOf(otto: Measured, byHand: Measured): number | null {
  if (otto.cost === null || byHand.cost === null) return null;
  const [ours, theirs] = [otto.cost.seconds, byHand.cost.seconds];
  if (ours.low <= 0 || theirs.low <= 0) return null;
  return otto.cost.secondsPerValue / byHand.cost.secondsPerValue;
}

/** What one value took in the calls that set and get it. */
export function callsOf({ values }: Load, { rounds, refused }: Readings, quantile: Quantile): CallCost {
  if (refused !== null) return { seconds: null, refused };
  const samples = rounds.flatMap(({ callSeconds }) => (callSeconds === null ? [] : [callSeconds / values]));
  const seconds = spreadOf(samples, quantile);
  return seconds === null ? { seconds: null, refused: 'interrupted' } : { seconds, refused: null };
}
