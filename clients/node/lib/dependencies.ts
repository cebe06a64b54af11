import { readBrokerValues } from './broker-values.ts';
import { readJsonValues } from './json-values.ts';
import { readRegionValues } from './region-values.ts';
import type { Stored, StoredValues } from './stored.ts';
import { type Dependency, loadTask } from './task.ts';

/** A dependency with its values, listed at the first use. */
export interface DependencyValues {
  /** As the script calls it. */
  readonly name: string;
  readonly values: () => StoredValues;
  /** Of a task with `foreach`: its items in their order. */
  readonly items: readonly DependencyValues[] | null;
}

export interface Dependencies {
  readonly all: readonly DependencyValues[];
  /** By every name that a script may use: those of its own file first. */
  readonly named: ReadonlyMap<string, readonly DependencyValues[]>;
}

/** What stands under a key: a value, or for a task with `foreach` those of its items. */
export type Found = { readonly stored: Stored } | { readonly list: readonly Stored[] };

export function loadDependencies(): Dependencies {
  const { inputs } = loadTask();
  const byTask = new Map<string, DependencyValues>();
  for (const input of inputs) if (!input.items) byTask.set(input.task, dependencyOf(input, null));
  for (const input of inputs) {
    const items = input.items?.flatMap((item) => byTask.get(item) ?? []);
    if (items) byTask.set(input.task, dependencyOf(input, items));
  }
  const named = new Map<string, DependencyValues[]>();
  const add = (name: string, task: string): void => {
    const values = byTask.get(task) as DependencyValues;
    named.set(name, [...(named.get(name) ?? []), values]);
  };
  for (const { task, as = task } of inputs) add(as, task);
  for (const { task, as } of inputs) if (as !== undefined) add(task, task);
  return { all: [...byTask.values()], named };
}

function dependencyOf(dependency: Dependency, items: readonly DependencyValues[] | null): DependencyValues {
  const { task, as = task } = dependency;
  return { name: as, values: lazily(() => readValues(dependency)), items };
}

/** Without the addon no socket can be asked; the runner has written the JSON then. */
function readValues({ task, json, shm, socket }: Dependency): StoredValues {
  if (shm !== null) return readRegionValues(shm);
  const asks = socket !== undefined && loadTask().addon !== null;
  return asks ? readBrokerValues(socket, task) : readJsonValues(json);
}

/** The value of `task.key`: of the longest name that fits and that has the key. */
export function findValue({ named }: Dependencies, key: string): Found | undefined {
  for (let end = key.lastIndexOf('.'); end > 0; end = key.lastIndexOf('.', end - 1)) {
    for (const dependency of named.get(key.slice(0, end)) ?? []) {
      const found = valueIn(dependency, key.slice(end + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Those items that have not set the key are left out; it is there when one has, or when there are no items at all. */
export function valueIn({ values, items }: DependencyValues, key: string): Found | undefined {
  if (items === null) {
    const stored = values().get(key);
    return stored && { stored };
  }
  const list = items.flatMap((item) => item.values().get(key) ?? []);
  return list.length > 0 || items.length === 0 ? { list } : undefined;
}

export function keysOf({ values, items }: DependencyValues): string[] {
  return items === null
    ? [...values().keys()]
    : [...new Set(items.flatMap((item) => [...item.values().keys()]))];
}

/** Each value once: not again in the lists of a `foreach`, nor by a second name of its task. */
export function allKeys({ all }: Dependencies): string[] {
  const listed = all.filter(({ items }) => items === null);
  const sorted = listed.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return [...new Set(sorted.flatMap((one) => keysOf(one).map((key) => `${one.name}.${key}`)))];
}

export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
