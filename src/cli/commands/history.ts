import { FailureError } from '../../base/failure.ts';
import type { RunQuery, RunSummary } from '../../history/index-store.ts';
import { withIndex } from '../../history/open-index.ts';
import { queryRuns, refreshIndex } from '../../history/refresh.ts';
import { readRunRecord } from '../../history/run-record.ts';
import { loadSqlite } from '../../history/sqlite-driver.ts';
import { type RunPlace, runPath } from '../../history/state-tree.ts';
import { quote } from '../../ottofile/quote.ts';
import { findRun } from './find-run.ts';
import { runJson, runsJson } from './history-json.ts';
import { runsText, runText } from './history-text.ts';
import { misuse, type StateContext, wholeNumber } from './state-context.ts';

const DEFAULT_NUMBER = 20;
const TIMEOUT_MS = 5000;

/**
 * `otto history [--json] [-n N] [--all] [--failed] [TASK | RUN]`: lists the project's runs, or shows one. Returns the exit
 * code; throws FailureError.
 */
export async function historyCommand(context: StateContext): Promise<number> {
  const { flags, words } = context.options;
  const [word = null, ...more] = words;
  if (more.length > 0) throw misuse('otto history takes one run or one task at a time');
  const folder = flags.has('all') ? null : (context.project?.folder ?? null);
  const run = word === null ? null : findRun({ home: context.home, folder }, word);
  if (run !== null) {
    showRun(context, run);
    return 0;
  }
  const limit = numberOfRuns(context);
  const query = { folder, unsuccessful: flags.has('failed'), task: word, limit };
  const runs = await listRuns(context, query);
  if (word !== null && runs.length === 0 && !query.unsuccessful) {
    throw misuse(`no run and no task ${quote(word)} in the history`, 'otto history lists the runs');
  }
  context.write(flags.has('json') ? runsJson(runs) : runsText(runs, folder === null));
  return 0;
}

function numberOfRuns({ options }: StateContext): number {
  const limit = wholeNumber(options, 'number') ?? DEFAULT_NUMBER;
  if (limit === 0) throw misuse('--number takes a whole number above 0, not "0"');
  return limit;
}

function showRun({ home, options, write }: StateContext, place: RunPlace): void {
  const record = readRunRecord(runPath(home, place));
  if (!record.ok) throw new FailureError(record.error);
  write(options.flags.has('json') ? runJson(record.value) : runText(record.value));
}

async function listRuns({ home, warn }: StateContext, query: RunQuery): Promise<RunSummary[]> {
  const place = { home, driver: await loadSqlite(), timeoutMs: TIMEOUT_MS };
  const { value, problem } = withIndex(place, (index) => {
    const { live, problems } = refreshIndex(home, index);
    return { runs: queryRuns(index, live, query), problems };
  });
  if (problem !== null) warn(problem);
  for (const unreadable of value.problems) warn(unreadable);
  return value.runs;
}
