import { loadSqlite } from '../../data/sqlite/driver.ts';
import type { RunQuery, RunSummary } from '../../history/index-store.ts';
import { withIndex } from '../../history/open-index.ts';
import { queryRuns, refreshIndex } from '../../history/refresh.ts';
import type { StateContext } from './state-context.ts';

const TIMEOUT_MS = 5000;

/** The runs that the query asks for, newest first, also those that the index did not know yet. */
export async function listRuns({ home, warn }: StateContext, query: RunQuery): Promise<RunSummary[]> {
  const place = { home, driver: await loadSqlite(), timeoutMs: TIMEOUT_MS };
  const { value, problem } = withIndex(place, (index) => {
    const { live, problems } = refreshIndex(home, index);
    return { runs: queryRuns(index, live, query), problems };
  });
  if (problem !== null) warn(problem);
  for (const unreadable of value.problems) warn(unreadable);
  return value.runs;
}
