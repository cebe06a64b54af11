import type { TaskName } from '../base/task-name.ts';
import { dependenciesOf, type Linked } from '../ottofile/links.ts';

export type Edges = ReadonlyMap<TaskName, readonly TaskName[]>;

/** The tasks of a valid ottofile as a directed graph without cycles. All functions take linear time and no recursion. */
export interface Graph {
  /** What each task waits for and gets values from: its `before`, then every task that names it in `after`. */
  readonly dependencies: Edges;
  /** What each task's own `after` names. */
  readonly followers: Edges;
}

export function buildGraph(tasks: ReadonlyMap<TaskName, Linked>): Graph {
  const followers = new Map([...tasks].map(([name, { after }]) => [name, after]));
  return { dependencies: dependenciesOf(tasks), followers };
}

/** All tasks of a run, in the order in which they were met: what is requested, with dependencies and with what its `after` names. */
export function membersOf({ dependencies, followers }: Graph, requested: readonly TaskName[]): Set<TaskName> {
  const members = new Set(requested);
  // A Set may grow while it is walked: what is added is visited too.
  for (const task of members) {
    for (const dependency of dependencies.get(task) ?? []) members.add(dependency);
    for (const follower of followers.get(task) ?? []) members.add(follower);
  }
  return members;
}

interface Visit<T> {
  readonly task: T;
  readonly rest: Iterator<T>;
}

/** Depth first, so that a task comes right after what only it needs. `members` must be closed under `dependencies`. */
export function topologicalOrder<T>(dependencies: ReadonlyMap<T, readonly T[]>, members: Iterable<T>): T[] {
  const order: T[] = [];
  const entered = new Set<T>();
  const open: Visit<T>[] = [];
  const enter = (task: T) => {
    if (entered.has(task)) return;
    entered.add(task);
    open.push({ task, rest: (dependencies.get(task) ?? [])[Symbol.iterator]() });
  };
  for (const member of members) {
    enter(member);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { done, value } = top.rest.next();
      if (!done) enter(value);
      else order.push((open.pop() as Visit<T>).task);
    }
  }
  return order;
}

export function reverse(edges: Edges): Edges {
  const reversed = new Map<TaskName, TaskName[]>([...edges.keys()].map((task) => [task, []]));
  for (const [task, targets] of edges) for (const target of targets) reversed.get(target)?.push(task);
  return reversed;
}
