import type { TaskName } from '../base/task-name.ts';
import type { TaskDefinition } from '../ottofile/model.ts';
import type { Edges } from './dag.ts';
import type { ParamValues } from './param-value.ts';

export type { ParamValue, ParamValues } from './param-value.ts';

/** A task that was asked for, with what the command line says about its params. */
export interface RequestedTask {
  /** A task of the ottofile, or `parent:id`: one item of a `foreach`. */
  readonly task: TaskName;
  readonly given: ParamValues;
  /** `--Serial`: the items of its `foreach` one after the other. */
  readonly serial: boolean;
}

/** A task that was named without anything behind it. */
export const plainly = (task: TaskName): RequestedTask => ({ task, given: new Map(), serial: false });

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

/** The part of the graph that one run executes. It grows while the run goes on where items are known only then. */
export interface Plan {
  /** Every task of the run, each after all of its dependencies; requested ones as early as they can be, in request order. */
  readonly order: readonly TaskName[];
  readonly tasks: ReadonlyMap<TaskName, PlannedTask>;
  /** What each task waits for, all of it in the run too. A `foreach` waits for its items, unless it has none. */
  readonly dependencies: Edges;
  /** Whose values each task gets: of its direct dependencies, and of the items of those that have a `foreach`. */
  readonly reads: Edges;
  /** The opposite direction of `reads`. In the order of the plan. */
  readonly readers: Edges;
  /** The items of each `foreach`, in their order, once they are known. */
  readonly items: Edges;
}
