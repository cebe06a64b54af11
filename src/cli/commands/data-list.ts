import type { RunRecord } from '../../history/run-record.ts';
import type { StoredValue, TaskValues } from '../../history/run-values.ts';
import { quote } from '../../ottofile/quote.ts';
import { sizeWords } from '../../report/words.ts';
import { type DataContext, scopeOf, withValues } from './data-context.ts';
import { findRun, openRun } from './find-run.ts';
import { findTask, shorten } from './find-value.ts';
import { misuse } from './state-context.ts';
import { cell, commandLine, table } from './table.ts';

/** `otto data list [RUN] [TASK]`: the values of a run, the newest one when none is named. */
export async function dataList(context: DataContext, words: readonly string[]): Promise<number> {
  const { run, task } = selection(context, words);
  const asked = task === null ? run.tasks : [findTask(run, task)];
  const found = await withValues(context, run, async (values) => {
    const read: TaskValues[] = [];
    for (const one of asked) read.push(await values.of(one));
    return read;
  });
  const values = found.flatMap((one) => one.values);
  context.write(context.options.flags.has('json') ? asJson(run, values) : asText(run, values));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  for (const problem of problems) context.warn(problem);
  return problems.length === 0 ? 0 : 1;
}

function selection(
  context: DataContext,
  words: readonly string[],
): { readonly run: RunRecord; readonly task: string | null } {
  const scope = scopeOf(context);
  const [first = null, second = null, third] = words;
  if (third !== undefined) throw misuse('otto data lists one run and one task at a time');
  const place = first === null ? null : findRun(scope, first);
  if (place === null && second !== null)
    throw misuse(`there is no run ${quote(first ?? '')} in the history`, 'otto history lists the runs');
  return { run: openRun(scope, place), task: place === null ? first : second };
}

function asText(run: RunRecord, values: readonly StoredValue[]): string {
  const head = `${run.run}  ${run.result}  ${commandLine(run.command)}`;
  if (values.length === 0) return `${head}\nno values\n`;
  const rows = values.map(({ task, key, type, bytes, place, xxh128 }) => [
    shorten(cell(task)),
    shorten(cell(key)),
    type,
    sizeWords(bytes),
    place,
    xxh128?.slice(0, 12) ?? '-',
  ]);
  const titles = ['TASK', 'KEY', 'TYPE', 'SIZE', 'WHERE', 'XXH128'];
  const lines = table([titles, ...rows], ['left', 'left', 'left', 'right']);
  return `${[head, '', ...lines].join('\n')}\n`;
}

/** docs/commands.md has its fields: some may be added, none changed. */
function asJson(run: RunRecord, values: readonly StoredValue[]): string {
  const { run: name, project, result, store, directory } = run;
  return `${JSON.stringify({ run: name, project, result, store, directory, values: values.map(valueJson) }, null, 2)}\n`;
}

const valueJson = ({ task, key, type, bytes, place, xxh128, source }: StoredValue) => ({
  task,
  key,
  type,
  bytes,
  where: place,
  xxh128,
  path: source.kind === 'file' ? source.path : null,
});
