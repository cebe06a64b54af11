import { FailureError } from '../../base/failure.ts';
import type { RunQuery } from '../../history/index-store.ts';
import { RUN_RESULTS, type RunRecord, readRunRecord } from '../../history/run-record.ts';
import { type RunPlace, runPath } from '../../history/state-tree.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { findRun } from './find-run.ts';
import { runJson, runsJson } from './history-json.ts';
import { listRuns } from './history-runs.ts';
import { type LogContext, showTask } from './history-task.ts';
import { runsText, runText } from './history-text.ts';
import { misuse, type StateContext, wholeNumber } from './state-context.ts';
import { timesOf } from './time-option.ts';

const DEFAULT_NUMBER = 20;

/** Options that choose among runs, and so mean nothing for one of them. */
const FILTERS = ['number', 'failed', 'result', 'task', 'since', 'until'];
const LOGS = ['stdout', 'stderr', 'log', 'attempt'];

/**
 * `otto history [FILTERS] [TASK]` lists the project's runs, `otto history RUN` shows one, `otto history RUN TASK` one of its
 * tasks. Returns the exit code; throws FailureError.
 */
export async function historyCommand(context: LogContext): Promise<number> {
  const [word = null, task = null] = context.options.words;
  const folder = context.options.flags.has('all') ? null : (context.project?.folder ?? null);
  const run = word === null ? null : findRun({ home: context.home, folder }, word);
  if (run !== null) {
    refuse(context, FILTERS, 'is for lists of runs');
    return showRun(context, recordOf(context, run), task);
  }
  if (task !== null)
    throw misuse(`there is no run ${quote(word ?? '')} in the history`, 'otto history lists the runs');
  refuse(context, LOGS, 'needs a run and a task: otto history RUN TASK');
  return list(context, { folder, word });
}

async function showRun(context: LogContext, run: RunRecord, task: string | null): Promise<number> {
  if (task !== null) return showTask(context, run, task);
  refuse(context, LOGS, 'needs a task, too: otto history RUN TASK');
  context.write(context.options.flags.has('json') ? runJson(run) : runText(run));
  return 0;
}

function recordOf({ home }: StateContext, place: RunPlace): RunRecord {
  const record = readRunRecord(runPath(home, place));
  if (!record.ok) throw new FailureError(record.error);
  return record.value;
}

async function list(
  context: StateContext,
  { folder, word }: { readonly folder: string | null; readonly word: string | null },
): Promise<number> {
  const query = queryOf(context, { folder, word });
  const runs = await listRuns(context, query);
  if (word !== null && runs.length === 0 && !isFiltered(query)) {
    throw misuse(`no run and no task ${quote(word)} in the history`, 'otto history lists the runs');
  }
  context.write(context.options.flags.has('json') ? runsJson(runs) : runsText(runs, folder === null));
  return 0;
}

function queryOf(
  { options }: StateContext,
  { folder, word }: { readonly folder: string | null; readonly word: string | null },
): RunQuery {
  const named = options.values.get('task') ?? null;
  if (word !== null && named !== null && named !== word)
    throw misuse(
      `${quote(word)} and --task ${quote(named)} name two tasks`,
      'otto history takes one at a time',
    );
  const unsuccessful = options.flags.has('failed');
  const result = resultOf(options.values.get('result'));
  if (unsuccessful && result !== null) throw misuse('--failed and --result exclude each other');
  const limit = numberOfRuns({ options });
  return { folder, unsuccessful, result, task: word ?? named, ...timesOf(options, new Date()), limit };
}

const isFiltered = ({ unsuccessful, result, since, until }: RunQuery): boolean =>
  unsuccessful || result !== null || since !== null || until !== null;

function resultOf(text: string | undefined): RunQuery['result'] {
  if (text === undefined) return null;
  const result = RUN_RESULTS.find((one) => one === text);
  if (result !== undefined) return result;
  const near = suggest(text, RUN_RESULTS);
  const hint = near ? `did you mean "${near}"?` : `there are ${RUN_RESULTS.join(', ')}`;
  throw misuse(`no run has the result ${quote(text)}`, hint);
}

function numberOfRuns({ options }: Pick<StateContext, 'options'>): number {
  const limit = wholeNumber(options, 'number') ?? DEFAULT_NUMBER;
  if (limit === 0) throw misuse('--number takes a whole number above 0, not "0"');
  return limit;
}

function refuse({ options }: StateContext, names: readonly string[], why: string): void {
  const given = names.find((name) => options.flags.has(name) || options.values.has(name));
  if (given !== undefined) throw misuse(`--${given} ${why}`);
}
