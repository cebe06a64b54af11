import { resolve } from 'node:path';
import { parseTaskName, type TaskName } from '../base/task-name.ts';
import type { TextAt } from './fields.ts';
import type { DraftForeach } from './foreach.ts';
import { dependenciesOf, findCycles } from './links.ts';
import type { MapEntry, Reading } from './mapping.ts';
import type { Freshness, TaskDefinition, TaskFile } from './model.ts';
import { expandHome } from './paths.ts';
import { quote } from './quote.ts';
import { TASK_SECTION } from './schema.ts';
import { chooseScript } from './script.ts';
import { readSection, type SectionValues, sectionEntries } from './section.ts';
import type { Source } from './source.ts';
import { checkVariables } from './task-checks.ts';

export interface TaskContext {
  readonly file: TaskFile;
  readonly userHome: string;
  /** For tasks that do not say. */
  readonly fresh: Freshness;
}

/** A task whose links have not been checked yet, with the places of the names in them. */
export interface DraftTask {
  readonly definition: TaskDefinition;
  readonly offset: number;
  readonly before: readonly TextAt[];
  readonly after: readonly TextAt[];
  readonly foreach: DraftForeach | null;
}

/** All tasks under `tasks:`; those with an impossible name are reported and left out. */
export function readTasks(
  reading: Reading,
  entry: MapEntry | undefined,
  context: TaskContext,
): ReadonlyMap<TaskName, DraftTask> {
  const tasks = new Map<TaskName, DraftTask>();
  const entries = entry && sectionEntries(reading, entry, '"tasks"');
  for (const task of entries?.values() ?? []) {
    const name = checkName(reading.source, task);
    const draft = readTask(reading, { entry: task, name: name ?? (task.key as TaskName) }, context);
    if (name !== null) tasks.set(name, draft);
  }
  return tasks;
}

function checkName(source: Source, { key, offset }: MapEntry): TaskName | null {
  const name = /\p{Surrogate}/u.test(key) ? null : parseTaskName(key);
  if (name?.ok) return name.value;
  const problem = name ? name.error : 'a task name must be valid Unicode';
  source.error(offset, problem, 'choose another name');
  return null;
}

interface NamedEntry {
  readonly entry: MapEntry;
  readonly name: TaskName;
}

function readTask(reading: Reading, { entry, name }: NamedEntry, context: TaskContext): DraftTask {
  const owner = `task ${quote(name)}`;
  const entries = sectionEntries(reading, entry, owner) ?? new Map<string, MapEntry>();
  const values = readSection({ ...reading, owner }, entries, TASK_SECTION);
  const names = (list: readonly TextAt[] = []) => [...new Set(list.map(({ text }) => text as TaskName))];
  const script = chooseScript(reading.source, { owner, entries, values });
  const { params = [], foreach = null } = values;
  checkVariables(reading.source, { params, foreach, language: script?.language ?? null });
  return {
    definition: {
      name,
      localName: name,
      file: context.file,
      ...fieldsOf(values),
      before: names(values.before),
      after: names(values.after),
      foreach: null,
      fresh: values.fresh ?? context.fresh,
      script,
      directory: directoryOf(values, context),
      at: reading.source.place(entry.offset),
    },
    offset: entry.offset,
    before: values.before ?? [],
    after: values.after ?? [],
    foreach,
  };
}

/** What needs no more than its own key. */
const fieldsOf = (values: SectionValues<typeof TASK_SECTION>) => ({
  help: values.help?.text ?? null,
  envs: values.envs ?? [],
  dotenv: values.dotenv ?? [],
  params: (values.params ?? []).map(({ definition }) => definition),
  input: values.input ?? [],
  output: values.output ?? [],
  outputs: values.outputs ?? null,
  timeoutMs: values.timeout || null,
  retries: values.retries ?? null,
  interactive: values.interactive ?? false,
  always: values.always ?? false,
  condition: values.if ?? null,
});

function directoryOf(values: SectionValues<typeof TASK_SECTION>, context: TaskContext): string {
  return resolve(context.file.directory, expandHome(values.dir?.text ?? '', context.userHome));
}

/** Reports names that are no task, tasks that name themselves, and cycles. */
export function checkLinks(source: Source, tasks: ReadonlyMap<TaskName, DraftTask>): void {
  for (const [name, { before, after }] of tasks) {
    for (const [key, names] of [['before', before] as const, ['after', after] as const]) {
      const problem = (other: string) =>
        `task ${quote(name)} names ${quote(other)} in "${key}", but there is no such task`;
      knownNames(source, { names, tasks, problem });
      const itself = names.find(({ text }) => text === name);
      if (itself)
        source.error(itself.offset, `task ${quote(name)} names itself in "${key}"`, 'remove it there');
    }
  }
  reportCycles(source, tasks);
}

function reportCycles(source: Source, tasks: ReadonlyMap<TaskName, DraftTask>): void {
  const others = (self: TaskName, names: readonly TaskName[]) => names.filter((name) => name !== self);
  const linked = new Map(
    [...tasks].map(([name, { definition }]) => [
      name,
      { before: others(name, definition.before), after: others(name, definition.after) },
    ]),
  );
  for (const path of findCycles(dependenciesOf(linked))) {
    const message = `tasks wait for each other: ${showCycle(path)}`;
    source.error(placeOf(tasks, path), message, 'each waits for the next one: remove one of these links');
  }
}

const MAX_SHOWN_TASKS = 12;

function showCycle(path: readonly TaskName[]): string {
  const shown = path.map((name) => (/^[\w./:-]+$/.test(name) ? name : quote(name)));
  const cut = shown.length - MAX_SHOWN_TASKS;
  return (cut > 0 ? shown.toSpliced(MAX_SHOWN_TASKS - 1, cut, `… ${cut} more …`) : shown).join(' -> ');
}

/** Where the cycle's first link is written: in the first task's `before`, or in the other's `after`. */
function placeOf(tasks: ReadonlyMap<TaskName, DraftTask>, path: readonly TaskName[]): number {
  const [first, second] = path.map((name) => tasks.get(name));
  const before = first?.before.find(({ text }) => text === path[1]);
  const after = second?.after.find(({ text }) => text === path[0]);
  return (before ?? after ?? first)?.offset ?? 0;
}

interface NamesToCheck {
  readonly names: readonly TextAt[];
  readonly tasks: ReadonlyMap<TaskName, DraftTask>;
  readonly problem: (name: string) => string;
}

/** The names that are tasks; the others are reported. */
export function knownNames(source: Source, { names, tasks, problem }: NamesToCheck): TaskName[] {
  return names.flatMap(({ text, offset }) => {
    if (tasks.has(text as TaskName)) return text as TaskName;
    const near = source.didYouMean(text, tasks.keys());
    source.error(offset, problem(text), near ?? 'add it under "tasks:", or remove the name here');
    return [];
  });
}
