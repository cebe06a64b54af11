import type { TaskName } from '../base/task-name.ts';
import type { TextAt } from './fields.ts';
import { dependenciesOf, findCycles } from './links.ts';
import { quote } from './quote.ts';
import { suggestName, type TaskNames, taskNamed } from './task-names.ts';
import type { DraftTask } from './tasks.ts';

/** A task that another one names, and where. */
interface LinkAt {
  readonly task: TaskName;
  readonly offset: number;
}

/** What a task's names mean; those that mean nothing have been reported. */
export interface LinkedTask {
  readonly draft: DraftTask;
  readonly links: { readonly before: readonly LinkAt[]; readonly after: readonly LinkAt[] };
  /** With the task of its `stdin_from`. */
  readonly before: readonly TaskName[];
  readonly after: readonly TaskName[];
  readonly stdinFrom: TaskName | null;
}

export type LinkedTasks = ReadonlyMap<TaskName, LinkedTask>;

/** Reports names that are no task, tasks that name themselves, and cycles. */
export function linkTasks(names: TaskNames): LinkedTasks {
  const linked = new Map([...names.tasks].map(([name, draft]) => [name, linkTask(names, name, draft)]));
  reportCycles(linked);
  return linked;
}

function linkTask(names: TaskNames, name: TaskName, draft: DraftTask): LinkedTask {
  const resolve = (key: 'before' | 'after', list: readonly TextAt[]): LinkAt[] => {
    const problem = (other: string) =>
      `task ${quote(name)} names ${quote(other)} in "${key}", but there is no such task`;
    const found = list.flatMap((text) => knownName(names, draft, { text, problem }) ?? []);
    const itself = found.find(({ task }) => task === name);
    if (itself)
      draft.source.error(itself.offset, `task ${quote(name)} names itself in "${key}"`, 'remove it there');
    return found;
  };
  const stdin = linkStdin(names, name, draft);
  const links = {
    before: [...resolve('before', draft.before), ...(stdin === null ? [] : [stdin])],
    after: resolve('after', draft.after),
  };
  return {
    draft,
    links,
    before: tasksOf(links.before),
    after: tasksOf(links.after),
    stdinFrom: stdin?.task ?? null,
  };
}

/** Whom a task's `stdin_from` means: a dependency as if it stood in its `before`. */
function linkStdin(names: TaskNames, name: TaskName, draft: DraftTask): LinkAt | null {
  if (draft.stdinFrom === null) return null;
  const problem = (other: string) =>
    `task ${quote(name)} takes its stdin from ${quote(other)}, but there is no such task`;
  const found = knownName(names, draft, { text: draft.stdinFrom, problem }) ?? null;
  if (found?.task !== name) return found;
  draft.source.error(found.offset, `task ${quote(name)} takes its stdin from itself`, 'name another task');
  return null;
}

const tasksOf = (links: readonly LinkAt[]): TaskName[] => [...new Set(links.map(({ task }) => task))];

interface NameToCheck {
  readonly text: TextAt;
  readonly problem: (name: string) => string;
}

/** The task that a name in a file means. One that means none is reported. */
export function knownName(
  names: TaskNames,
  from: Pick<DraftTask, 'source' | 'prefix'>,
  { text: { text, offset }, problem }: NameToCheck,
): LinkAt | undefined {
  const task = taskNamed(names, from.prefix, text);
  if (task !== undefined) return { task, offset };
  if (names.isPerhapsTask(from.prefix, text)) return undefined;
  const near =
    itemHint(names, from, text) ?? severalNames(names, from, text) ?? suggestName(names, from, text);
  from.source.error(offset, problem(text), near ?? 'add it under "tasks:", or remove the name here');
  return undefined;
}

/** For the name of an item of a task with a `foreach`. */
function itemHint(names: TaskNames, { prefix }: Pick<DraftTask, 'prefix'>, text: string): string | undefined {
  for (let end = text.lastIndexOf(':'); end > 0; end = text.lastIndexOf(':', end - 1)) {
    const parent = text.slice(0, end);
    const task = taskNamed(names, prefix, parent);
    if (task !== undefined && names.tasks.get(task)?.foreach)
      return `items cannot be named alone: ${quote(parent)} stands for all of its items`;
  }
  return undefined;
}

/** `before: a, b` is one name in YAML. */
function severalNames(
  names: TaskNames,
  from: Pick<DraftTask, 'source' | 'prefix'>,
  text: string,
): string | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const areTasks = words.every((word) => taskNamed(names, from.prefix, word) !== undefined);
  return words.length > 1 && areTasks ? `several names are a list: [${words.join(', ')}]` : undefined;
}

function reportCycles(linked: LinkedTasks): void {
  const others = (self: TaskName, names: readonly TaskName[]) => names.filter((name) => name !== self);
  const edges = new Map(
    [...linked].map(([name, { before, after }]) => [
      name,
      { before: others(name, before), after: others(name, after) },
    ]),
  );
  for (const path of findCycles(dependenciesOf(edges))) {
    const message = `tasks wait for each other: ${showCycle(path)}`;
    reportAtLink(linked, path, message);
  }
}

const MAX_SHOWN_TASKS = 12;

function showCycle(path: readonly TaskName[]): string {
  const shown = path.map((name) => (/^[\w./:-]+$/.test(name) ? name : quote(name)));
  const cut = shown.length - MAX_SHOWN_TASKS;
  return (cut > 0 ? shown.toSpliced(MAX_SHOWN_TASKS - 1, cut, `… ${cut} more …`) : shown).join(' -> ');
}

/** Where the cycle's first link is written: in the first task's `before`, or in the other's `after`. */
function reportAtLink(linked: LinkedTasks, path: readonly TaskName[], message: string): void {
  const [first, second] = path.map((name) => linked.get(name));
  const before = first?.links.before.find(({ task }) => task === path[1]);
  const after = second?.links.after.find(({ task }) => task === path[0]);
  const draft = before ? first?.draft : (second?.draft ?? first?.draft);
  const offset = (before ?? after ?? draft)?.offset ?? 0;
  draft?.source.error(offset, message, 'each waits for the next one: remove one of these links');
}
