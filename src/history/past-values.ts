import type { TaskName } from '../base/task-name.ts';
import type { KeptValue } from '../data/value.ts';
import { readRunRecord } from './run-record.ts';
import { listRuns, runPath } from './state-tree.ts';

/** How far back it is looked: what was set longer ago says little of what will be. */
const RUNS_LOOKED_AT = 30;

/**
 * What tasks of a project set when they succeeded last, from the run.json files: they are there also where no SQLite loads. Tasks that
 * have not succeeded lately are left out.
 */
export function pastValues(
  { home, folder }: { readonly home: string; readonly folder: string },
  tasks: Iterable<TaskName>,
): ReadonlyMap<TaskName, readonly KeptValue[]> {
  const wanted = new Set<string>(tasks);
  const found = new Map<TaskName, readonly KeptValue[]>();
  for (const place of listRuns(home, folder).slice(-RUNS_LOOKED_AT).reverse()) {
    if (wanted.size === 0) break;
    const run = readRunRecord(runPath(home, place));
    // One that cannot be read, or has just begun, says nothing.
    for (const { name, result, values } of run.ok ? run.value.tasks : []) {
      if (!wanted.has(name) || (result !== 'succeeded' && result !== 'fresh')) continue;
      wanted.delete(name);
      found.set(name as TaskName, values);
    }
  }
  return found;
}
