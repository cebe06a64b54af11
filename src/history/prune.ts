import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nowMs } from '../base/clock.ts';
import { type Removal, removeLeftovers, removeRuns } from './remove-runs.ts';
import { type RetentionRule, type RunAge, runsToRemove } from './retention.ts';
import { readRunRecord } from './run-record.ts';
import { listRuns, type RunPlace, runPath, timeOfRun } from './state-tree.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface PruneScope {
  readonly home: string;
  /** The project's directory in otto's home. */
  readonly folder: string;
  readonly rule: RetentionRule;
  readonly now: Date;
}

/**
 * The runs that the rule lets go, oldest first. How a run ended is looked up only where it matters: run.json is not read for
 * runs that are kept for their age or place alone.
 */
export function removableRuns({ home, folder, rule, now }: PruneScope): RunPlace[] {
  const runs = listRuns(home, folder).map((place) => ({
    ...place,
    startedAt: timeOfRun(place.run),
    result: 'succeeded' as RunAge['result'],
  }));
  const candidates = new Set(runsToRemove(runs, rule, now));
  const judged = runs.map((run) =>
    candidates.has(run) ? { ...run, result: resultOf(home, run, now) } : run,
  );
  return runsToRemove(judged, rule, now);
}

/**
 * A run that is just beginning has no run.json yet, and neither has one that was killed then; a day tells them apart. What a
 * newer otto recorded is left to it.
 */
function resultOf(home: string, place: RunPlace, now: Date): RunAge['result'] {
  const path = runPath(home, place);
  const record = readRunRecord(path);
  if (record.ok) return record.value.result;
  if (record.error.kind === 'newer-version') return 'running';
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime();
  return now.getTime() - changed < DAY_MS ? 'running' : 'interrupted';
}

/** Longer than this no run waits for the removal of old ones; the next run goes on with it. */
const AUTO_PRUNE_MS = 500;

const NOTHING: Removal = { removed: [], problems: [] };

/**
 * Applies the rule at most once a day in a project, after a run. The first run of a project has nothing to remove and only
 * begins the day. The caller makes the index forget what was removed.
 */
export function autoPrune(scope: PruneScope): Removal {
  const stamp = join(scope.home, scope.folder, '.pruned');
  const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  if (last !== undefined && scope.now.getTime() - last < DAY_MS) return NOTHING;
  const wanted = last === undefined ? [] : removableRuns(scope);
  if (last !== undefined) removeLeftovers(scope.home, scope.folder);
  const endMs = nowMs() + AUTO_PRUNE_MS;
  let complete = true;
  const removal = removeRuns(scope.home, wanted, () => {
    complete = nowMs() < endMs;
    return complete;
  });
  if (complete) writeFileSync(stamp, '');
  return removal;
}
