import type { TaskName } from '../base/task-name.ts';
import type { TextAt } from './fields.ts';
import { type DraftForeach, itemCount, itemId } from './foreach.ts';
import { dependenciesOf } from './links.ts';
import type { ForeachDefinition, ForeachSource } from './model.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';
import type { LinkedTasks } from './task-links.ts';
import { spellings, type TaskNames, taskNamed } from './task-names.ts';
import type { DraftTask } from './tasks.ts';

/** Finds the tasks that `items_from` names, and reports items that other tasks are named like. */
export function resolveForeach(
  names: TaskNames,
  linked: LinkedTasks,
): ReadonlyMap<TaskName, ForeachDefinition> {
  const found = new Map<TaskName, ForeachDefinition>();
  const repeated = [...linked].filter(([, { draft }]) => draft.foreach !== null);
  const dependencies = repeated.length === 0 ? new Map() : dependenciesOf(linked);
  for (const [name, { draft }] of repeated) {
    const { as, parallel, maxItems, at, source } = draft.foreach as DraftForeach;
    const origin = { name, draft, names, dependencies: dependencies.get(name) ?? [] };
    const resolved = source.kind === 'items_from' ? fromTask(origin, source) : source;
    if (resolved !== undefined) found.set(name, { source: resolved, as, parallel, maxItems, at });
    reportSameNames(origin, source);
  }
  return found;
}

interface Repeated {
  readonly name: TaskName;
  readonly draft: DraftTask;
  readonly names: TaskNames;
  readonly dependencies: readonly TaskName[];
}

function fromTask(
  { name, draft: { source, prefix }, names, dependencies }: Repeated,
  { text, offset }: TextAt,
): ForeachSource | undefined {
  const split = splitReference(text, names, prefix);
  if (split === undefined) {
    if (names.isPerhapsTask(prefix, text)) return undefined;
    const near = source.didYouMean(text.replace(/\.[^.]*$/, ''), spellings(names.tasks.keys(), prefix));
    const problem = `"items_from" names ${quote(text)}, which is no key of a task`;
    source.error(offset, problem, near ?? 'write it as task.key');
    return undefined;
  }
  if (split.task === name)
    source.error(
      offset,
      `task ${quote(name)} takes its items from itself`,
      'name a task that runs before it',
    );
  else if (!dependencies.includes(split.task)) {
    const problem = `the items come from ${quote(split.task)}, which does not run before this task`;
    source.error(offset, problem, `add it: "before: [${split.task}]"`);
  } else checkDeclared({ source, offset, ...split }, names.tasks.get(split.task));
  return { kind: 'items_from', ...split };
}

interface KeyOfTask {
  readonly task: TaskName;
  readonly key: string;
}

function checkDeclared(
  { source, offset, task, key }: KeyOfTask & { readonly source: Source; readonly offset: number },
  producer: DraftTask | undefined,
): void {
  const outputs = producer?.definition.outputs?.map((output) => output.key);
  if (outputs === undefined || outputs === null || outputs.includes(key)) return;
  const near = source.didYouMean(key, outputs);
  const problem = `task ${quote(task)} does not declare the key ${quote(key)}`;
  source.error(offset, problem, near ?? `add it to the outputs of ${quote(task)}`);
}

/** `task.key`: of several tasks that the text begins with, the one whose name is spelled longest. */
function splitReference(text: string, names: TaskNames, prefix: string): KeyOfTask | undefined {
  for (let dot = text.lastIndexOf('.'); dot > 0; dot = text.lastIndexOf('.', dot - 1)) {
    const task = taskNamed(names, prefix, text.slice(0, dot));
    if (task !== undefined && dot < text.length - 1) return { task, key: text.slice(dot + 1) };
  }
  return undefined;
}

/** The run of one item is a task of its own: `parent:id`. */
function reportSameNames({ name, draft, names }: Repeated, source: DraftForeach['source']): void {
  for (const id of knownIds(source)) {
    const item = `${name}:${id}` as TaskName;
    if (!names.tasks.has(item)) continue;
    const problem = `the item ${quote(id)} would run as ${quote(item)}, which is a task`;
    draft.source.error(draft.foreach?.offset ?? 0, problem, 'choose another name for one of them');
  }
}

function knownIds(source: DraftForeach['source']): readonly string[] {
  if (source.kind === 'items') return source.items.map(itemId);
  if (source.kind !== 'range') return [];
  const step = source.from <= source.to ? 1 : -1;
  return Array.from({ length: itemCount(source) }, (_, at) => rangeId(source.from + step * at, source.width));
}

/** A number of a range as part of a task's name. */
export const rangeId = (number: number, width: number): string =>
  (number < 0 ? '-' : '') + String(Math.abs(number)).padStart(width, '0');
