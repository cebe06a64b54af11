import { err, ok, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import type { ParamDefinition, TaskDefinition } from '../ottofile/model.ts';
import type { Edges } from './dag.ts';
import {
  defaultOf,
  isMisfit,
  isSameValue,
  type Misfit,
  type ParamValue,
  type ParamValues,
  textsOf,
  valueFor,
} from './param-value.ts';

/** The tasks of a run, and what the command line gives to some of them. */
export interface ParamQuestion {
  /** Each task after all of its dependencies. */
  readonly order: readonly TaskName[];
  readonly dependencies: Edges;
  readonly tasks: ReadonlyMap<TaskName, Pick<TaskDefinition, 'params'>>;
  readonly given: ReadonlyMap<TaskName, ParamValues>;
}

/** A value that travels to dependencies. */
export interface GivenValue {
  readonly value: ParamValue;
  /** The task that it was given to on the command line. */
  readonly from: TaskName;
}

/** Why the values of a run's params do not work out. `task` is whose param it is. */
export type ParamProblem = { readonly task: TaskName; readonly param: ParamDefinition } & (
  | { readonly kind: 'missing' }
  /** Two tasks hand it different values. */
  | { readonly kind: 'conflict'; readonly values: readonly [GivenValue, GivenValue] }
  /** What it inherits is no value for it. */
  | { readonly kind: 'unfit'; readonly given: GivenValue; readonly misfit: Misfit }
);

/** The values of every task that has params. */
export type ResolvedParams = ReadonlyMap<TaskName, ParamValues>;

/**
 * The values of all params of a run: what was given to the task itself, else what was given to tasks that wait for it and declare
 * the same param, else the default. Defaults are never handed on. All problems at once.
 */
export function resolveParams(question: ParamQuestion): Result<ResolvedParams, readonly ParamProblem[]> {
  const { order, tasks, dependencies } = question;
  const withParams = order.filter((task) => (tasks.get(task)?.params.length ?? 0) > 0);
  const resolution = new Resolution(question);
  // Dependents come first here: what they were given is known when their dependencies ask for it.
  for (const task of withParams.toReversed()) {
    resolution.settle(task);
    for (const dependency of dependencies.get(task) ?? []) resolution.handOn(task, dependency);
  }
  return resolution.result(withParams);
}

class Resolution {
  readonly #question: ParamQuestion;
  readonly #values = new Map<TaskName, ParamValues>();
  readonly #problems = new Map<TaskName, ParamProblem[]>();
  /** By task and the param's name: what it was given or has inherited so far. */
  readonly #travelling = new Map<TaskName, Map<string, GivenValue>>();

  constructor(question: ParamQuestion) {
    this.#question = question;
    for (const [task, values] of question.given) {
      const own = new Map([...values].map(([name, value]) => [name, { value, from: task }]));
      this.#travelling.set(task, own);
    }
  }

  /** Gives a task its values, when all tasks that wait for it have handed on theirs. */
  settle(task: TaskName): void {
    const values = new Map<string, ParamValue>();
    const failed = new Set(this.#problems.get(task)?.map(({ param }) => param));
    for (const param of this.#paramsOf(task)) {
      const value = this.#travelling.get(task)?.get(param.name)?.value ?? defaultOf(param);
      if (value !== null) values.set(param.name, value);
      else if (!failed.has(param)) this.#report({ kind: 'missing', task, param });
    }
    this.#values.set(task, values);
  }

  handOn(from: TaskName, to: TaskName): void {
    const travelling = this.#travelling.get(from);
    if (travelling === undefined || travelling.size === 0) return;
    const own = this.#question.given.get(to);
    for (const param of this.#paramsOf(to)) {
      const given = travelling.get(param.name);
      if (given !== undefined && !own?.has(param.name)) this.#inherit(to, param, given);
    }
  }

  result(tasks: readonly TaskName[]): Result<ResolvedParams, readonly ParamProblem[]> {
    const all = tasks.flatMap((task) => this.#problems.get(task) ?? []);
    const problems = all.filter((problem) => !this.#follows(problem));
    return problems.length === 0 ? ok(this.#values) : err(problems);
  }

  /** A value that a dependent lacks, too, would come from there. */
  #follows({ kind, task, param }: ParamProblem): boolean {
    if (kind !== 'missing') return false;
    const lacksIt = (dependent: TaskName) =>
      this.#problems.get(dependent)?.some((one) => one.kind === kind && one.param.name === param.name);
    return [...this.#question.dependencies].some(
      ([dependent, dependencies]) => [...dependencies].includes(task) && lacksIt(dependent),
    );
  }

  #inherit(task: TaskName, param: ParamDefinition, given: GivenValue): void {
    const value = valueFor(param, textsOf(given.value));
    if (isMisfit(value)) {
      this.#report({ kind: 'unfit', task, param, given, misfit: value });
      return;
    }
    const inherited = this.#travelling.get(task) ?? new Map<string, GivenValue>();
    const known = inherited.get(param.name);
    if (known === undefined) inherited.set(param.name, { value, from: given.from });
    else if (!isSameValue(known.value, value))
      this.#report({ kind: 'conflict', task, param, values: [known, { value, from: given.from }] });
    this.#travelling.set(task, inherited);
  }

  /** One problem a param is enough. */
  #report(problem: ParamProblem): void {
    const known = this.#problems.get(problem.task) ?? [];
    if (!known.some(({ param }) => param === problem.param)) known.push(problem);
    this.#problems.set(problem.task, known);
  }

  #paramsOf(task: TaskName): readonly ParamDefinition[] {
    return this.#question.tasks.get(task)?.params ?? [];
  }
}
