import { resolve } from 'node:path';
import { createHasher } from '../../data/checksum.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import { exportValues } from '../../history/export-values.ts';
import type { RunRecord } from '../../history/run-record.ts';
import { quote } from '../../ottofile/quote.ts';
import { counted, sizeWords } from '../../report/words.ts';
import { showPath } from '../messages.ts';
import { type DataContext, scopeOf, withValues } from './data-context.ts';
import { findRun, openRun } from './find-run.ts';
import { misuse } from './state-context.ts';

/** `otto data export [RUN] DIR`: each value as a file of its own, and an index of them. */
export async function dataExport(context: DataContext, words: readonly string[]): Promise<number> {
  const { run, directory } = selection(context, words);
  return withValues(context, run, async (values) => {
    const tasks = await values.all();
    const place = {
      directory,
      replace: context.options.flags.has('force'),
      hasher: createHasher(nativeOrNull),
    };
    const found = tasks.flatMap((task) => task.values);
    const exported = await exportValues(values, found, place);
    const problems = [...tasks.flatMap(({ problem }) => problem ?? []), ...exported.problems];
    const what = `${counted(exported.files, 'value', 'values')}, ${sizeWords(exported.bytes)}`;
    context.write(`exported ${what}, to ${showPath(directory)}\n`);
    for (const problem of problems) context.warn(problem);
    return problems.length === 0 ? 0 : 1;
  });
}

function selection(
  context: DataContext,
  words: readonly string[],
): { readonly run: RunRecord; readonly directory: string } {
  const scope = scopeOf(context);
  const [first, second, third] = words;
  if (first === undefined || third !== undefined)
    throw misuse(
      'otto data export takes a run and a directory',
      'for example: otto data export latest values',
    );
  const place = findRun(scope, first);
  if (second === undefined) {
    // Who names only a run has forgotten the directory; one of that name would be a surprise.
    if (place !== null)
      throw misuse(`${quote(first)} is a run: say also where to`, `otto data export ${first} DIR`);
    return { run: openRun(scope, null), directory: resolve(first) };
  }
  if (place === null)
    throw misuse(`there is no run ${quote(first)} in the history`, 'otto history lists the runs');
  return { run: openRun(scope, place), directory: resolve(second) };
}
