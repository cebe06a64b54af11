import { err, ok, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Diagnostic, Ottofile, TaskDefinition } from '../ottofile/model.ts';
import { buildGraph, type Graph, membersOf, topologicalOrder } from './dag.ts';
import { type FindFiles, isRepeated, nameItems, staticItems } from './foreach.ts';
import { GrowingPlan } from './growing-plan.ts';
import type { ParamValue, ParamValues } from './param-value.ts';
import { type ParamProblem, resolveParams } from './param-values.ts';
import type { RequestedTask } from './plan.ts';

type Tasks = Ottofile['tasks'];

/** Why a run cannot be planned. */
export type PlanProblem =
  | { readonly kind: 'ottofile'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'param'; readonly problem: ParamProblem }
  /** What was asked for as `parent:id` is no item of the parent. */
  | {
      readonly kind: 'no-item';
      readonly parent: TaskName;
      readonly id: string;
      readonly ids: readonly string[];
    }
  /** It may be one: the items are known only when a dependency has ended. */
  | { readonly kind: 'later-item'; readonly parent: TaskName; readonly id: string };

/** The task of the ottofile that a name on the command line belongs to: itself, or for `parent:id` the parent. */
export function ownerOf(tasks: Tasks, name: string): TaskDefinition | undefined {
  const itself = tasks.get(name as TaskName);
  if (itself !== undefined) return itself;
  for (let end = name.lastIndexOf(':'); end > 0; end = name.lastIndexOf(':', end - 1)) {
    const parent = tasks.get(name.slice(0, end) as TaskName);
    if (parent?.foreach) return parent;
  }
  return undefined;
}

/**
 * Everything that running `requested` means: a task brings in its dependencies, and also the tasks that its `after` names,
 * because they want to run after it. An item alone brings in only what its parent needs.
 */
export function planRun(
  { tasks }: Pick<Ottofile, 'tasks'>,
  requested: readonly RequestedTask[],
  findFiles: FindFiles,
): Result<GrowingPlan, readonly PlanProblem[]> {
  const graph = buildGraph(tasks);
  const asked = new Asked(tasks, requested);
  const whole = membersOf(graph, asked.brings(graph));
  const order = topologicalOrder(graph.dependencies, [...asked.owners, ...whole]);
  const dependencies = new Map(order.map((task) => [task, graph.dependencies.get(task) ?? []]));
  const params = resolveParams({ order, dependencies, tasks, given: asked.given });
  if (!params.ok) return err(params.error.map((problem) => ({ kind: 'param', problem })));
  const serial = new Set(
    order.filter((name) => asked.serial.has(name) || tasks.get(name)?.foreach?.parallel === false),
  );
  const absent = new Set([...asked.ids.keys()].filter((name) => !whole.has(name)));
  const plan = new GrowingPlan({
    order,
    definitions: tasks,
    dependencies,
    params: params.value,
    serial,
    absent,
  });
  const problems = order.flatMap((name) => {
    const wanted = asked.ids.get(name) ?? new Set();
    return expand({ plan, tasks, name, findFiles, wanted, alone: absent.has(name) });
  });
  return problems.length === 0 ? ok(plan) : err(problems);
}

/** What the command line asks for, by the tasks of the ottofile. */
class Asked {
  /** In the order of the request, each once. */
  readonly owners: readonly TaskName[];
  readonly whole = new Set<TaskName>();
  /** The items that are wanted of a `foreach`. */
  readonly ids = new Map<TaskName, Set<string>>();
  readonly given = new Map<TaskName, ParamValues>();
  readonly serial = new Set<TaskName>();

  constructor(tasks: Tasks, requested: readonly RequestedTask[]) {
    const owners = new Set<TaskName>();
    for (const { task, given, serial } of requested) {
      const owner = ownerOf(tasks, task)?.name ?? task;
      owners.add(owner);
      if (owner === task) this.whole.add(task);
      else this.ids.set(owner, (this.ids.get(owner) ?? new Set()).add(task.slice(owner.length + 1)));
      const known: Iterable<[string, ParamValue]> = this.given.get(owner) ?? [];
      if (given.size > 0) this.given.set(owner, new Map([...known, ...given]));
      if (serial) this.serial.add(owner);
    }
    this.owners = [...owners];
  }

  /** Tasks that are asked for as they are, and what the items need that are asked for alone. */
  brings({ dependencies }: Graph): TaskName[] {
    return this.owners.flatMap((owner) =>
      this.whole.has(owner) ? [owner] : (dependencies.get(owner) ?? []),
    );
  }
}

interface Expansion {
  readonly plan: GrowingPlan;
  readonly tasks: Tasks;
  readonly name: TaskName;
  readonly findFiles: FindFiles;
  /** The ids of items that were asked for, and whether they are all that is to run. */
  readonly wanted: ReadonlySet<string>;
  readonly alone: boolean;
}

function expand({ plan, tasks, name, findFiles, wanted, alone }: Expansion): PlanProblem[] {
  const definition = tasks.get(name);
  if (definition === undefined || !isRepeated(definition)) return [];
  const items = staticItems(definition, findFiles);
  if (items === null) return [...wanted].map((id) => ({ kind: 'later-item', parent: name, id }));
  const named = nameItems(definition, items, (item) => tasks.has(item) || plan.tasks.has(item));
  if (!named.ok) return [{ kind: 'ottofile', diagnostic: named.error }];
  const ids = new Set(items.map(({ id }) => id));
  const unknown = [...wanted].filter((id) => !ids.has(id));
  plan.expand(name, alone ? named.value.filter(({ id }) => wanted.has(id)) : named.value);
  return unknown.map((id) => ({ kind: 'no-item', parent: name, id, ids: [...ids] }));
}
