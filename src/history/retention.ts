/** How long runs are kept (`otto.retention` in the ottofile; the options of `otto clean` override it). */
export interface RetentionRule {
  readonly keepDays: number;
  readonly keepLast: number;
  readonly keepFailedDays: number;
}

/** What the rule has to know of a run. */
export interface RunAge {
  /** The run's name: sorts by time. */
  readonly run: string;
  readonly startedAt: Date;
  readonly result: 'running' | 'succeeded' | 'failed' | 'interrupted';
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Keeps nothing but live runs. */
export const KEEP_NOTHING: RetentionRule = { keepDays: 0, keepLast: 0, keepFailedDays: 0 };

/**
 * The runs of one project that are no longer to be kept, oldest first. A run stays when it is live, or among the newest
 * `keepLast`, or younger than `keepDays`, or did not succeed and is younger than `keepFailedDays`.
 */
export function runsToRemove<R extends RunAge>(runs: readonly R[], rule: RetentionRule, now: Date): R[] {
  const newestFirst = [...runs].sort((a, b) => compareNames(b.run, a.run));
  return newestFirst.filter((run, index) => !isKept(run, index, { rule, now })).reverse();
}

function isKept(
  run: RunAge,
  index: number,
  { rule, now }: { readonly rule: RetentionRule; readonly now: Date },
): boolean {
  if (run.result === 'running' || index < rule.keepLast) return true;
  const ageMs = now.getTime() - run.startedAt.getTime();
  if (ageMs < rule.keepDays * DAY_MS) return true;
  return run.result !== 'succeeded' && ageMs < rule.keepFailedDays * DAY_MS;
}

/** By code unit, as the names of runs are made to sort; a locale would not. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
