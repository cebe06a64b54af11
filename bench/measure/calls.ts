import { loadRival } from '../rivals.ts';
import { median } from './statistics.ts';

/** As much of the package `benchmark` as is used here. */
interface Bench {
  readonly error?: Error;
  readonly stats: { readonly sample: readonly number[] };
  run(): Bench;
}
type BenchConstructor = new (work: () => void, options: Readonly<Record<string, number>>) => Bench;

/** Seconds of one call of `work`, by the package `benchmark`: it warms up, chooses the number of calls and repeats them. */
export function secondsPerCall(work: () => void, longestSeconds: number): number {
  const Benchmark = loadRival<BenchConstructor>('benchmark');
  if (Benchmark === null) throw new Error('the package "benchmark" is missing: npm --prefix bench ci');
  const bench = new Benchmark(work, {
    minSamples: 3,
    minTime: longestSeconds / 5,
    maxTime: longestSeconds,
  }).run();
  if (bench.error) throw bench.error;
  return median(bench.stats.sample);
}
