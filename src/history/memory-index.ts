import type { RunIndex, RunQuery, RunSummary } from './index-store.ts';
import { compareNames } from './retention.ts';
import type { RunRecord } from './run-record.ts';
import { placeKey, type RunPlace } from './state-tree.ts';

/** The index where no SQLite loads: empty at first, so that every use of it reads the run.json files anew. */
export class MemoryIndex implements RunIndex {
  readonly kind = 'scan';
  private readonly runs = new Map<string, RunRecord>();

  record(runs: readonly RunRecord[]): void {
    for (const run of runs) this.runs.set(placeKey(run), run);
  }

  forget(places: readonly RunPlace[]): void {
    for (const place of places) this.runs.delete(placeKey(place));
  }

  places(): RunPlace[] {
    return [...this.runs.values()].map(({ folder, run }) => ({ folder, run }));
  }

  query(query: RunQuery): RunSummary[] {
    return [...this.runs.values()]
      .filter((run) => matches(run, query))
      .sort(newestFirst)
      .slice(0, query.limit);
  }

  close(): void {}
}

export function matches(run: RunSummary, query: RunQuery): boolean {
  if (query.folder !== null && run.folder !== query.folder) return false;
  if (query.unsuccessful && (run.result === 'succeeded' || run.result === 'running')) return false;
  if (query.result !== null && run.result !== query.result) return false;
  if (query.since !== null && run.startedAt < query.since) return false;
  if (query.until !== null && run.startedAt >= query.until) return false;
  return query.task === null || run.tasks.some((task) => task.name === query.task);
}

export const newestFirst = (a: RunPlace, b: RunPlace): number =>
  compareNames(b.run, a.run) || compareNames(a.folder, b.folder);
