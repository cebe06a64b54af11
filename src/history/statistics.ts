import type { Outcome, SkipReason } from '../run/events.ts';
import type { RunSummary, TaskSummary } from './index-store.ts';
import type { RunPlace } from './state-tree.ts';

/** One time that something ran. */
export interface Execution {
  readonly place: RunPlace;
  /** `stopped`: ended because another task had failed. */
  readonly result: 'succeeded' | 'failed' | 'interrupted' | 'stopped';
  readonly durationMs: number | null;
}

/** How the durations of those that succeeded are spread. */
export interface Spread {
  readonly minMs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The median of the newest `count` that succeeded against that of as many before them. */
export interface Trend {
  readonly count: number;
  readonly recentMs: number;
  readonly beforeMs: number;
}

export interface Statistics {
  readonly succeeded: number;
  readonly failed: number;
  readonly interrupted: number;
  readonly stopped: number;
  /** Of those that succeeded or failed; null when there is none. */
  readonly failureRate: number | null;
  /** Null when none succeeded. */
  readonly spread: Spread | null;
  /** Null when there are too few to compare. */
  readonly trend: Trend | null;
  /** Time of all that ran, however it ended. */
  readonly totalMs: number;
  readonly slowest: Execution | null;
  readonly last: Execution | null;
}

export interface TaskStatistics extends Statistics {
  readonly task: string;
  /** It was up to date. */
  readonly fresh: number;
  /** It was part of a run, but never started. */
  readonly skipped: number;
  /** The same by the reason. */
  readonly skippedBecause: Readonly<Record<SkipReason['kind'], number>>;
}

/** At most so many, and at least so many, are compared with as many before. */
const MOST_COMPARED = 10;
const LEAST_COMPARED = 3;

/** Statistics of executions, the newest first. The library is loaded by the first call. */
export async function statisticsOf(executions: readonly Execution[]): Promise<Statistics> {
  const count = (result: Execution['result']) => executions.filter((one) => one.result === result).length;
  const [succeeded, failed] = [count('succeeded'), count('failed')];
  const timed = executions.flatMap((one) =>
    one.result === 'succeeded' && one.durationMs !== null ? [{ ...one, durationMs: one.durationMs }] : [],
  );
  const durations = timed.map(({ durationMs }) => durationMs);
  const slowest = timed.reduce<Execution | null>(
    (found, one) => (found === null || one.durationMs > (found.durationMs ?? 0) ? one : found),
    null,
  );
  return {
    succeeded,
    failed,
    interrupted: count('interrupted'),
    stopped: count('stopped'),
    failureRate: succeeded + failed === 0 ? null : failed / (succeeded + failed),
    spread: durations.length === 0 ? null : await spreadOf(durations),
    trend: await trendOf(durations),
    totalMs: executions.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    slowest,
    last: executions[0] ?? null,
  };
}

async function spreadOf(durations: readonly number[]): Promise<Spread> {
  const { quantileSorted } = await import('simple-statistics');
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (part: number) => quantileSorted(sorted, part);
  return { minMs: at(0), medianMs: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
}

async function trendOf(newestFirst: readonly number[]): Promise<Trend | null> {
  const count = Math.min(MOST_COMPARED, Math.floor(newestFirst.length / 2));
  if (count < LEAST_COMPARED) return null;
  const { median } = await import('simple-statistics');
  const recentMs = median(newestFirst.slice(0, count));
  return { count, recentMs, beforeMs: median(newestFirst.slice(count, 2 * count)) };
}

/** Whole runs as executions; those that go on are none yet. */
export const executionsOfRuns = (runs: readonly RunSummary[]): Execution[] =>
  runs.flatMap(({ folder, run, result, durationMs }) =>
    result === 'running' ? [] : [{ place: { folder, run }, result, durationMs }],
  );

/** For each task the executions in these runs, in the order of the runs. */
export async function statisticsByTask(runs: readonly RunSummary[]): Promise<TaskStatistics[]> {
  const tasks = new Map<string, Notes>();
  for (const run of runs) {
    for (const task of run.tasks) {
      const notes = tasks.get(task.name) ?? new Notes();
      tasks.set(task.name, notes);
      notes.add(run, task);
    }
  }
  return Promise.all(
    [...tasks].map(async ([task, { executions, fresh, skippedBecause }]) => ({
      task,
      fresh,
      skipped: Object.values(skippedBecause).reduce((sum, count) => sum + count, 0),
      skippedBecause,
      ...(await statisticsOf(executions)),
    })),
  );
}

/** What became of one task in all runs. */
class Notes {
  readonly executions: Execution[] = [];
  readonly skippedBecause = { condition: 0, dependency: 0, stopped: 0, interrupted: 0 };
  fresh = 0;

  add({ folder, run, result }: RunSummary, { outcome, startedAt, durationMs }: TaskSummary): void {
    if (outcome?.kind === 'fresh') this.fresh++;
    else if (outcome?.kind === 'skipped') this.skippedBecause[outcome.because.kind]++;
    else if (outcome !== null)
      this.executions.push({ place: { folder, run }, result: resultOf(outcome), durationMs });
    else if (result === 'running') return;
    else if (startedAt === null) this.skippedBecause.interrupted++;
    else this.executions.push({ place: { folder, run }, result: 'interrupted', durationMs });
  }
}

/** Who was ended from outside has not failed. */
function resultOf(outcome: Exclude<Outcome, { kind: 'fresh' | 'skipped' }>): Execution['result'] {
  if (outcome.kind === 'succeeded') return 'succeeded';
  const { kind } = outcome.reason;
  return kind === 'interrupted' || kind === 'stopped' ? kind : 'failed';
}
