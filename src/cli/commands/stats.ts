import { EVERY_RUN, type RunSummary } from '../../history/index-store.ts';
import {
  executionsOfRuns,
  statisticsByTask,
  statisticsOf,
  type TaskStatistics,
} from '../../history/statistics.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggestTask } from '../../ottofile/suggest.ts';
import { listRuns } from './history-runs.ts';
import { misuse, type StateContext } from './state-context.ts';
import { statsText } from './stats-text.ts';
import { timesOf } from './time-option.ts';

/** `otto stats [--since TIME] [--until TIME] [--all] [--json] [TASK]...`. Returns the exit code; throws FailureError. */
export async function statsCommand(context: StateContext): Promise<number> {
  const { flags, words } = context.options;
  const folder = flags.has('all') ? null : (context.project?.folder ?? null);
  const times = timesOf(context.options, new Date());
  const runs = await listRuns(context, { ...EVERY_RUN, folder, ...times });
  const found = {
    runs: await statisticsOf(executionsOfRuns(runs)),
    tasks: slowestFirst(chosen(await statisticsByTask(runs), runs, words)),
  };
  context.write(
    flags.has('json') ? `${JSON.stringify(found, null, 2)}\n` : statsText(found, words.length === 0),
  );
  return 0;
}

/** TASK, the items that its `foreach` made of it, and all tasks of an included file of that name. */
function chosen(
  all: readonly TaskStatistics[],
  runs: readonly RunSummary[],
  words: readonly string[],
): readonly TaskStatistics[] {
  if (words.length === 0) return all;
  const isMeant = (word: string) => (task: string) => task === word || task.startsWith(`${word}:`);
  const names = all.map(({ task }) => task);
  const unknown = words.find((word) => !names.some(isMeant(word)));
  if (unknown !== undefined) {
    const near = suggestTask(unknown, names);
    const none = runs.length === 0 ? 'there are no runs' : 'otto stats without a task shows all';
    throw misuse(`no task ${quote(unknown)} in these runs`, near ? `did you mean ${quote(near)}?` : none);
  }
  return all.filter(({ task }) => words.some((word) => isMeant(word)(task)));
}

const slowestFirst = (tasks: readonly TaskStatistics[]): TaskStatistics[] =>
  [...tasks].sort((a, b) => (b.spread?.medianMs ?? -1) - (a.spread?.medianMs ?? -1));
