import { FailureError } from '../../base/failure.ts';
import type { RunRecord, TaskRecord } from '../../history/run-record.ts';
import type { RunValues, StoredValue, TaskValues } from '../../history/run-values.ts';
import { quote, visible } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { misuse } from './state-context.ts';

/** The task of that name. Throws a FailureError that names those there are. */
export function findTask({ run, tasks }: RunRecord, name: string): TaskRecord {
  const task = tasks.find((one) => one.name === name);
  if (task !== undefined) return task;
  const names = tasks.map((one) => one.name);
  throw misuse(`there is no task ${quote(name)} in the run ${run}`, nearOf(name, names, 'its tasks are'));
}

/** The value of that task and key. Throws a FailureError that names those there are. */
export async function findValue(values: RunValues, task: string, key: string): Promise<StoredValue> {
  const found = await values.of(findTask(values.run, task));
  return valueIn(found, key) ?? noSuchKey(values.run, found, key);
}

/**
 * The value that `task.key` names, as INPUT does: of the longest task name that fits and has such a key.
 */
export async function findSpelled(values: RunValues, spelled: string): Promise<StoredValue> {
  const { run } = values;
  const fitting = run.tasks
    .filter(({ name }) => spelled.startsWith(`${name}.`))
    .sort((a, b) => b.name.length - a.name.length);
  const read: TaskValues[] = [];
  for (const task of fitting) {
    const found = await values.of(task);
    const value = valueIn(found, spelled.slice(task.name.length + 1));
    if (value !== null) return value;
    read.push(found);
  }
  const [longest] = read;
  if (longest !== undefined) noSuchKey(run, longest, spelled.slice(longest.task.name.length + 1));
  return refuseSpelled(values, spelled);
}

async function refuseSpelled(values: RunValues, spelled: string): Promise<never> {
  const { run } = values;
  const task = run.tasks.find(({ name }) => name === spelled);
  if (task !== undefined) {
    const keys = (await values.of(task)).values.map(({ key }) => key);
    throw misuse(`of task ${quote(spelled)} no key is named`, `its values are: ${shown(keys)}`);
  }
  const all = (await values.all()).flatMap((one) => one.values.map(({ key }) => `${one.task.name}.${key}`));
  throw misuse(
    `there is no value ${quote(spelled)} in the run ${run.run}`,
    nearOf(spelled, all, 'its values are'),
  );
}

/** Null when there is none. A task whose values cannot be read has no answer at all. */
function valueIn({ values, problem }: TaskValues, key: string): StoredValue | null {
  if (problem !== null) throw new FailureError(problem);
  return values.find((value) => value.key === key) ?? null;
}

function noSuchKey({ run, result }: RunRecord, { task, values, from }: TaskValues, key: string): never {
  const keys = values.map((value) => value.key);
  const goesOn = result === 'running' && from !== 'history';
  const none = goesOn
    ? from === null
      ? 'it has not begun'
      : 'it goes on and has set none yet'
    : 'it has left none';
  const hint = keys.length > 0 ? nearOf(key, keys, 'its values are') : none;
  throw misuse(`task ${quote(task.name)} has no value ${quote(key)} in the run ${run}`, hint);
}

function nearOf(word: string, names: readonly string[], intro: string): string {
  const near = suggest(word, names);
  return near === undefined ? `${intro}: ${shown(names)}` : `did you mean ${quote(near)}?`;
}

const MOST_SHOWN = 10;

function shown(names: readonly string[]): string {
  const some = names.slice(0, MOST_SHOWN).map((name) => shorten(visible(name)));
  if (some.length === 0) return 'none';
  return some.join(', ') + (names.length > some.length ? `, … (${names.length} in all: otto data)` : '');
}

const MOST_LETTERS = 60;

/** A key may be 2048 bytes long; `--json` shows all of it. */
export const shorten = (text: string): string =>
  text.length > MOST_LETTERS ? `${[...text].slice(0, MOST_LETTERS).join('')}…` : text;
