import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import { outputJsonPath } from '../../data/history-writer.ts';
import type { KeptValue } from '../../data/value.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';
import { usesStreams } from '../../graph/streams.ts';
import { taskDirectory } from '../run-directory.ts';
import type { Variables } from '../variables.ts';
import { isWatched } from './definition.ts';
import { hashValues, otherUpstream } from './freshness.ts';
import { inspect, type Surroundings } from './inspect.ts';
import type { StaleReason } from './reason.ts';
import type { FreshRecord } from './record.ts';

export type Verdict =
  | { readonly kind: 'runs'; readonly why: StaleReason }
  /** Nothing makes it run, as long as those before it, which run, set the same values and leave its inputs alone. */
  | { readonly kind: 'depends'; readonly on: readonly TaskName[] }
  | { readonly kind: 'fresh'; readonly since: string }
  /** It only groups its dependencies. */
  | { readonly kind: 'group' }
  /** It stands for its items, whose number may be known only when the tasks before it have ended. */
  | { readonly kind: 'items'; readonly count: number }
  | { readonly kind: 'items-of'; readonly source: string };

export interface Explanation {
  readonly task: TaskName;
  readonly verdict: Verdict;
  /** It has an `if`, which is only known when it is reached. */
  readonly conditional: boolean;
}

export interface ExplainContext extends Surroundings {
  readonly plan: Plan;
  readonly variables: Variables;
  readonly force: boolean;
}

/** Tells of each task of a plan whether it would run, without running or writing anything. */
export async function explainPlan(context: ExplainContext): Promise<readonly Explanation[]> {
  const explainer = new Explainer(context);
  const explanations: Explanation[] = [];
  for (const name of context.plan.order) {
    const task = context.plan.tasks.get(name);
    if (task === undefined) continue;
    const verdict = await explainer.verdictOn(task);
    explanations.push({ task: name, verdict, conditional: task.definition.condition !== null });
  }
  return explanations;
}

class Explainer {
  readonly #context: ExplainContext;
  /** Of each task that has been looked at: which tasks may run that can change something for its dependents. */
  readonly #unsettled = new Map<TaskName, readonly TaskName[]>();
  readonly #values = new Map<TaskName, readonly KeptValue[]>();

  constructor(context: ExplainContext) {
    this.#context = context;
  }

  async verdictOn(task: PlannedTask): Promise<Verdict> {
    const verdict = await this.#judge(task);
    const { name } = task;
    if (verdict.kind === 'fresh') this.#unsettled.set(name, []);
    else {
      const standsForOthers = verdict.kind === 'group' || verdict.kind === 'items';
      this.#unsettled.set(name, standsForOthers ? this.#before(name) : [name]);
    }
    return verdict;
  }

  async #judge(task: PlannedTask): Promise<Verdict> {
    const { name, definition, role } = task;
    if (role === 'foreach') return this.#items(task);
    if (definition.script === null) return { kind: 'group' };
    if (!isWatched(task)) return runs({ kind: 'undeclared', lacks: lackOf(task) });
    const reached = { task, variables: await this.#context.variables.of(task) };
    const { record, reason } = await inspect(reached, this.#context);
    if (this.#context.force) return runs({ kind: 'forced' });
    if (usesStreams(this.#context.plan, name)) return runs({ kind: 'streams' });
    if (reason !== null || record === null) return runs(reason ?? { kind: 'not-recorded' });
    const on = this.#before(name);
    if (on.length > 0) return { kind: 'depends', on };
    const other = otherUpstream(await this.#upstream(name), record.upstream);
    if (other !== null) return runs({ kind: 'other-values', task: other });
    return this.#hasValues(name, record) ? this.#fresh(name, record) : runs({ kind: 'values-gone' });
  }

  #items({ name, definition: { foreach } }: PlannedTask): Verdict {
    const source = foreach?.source;
    const items = this.#context.plan.items.get(name);
    if (items === undefined && source?.kind === 'items_from')
      return { kind: 'items-of', source: `${source.task}.${source.key}` };
    return { kind: 'items', count: items?.length ?? 0 };
  }

  #before(name: TaskName): readonly TaskName[] {
    const dependencies = this.#context.plan.dependencies.get(name) ?? [];
    return [...new Set(dependencies.flatMap((task) => this.#unsettled.get(task) ?? []))];
  }

  async #upstream(name: TaskName): Promise<Readonly<Record<string, string>>> {
    const { plan, hasher } = this.#context;
    const hashes: Record<string, string> = {};
    for (const task of plan.reads.get(name) ?? [])
      hashes[task] = await hashValues(this.#values.get(task) ?? [], hasher);
    return hashes;
  }

  #hasValues(name: TaskName, { run }: FreshRecord): boolean {
    return existsSync(outputJsonPath(taskDirectory(join(this.#context.project, run), name), name));
  }

  #fresh(name: TaskName, { values, at }: FreshRecord): Verdict {
    this.#values.set(name, values);
    return { kind: 'fresh', since: at };
  }
}

const runs = (why: StaleReason): Verdict => ({ kind: 'runs', why });

function lackOf({ definition }: PlannedTask): 'input' | 'output' | 'input and output' {
  if (definition.input.length > 0) return 'output';
  return definition.output.length > 0 ? 'input' : 'input and output';
}
