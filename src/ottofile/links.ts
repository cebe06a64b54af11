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

type Neighbours = ReadonlyMap<TaskName, readonly TaskName[]>;

/**
 * Cycles among the tasks, each as the path `a, b, …, a` in which every task waits for the next one. Every set of tasks
 * that wait for each other gives at least one. Uses no recursion: paths may be as long as the file has tasks.
 */
export function findCycles(dependencies: Neighbours): TaskName[][] {
  const cycles: TaskName[][] = [];
  const finished = new Set<TaskName>();
  for (const start of dependencies.keys()) {
    if (cycles.length >= MAX_CYCLES) break;
    if (!finished.has(start)) walk(dependencies, start, { finished, cycles });
  }
  return cycles;
}

interface Search {
  readonly finished: Set<TaskName>;
  readonly cycles: TaskName[][];
}

/** Depth first from `start`. A task that is met again while it is still on the path closes a cycle. */
function walk(dependencies: Neighbours, start: TaskName, { finished, cycles }: Search): void {
  const path: TaskName[] = [];
  const depthOf = new Map<TaskName, number>();
  const inCycle = new Set<TaskName>();
  const open: Iterator<TaskName>[] = [];
  const enter = (task: TaskName) => {
    depthOf.set(task, path.push(task) - 1);
    open.push((dependencies.get(task) ?? [])[Symbol.iterator]());
  };
  enter(start);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { done, value: next } = top.next();
    if (done) {
      open.pop();
      const left = path.pop() as TaskName;
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
