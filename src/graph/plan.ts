import type { TaskName } from '../base/task-name.ts';
import type { Ottofile, TaskDefinition } from '../ottofile/model.ts';
import { buildGraph, type Edges, membersOf, reverse, topologicalOrder } from './dag.ts';
import type { ParamValues } from './param-value.ts';

export type { ParamValue, ParamValues } from './param-value.ts';

/** A task that was asked for, with what the command line says about its params. */
export interface RequestedTask {
  readonly task: TaskName;
  readonly given: ParamValues;
  /** `--Serial`: the items of its `foreach` one after the other. */
  readonly serial: boolean;
}

/** Which item of a `foreach` a task is run for. */
export interface ItemOfForeach {
  readonly parent: TaskName;
  /** From 0. */
  readonly index: number;
  readonly value: string;
}

/** A task of a run: what the ottofile says, and what is particular to this run. Items of a `foreach` are tasks of their own. */
export interface PlannedTask {
  readonly name: TaskName;
  readonly definition: TaskDefinition;
  /** `foreach`: it only stands for its items. */
  readonly role: 'task' | 'foreach' | 'item';
  readonly params: ParamValues;
  readonly item: ItemOfForeach | null;
}

/** The part of the graph that one run executes. */
export interface Plan {
  /** Every task of the run, each after all of its dependencies; requested ones as early as they can be, in request order. */
  readonly order: readonly TaskName[];
  readonly tasks: ReadonlyMap<TaskName, PlannedTask>;
  /** What each task waits for, all of it in the run too. */
  readonly dependencies: Edges;
  /** Whose values each task gets: of its direct dependencies, and of the items of those that have a `foreach`. */
  readonly reads: Edges;
  /** The opposite direction of `reads`. In the order of the plan. */
  readonly readers: Edges;
}

/**
 * Everything that running `requested` means: a task brings in its dependencies, and also the tasks that its `after` names,
 * because they want to run after it.
 */
export function planRun({ tasks }: Pick<Ottofile, 'tasks'>, requested: readonly RequestedTask[]): Plan {
  const graph = buildGraph(tasks);
  const members = membersOf(
    graph,
    requested.map(({ task }) => task),
  );
  const order = topologicalOrder(graph.dependencies, members);
  const dependencies = new Map(order.map((task) => [task, graph.dependencies.get(task) ?? []]));
  return {
    order,
    tasks: new Map(order.map((name) => [name, planned(tasks.get(name) as TaskDefinition)])),
    dependencies,
    reads: dependencies,
    readers: reverse(dependencies),
  };
}

const planned = (definition: TaskDefinition): PlannedTask => ({
  name: definition.name,
  definition,
  role: 'task',
  params: new Map(),
  item: null,
});

/** A task that was named without anything behind it. */
export const plainly = (task: TaskName): RequestedTask => ({ task, given: new Map(), serial: false });
