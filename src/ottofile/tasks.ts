import { resolve } from 'node:path';
import { parseTaskName, type TaskName } from '../base/task-name.ts';
import type { TextAt } from './fields.ts';
import type { DraftForeach } from './foreach.ts';
import type { MapEntry, Reading } from './mapping.ts';
import type { Freshness, Located, TaskDefinition, TaskFile } from './model.ts';
import { expandHome } from './paths.ts';
import { quote } from './quote.ts';
import { TASK_SECTION } from './schema.ts';
import { chooseScript, hasScript, scriptPlace, tellLostScript } from './script.ts';
import { readSection, type SectionValues, sectionEntries } from './section.ts';
import type { Source } from './source.ts';
import { checkedStore } from './store-key.ts';
import { DEFAULT_KEPT_STREAM_BYTES } from './stream-keys.ts';
import { checkVariables, refuseMarkers } from './task-checks.ts';

export interface TaskContext {
  readonly file: TaskFile;
  readonly userHome: string;
  /** For tasks that do not say. */
  readonly fresh: Freshness;
  /** What `store` may say. */
  readonly stores: readonly string[];
}

/** A task whose links have not been looked up yet, with the places of the names in them. */
export interface DraftTask {
  readonly definition: Omit<TaskDefinition, 'before' | 'after' | 'foreach' | 'stdinFrom'>;
  /** Of the file it stands in; the offsets are in its text. */
  readonly source: Source;
  readonly prefix: string;
  readonly offset: number;
  readonly before: readonly TextAt[];
  readonly after: readonly TextAt[];
  readonly foreach: DraftForeach | null;
  readonly stdinFrom: TextAt | null;
  /** Where the script's value begins and ends. */
  readonly scriptAt: { readonly start: number; readonly end: number } | null;
}

const TASKS_PLACE = {
  owner: '"tasks"',
  hint: 'each task is a key: "NAME:", and below it, indented, for example "bash: echo hello"',
};

/** All tasks under `tasks:`; those with an impossible name are reported and left out. */
export function readTasks(
  reading: Reading,
  entry: MapEntry | undefined,
  context: TaskContext,
): ReadonlyMap<TaskName, DraftTask> {
  const tasks = new Map<TaskName, DraftTask>();
  const entries = entry && sectionEntries(reading, entry, TASKS_PLACE);
  for (const task of entries?.values() ?? []) {
    const name = checkName(reading.source, task);
    const draft = readTask(reading, { entry: task, localName: name ?? task.key }, context);
    if (name !== null) tasks.set(draft.definition.name, draft);
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
  readonly localName: string;
}

function readTask(reading: Reading, { entry, localName }: NamedEntry, context: TaskContext): DraftTask {
  const { source } = reading;
  const owner = `task ${quote(localName)}`;
  const hint = `a script stands under a key: "${localName}: {bash: …}"`;
  const entries = sectionEntries(reading, entry, { owner, hint }) ?? new Map<string, MapEntry>();
  const onUnknown = hasScript(entries) ? undefined : tellLostScript(source, owner);
  const values = readSection({ ...reading, owner, onUnknown }, entries, TASK_SECTION);
  const script = chooseScript(source, { owner, entries, values });
  refuseMarkers(source, { owner, entries, values });
  const { params = [], foreach = null, before = [], after = [] } = values;
  checkVariables(source, { params, foreach, language: script?.language ?? null });
  const { prefix } = context.file;
  const definition = {
    name: `${prefix}${localName}` as TaskName,
    localName,
    file: context.file,
    ...fieldsOf(values),
    fresh: values.fresh ?? context.fresh,
    script,
    store: storeOf(source, values, context),
    directory: directoryOf(values, context),
    at: source.place(entry.offset),
  };
  const scriptAt = scriptPlace(values);
  const stdinFrom = values.stdin_from?.text ? values.stdin_from : null;
  return { definition, source, prefix, offset: entry.offset, before, after, foreach, stdinFrom, scriptAt };
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
  streaming: values.streaming ?? false,
  keptStreamBytes: values.keep_stream ?? DEFAULT_KEPT_STREAM_BYTES,
  markers: values.markers ?? false,
  condition: values.if ?? null,
});

function directoryOf(values: SectionValues<typeof TASK_SECTION>, context: TaskContext): string {
  return resolve(context.file.directory, expandHome(values.dir?.text ?? '', context.userHome));
}

function storeOf(
  source: Source,
  { store }: SectionValues<typeof TASK_SECTION>,
  { stores }: TaskContext,
): Located | null {
  return store ? { text: checkedStore(source, store, stores), at: source.place(store.offset) } : null;
}
