import type { TaskName } from '../base/task-name.ts';
import { dependenciesOf, type Linked } from '../ottofile/links.ts';

type Edges = ReadonlyMap<TaskName, readonly TaskName[]>;

/** The tasks of a valid ottofile as a directed graph without cycles. All functions take linear time and no recursion. */
export interface Graph {
  /** What each task waits for and gets values from: its `before`, then every task that names it in `after`. */
  readonly dependencies: Edges;
  /** What each task's own `after` names. */
  readonly followers: Edges;
}

/** The part of the graph that one run executes. */
export interface Plan {
  /** Every task of the run, each after all of its dependencies; requested ones as early as they can be, in request order. */
  readonly order: readonly TaskName[];
  /** Direct dependencies of each task of the run, all of them in the run too. */
  readonly dependencies: Edges;
  /** The opposite direction: who waits for and reads from each task of the run. In the order of the plan. */
  readonly dependents: Edges;
}

export function buildGraph(tasks: ReadonlyMap<TaskName, Linked>): Graph {
  const followers = new Map([...tasks].map(([name, { after }]) => [name, after]));
  return { dependencies: dependenciesOf(tasks), followers };
}

/**
 * Everything that running `requested` means: a task brings in its dependencies, and also the tasks that its `after` names,
 * because they want to run after it.
 */
export function planRun(graph: Graph, requested: readonly TaskName[]): Plan {
  const members = closure(graph, requested);
  const order = topologicalOrder(graph.dependencies, members);
  const dependencies = new Map(order.map((task) => [task, graph.dependencies.get(task) ?? []]));
  return { order, dependencies, dependents: reverse(dependencies) };
}

/** All tasks of a run, in the order in which they were met. */
function closure({ dependencies, followers }: Graph, requested: readonly TaskName[]): Set<TaskName> {
  const members = new Set(requested);
  // A Set may grow while it is walked: what is added is visited too.
  for (const task of members) {
    for (const dependency of dependencies.get(task) ?? []) members.add(dependency);
    for (const follower of followers.get(task) ?? []) members.add(follower);
  }
  return members;
}

interface Visit {
  readonly task: TaskName;
  readonly rest: Iterator<TaskName>;
}

/** Depth first, so that a task comes right after what only it needs. `members` must be closed under `dependencies`. */
export function topologicalOrder(dependencies: Edges, members: Iterable<TaskName>): TaskName[] {
  const order: TaskName[] = [];
  const entered = new Set<TaskName>();
  const open: Visit[] = [];
  const enter = (task: TaskName) => {
    if (entered.has(task)) return;
    entered.add(task);
    open.push({ task, rest: (dependencies.get(task) ?? [])[Symbol.iterator]() });
  };
  for (const member of members) {
    enter(member);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { done, value } = top.rest.next();
      if (!done) enter(value);
      else order.push((open.pop() as Visit).task);
    }
  }
  return order;
}

function reverse(edges: Edges): Edges {
  const reversed = new Map<TaskName, TaskName[]>([...edges.keys()].map((task) => [task, []]));
  for (const [task, targets] of edges) for (const target of targets) reversed.get(target)?.push(task);
  return reversed;
}
