import type { TaskName } from '../base/task-name.ts';
import { type DraftForeach, itemCount } from './foreach.ts';
import { dependenciesOf } from './links.ts';
import type { ForeachDefinition, ForeachSource } from './model.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';
import type { DraftTask } from './tasks.ts';

type Drafts = ReadonlyMap<TaskName, DraftTask>;

/** Finds the tasks that `items_from` names, and reports items that other tasks are named like. */
export function resolveForeach(source: Source, drafts: Drafts): ReadonlyMap<TaskName, ForeachDefinition> {
  const repeated = [...drafts].flatMap(([name, { foreach }]) => (foreach ? [[name, foreach] as const] : []));
  const found = new Map<TaskName, ForeachDefinition>();
  if (repeated.length === 0) return found;
  const dependencies = dependenciesOf(
    new Map([...drafts].map(([name, { definition }]) => [name, definition])),
  );
  for (const [name, foreach] of repeated) {
    const { as, parallel, maxItems, at } = foreach;
    const resolved = sourceOf(source, { name, foreach, drafts, dependencies: dependencies.get(name) ?? [] });
    if (resolved !== undefined) found.set(name, { source: resolved, as, parallel, maxItems, at });
    reportSameNames(source, { name, foreach, drafts });
  }
  return found;
}

interface Repeated {
  readonly name: TaskName;
  readonly foreach: DraftForeach;
  readonly drafts: Drafts;
}

function sourceOf(
  source: Source,
  { name, foreach, drafts, dependencies }: Repeated & { readonly dependencies: readonly TaskName[] },
): ForeachSource | undefined {
  if (foreach.source.kind !== 'items_from') return foreach.source;
  const { text, offset } = foreach.source;
  const split = splitReference(text, [...drafts.keys()]);
  if (split === undefined) {
    const near = source.didYouMean(text.slice(0, Math.max(0, text.lastIndexOf('.'))), drafts.keys());
    source.error(
      offset,
      `"items_from" names ${quote(text)}, which is no key of a task`,
      near ?? 'write it as task.key',
    );
    return undefined;
  }
  if (!dependencies.includes(split.task) && split.task !== name)
    source.error(
      offset,
      `the items come from ${quote(split.task)}, which does not run before this task`,
      `add it to "before": [${split.task}]`,
    );
  if (split.task === name)
    source.error(
      offset,
      `task ${quote(name)} takes its items from itself`,
      'name a task that runs before it',
    );
  return { kind: 'items_from', ...split };
}

/** `task.key`: of several tasks that the text begins with, the one with the longest name. */
export function splitReference(
  text: string,
  tasks: readonly TaskName[],
): { readonly task: TaskName; readonly key: string } | undefined {
  const fitting = tasks.filter((task) => text.startsWith(`${task}.`) && text.length > task.length + 1);
  const task = fitting.toSorted((a, b) => b.length - a.length)[0];
  return task === undefined ? undefined : { task, key: text.slice(task.length + 1) };
}

/** The run of one item is a task of its own: `parent:id`. */
function reportSameNames(source: Source, { name, foreach, drafts }: Repeated): void {
  for (const id of knownIds(foreach.source)) {
    const other = drafts.get(`${name}:${id}` as TaskName);
    if (other !== undefined)
      source.error(
        foreach.offset,
        `the item ${quote(id)} would run as ${quote(`${name}:${id}`)}, which is a task`,
        'choose another name for one of them',
      );
  }
}

function knownIds(source: DraftForeach['source']): readonly string[] {
  if (source.kind === 'items') return source.items;
  if (source.kind !== 'range') return [];
  const step = source.from <= source.to ? 1 : -1;
  return Array.from({ length: itemCount(source) }, (_, at) => rangeId(source.from + step * at, source.width));
}

/** A number of a range as part of a task's name. */
export const rangeId = (number: number, width: number): string =>
  (number < 0 ? '-' : '') + String(Math.abs(number)).padStart(width, '0');
