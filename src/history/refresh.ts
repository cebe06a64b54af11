import type { Failure } from '../base/failure.ts';
import type { RunIndex, RunQuery, RunSummary } from './index-store.ts';
import { matches, newestFirst } from './memory-index.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import { listFolders, listRuns, placeKey, runPath } from './state-tree.ts';

export interface Refreshed {
  /** Runs that are going on: they are on disk but not in the index. */
  readonly live: readonly RunRecord[];
  /** Run directories that could not be read. */
  readonly problems: readonly Failure[];
}

/**
 * Brings the index up to date with the run directories: takes in runs that were recorded without it or whose process was
 * killed, and forgets runs whose directory is gone.
 */
export function refreshIndex(home: string, index: RunIndex): Refreshed {
  const onDisk = listFolders(home).flatMap((folder) => listRuns(home, folder));
  const indexed = index.places();
  const known = new Set(indexed.map(placeKey));
  const present = new Set(onDisk.map(placeKey));
  const read = onDisk
    .filter((place) => !known.has(placeKey(place)))
    .map((place) => readRunRecord(runPath(home, place)));
  const found = read.flatMap((result) => (result.ok ? [result.value] : []));
  const ended = found.filter((run) => run.result !== 'running');
  const gone = indexed.filter((place) => !present.has(placeKey(place)));
  if (ended.length > 0) index.record(ended);
  if (gone.length > 0) index.forget(gone);
  return {
    live: found.filter((run) => run.result === 'running'),
    problems: read.flatMap((result) => (result.ok || isMissing(result.error) ? [] : [result.error])),
  };
}

/** A run that is just beginning has no run.json yet. */
const isMissing = (problem: Failure): boolean => problem.kind === 'io' && problem.code === 'ENOENT';

/** The runs that the query asks for, those going on included. */
export function queryRuns(index: RunIndex, live: readonly RunRecord[], query: RunQuery): RunSummary[] {
  return [...live.filter((run) => matches(run, query)), ...index.query(query)]
    .sort(newestFirst)
    .slice(0, query.limit);
}
