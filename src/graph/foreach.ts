import { err, ok, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import { itemId } from '../ottofile/foreach.ts';
import { rangeId } from '../ottofile/foreach-links.ts';
import type { Diagnostic, TaskDefinition } from '../ottofile/model.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';

/** What a task is repeated for once. */
export interface Item {
  readonly id: string;
  readonly value: string;
}

/** The files of a pattern, relative to the directory and sorted. */
export type FindFiles = (pattern: string, directory: string) => readonly string[];

/** A task of its own for one item. */
export interface NamedItem extends Item {
  readonly name: TaskName;
  /** From 0, among all items. */
  readonly index: number;
}

export type Repeated = TaskDefinition & { readonly foreach: NonNullable<TaskDefinition['foreach']> };

export const isRepeated = (definition: TaskDefinition): definition is Repeated => Boolean(definition.foreach);

/** The items that are known before anything runs; null: a dependency makes them. */
export function staticItems({ foreach, file }: Repeated, findFiles: FindFiles): readonly Item[] | null {
  const { source } = foreach;
  switch (source.kind) {
    case 'items':
      return source.items.map((item) => ({ id: itemId(item), value: item }));
    case 'glob':
      return findFiles(source.pattern, file.directory).map((path) => ({
        id: itemId(baseName(path)),
        value: path,
      }));
    case 'range':
      // One more than is allowed is enough to refuse it: a slip of the pen must not take all memory.
      return numbers(source, foreach.maxItems + 1);
    case 'items_from':
      return null;
  }
}

function numbers(
  { from, to, width }: { readonly from: number; readonly to: number; readonly width: number },
  most: number,
): Item[] {
  const step = from <= to ? 1 : -1;
  const count = Math.min(Math.abs(to - from) + 1, most);
  return Array.from({ length: count }, (_, index) => {
    const number = from + step * index;
    return { id: rangeId(number, width), value: String(number) };
  });
}

const baseName = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//s, '');

/** Gives each item its task's name: all that keeps one from having one, or the task from being repeated so often. */
export function nameItems(
  definition: Repeated,
  items: readonly Item[],
  isTaken: (name: TaskName) => boolean,
): Result<readonly NamedItem[], Diagnostic> {
  const { name: parent, foreach } = definition;
  const { at, maxItems } = foreach;
  const problem = (message: string, hint?: string) =>
    err(errorAt(at, `task ${quote(parent)} ${message}`, hint));
  if (items.length > maxItems) {
    const count = foreach.source.kind === 'range' ? `more than ${maxItems}` : items.length;
    return problem(`has ${count} items; at most ${maxItems} are allowed`, '"max_items" allows more');
  }
  const named = new Map<TaskName, NamedItem>();
  for (const [index, item] of items.entries()) {
    const name = `${parent}:${item.id}` as TaskName;
    const before = named.get(name);
    if (before !== undefined)
      return problem(`has two items of the name ${quote(item.id)}${origins(before, item)}`, SAME_NAME_HINT);
    const fault = faultOf(item);
    if (fault !== null) return problem(`has the item ${quote(item.value)}, but ${fault.what}`, fault.hint);
    if (isTaken(name))
      return problem(
        `has the item ${quote(item.id)}, but there is a task ${quote(name)}`,
        'rename one of them',
      );
    named.set(name, { ...item, name, index });
  }
  return ok([...named.values()]);
}

const SAME_NAME_HINT = 'each item becomes a task of that name, so they must differ';

const origins = (one: Item, other: Item): string =>
  one.value === other.value ? '' : `: ${quote(one.value)} and ${quote(other.value)}`;

const LONE_SURROGATE = /\p{Surrogate}/u;

const FROM_DATA = 'leave it out of the list, or write it in another way';

/** Why the item can be no part of a task's name, or its value be in no variable. */
function faultOf({ id, value }: Item): { readonly what: string; readonly hint: string } | null {
  if (id === '') return { what: 'the name of an item must not be empty', hint: FROM_DATA };
  if (LONE_SURROGATE.test(id))
    return { what: 'a task name, which an item becomes, must be valid Unicode', hint: FROM_DATA };
  return value.includes('\0') ? { what: 'no variable can hold NUL', hint: FROM_DATA } : null;
}
