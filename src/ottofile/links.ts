import type { TaskName } from '../base/task-name.ts';

/** The part of a task that says what runs before what. */
export interface Linked {
  readonly before: readonly TaskName[];
  readonly after: readonly TaskName[];
}

/**
 * What each task waits for: its `before`, in declared order, then every task that names it in `after`, in the order of the
 * file. Names that are no task are left out.
 */
export function dependenciesOf(
  tasks: ReadonlyMap<TaskName, Linked>,
): ReadonlyMap<TaskName, readonly TaskName[]> {
  const found = new Map<TaskName, Set<TaskName>>();
  for (const [name, { before }] of tasks)
    found.set(name, new Set(before.filter((other) => tasks.has(other))));
  for (const [name, { after }] of tasks) for (const later of after) found.get(later)?.add(name);
  return new Map([...found].map(([name, others]) => [name, [...others]]));
}

/** More cycles than this are not worth reading; one is usually the cause of the others. */
const MAX_CYCLES = 10;

/**
 * Cycles of a graph, of tasks or of variables, each as the path `a, b, …, a` in which every node waits for the next one. Every
 * set of nodes that wait for each other gives at least one. Uses no recursion: paths may be as long as the file has entries.
 */
export function findCycles<T>(dependencies: ReadonlyMap<T, readonly T[]>): T[][] {
  const cycles: T[][] = [];
  const finished = new Set<T>();
  for (const start of dependencies.keys()) {
    if (cycles.length >= MAX_CYCLES) break;
    if (!finished.has(start)) walk(dependencies, start, { finished, cycles });
  }
  return cycles;
}

interface Search<T> {
  readonly finished: Set<T>;
  readonly cycles: T[][];
}

/** Depth first from `start`. A task that is met again while it is still on the path closes a cycle. */
function walk<T>(
  dependencies: ReadonlyMap<T, readonly T[]>,
  start: T,
  { finished, cycles }: Search<T>,
): void {
  const path: T[] = [];
  const depthOf = new Map<T, number>();
  const inCycle = new Set<T>();
  const open: Iterator<T>[] = [];
  const enter = (task: T) => {
    depthOf.set(task, path.push(task) - 1);
    open.push((dependencies.get(task) ?? [])[Symbol.iterator]());
  };
  enter(start);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { done, value: next } = top.next();
    if (done) {
      open.pop();
      const left = path.pop() as T;
      depthOf.delete(left);
      finished.add(left);
    } else if (depthOf.has(next)) {
      if (inCycle.has(next) || cycles.length >= MAX_CYCLES) continue;
      const cycle = path.slice(depthOf.get(next));
      for (const task of cycle) inCycle.add(task);
      cycles.push([...cycle, next]);
    } else if (!finished.has(next)) enter(next);
  }
}
