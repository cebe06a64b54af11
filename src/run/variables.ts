import type { TaskName } from '../base/task-name.ts';
import { itemEnvironment } from '../graph/item-environment.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import type { Diagnostic, EnvDefinition, TaskDefinition, TaskFile } from '../ottofile/model.ts';
import type { CancelOptions } from './cancel.ts';
import { CommandRunner } from './command-runner.ts';
import { NO_DOTENV, readDotenv } from './dotenv.ts';
import { type Environment, inheritable, type TaskVariables } from './environment.ts';
import { paramEnvironment } from './params.ts';
import { refusal } from './refusal.ts';
import { problemsOf } from './variable-problems.ts';
import { isPlain, outermost, parsedVariables, type Scope, type Variable } from './variable-scope.ts';
import { type Evaluated, evaluate, type ToEvaluate } from './variable-values.ts';
import { ScopeWork, TaskWork } from './variable-work.ts';

/** What the variables of a run depend on. */
export interface VariableSources {
  /** What otto itself was started with. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `otto.bash`; the one in PATH when not given. */
  readonly bash?: string | null;
  /** Where runs are kept. Without it nobody ends what commands have left when otto is killed. */
  readonly home?: string;
}

const NOTHING: TaskVariables = { file: {}, own: {} };

interface Loaded {
  readonly scope: Scope;
  readonly problems: readonly Diagnostic[];
}

/**
 * The variables that ottofiles give to tasks. Each is worked out once a run, when the first task needs it. Files and tasks
 * without anything to work out cost nothing but a copy.
 */
export class Variables {
  readonly #root: Evaluated;
  readonly #inherited: Environment;
  readonly #runner: CommandRunner;
  readonly #plainFiles = new Map<TaskFile, Environment>();
  readonly #loaded = new Map<TaskFile, Promise<Loaded>>();
  readonly #files = new Map<TaskFile, ScopeWork>();
  readonly #tasks = new Map<TaskName, TaskWork>();

  constructor({ inherited, bash, home }: VariableSources) {
    this.#inherited = inheritable(inherited);
    this.#root = { scope: outermost(this.#inherited), values: new Map(), outer: null, all: {} };
    this.#runner = new CommandRunner({ inherited, bash: bash ?? 'bash', home: home ?? null });
  }

  /** Null: there is something to work out. */
  ready(task: PlannedTask): TaskVariables | null {
    const { definition } = task;
    if (!needsVariables(task)) return NOTHING;
    if (!isPlainFile(definition.file) || !isPlainTask(definition)) return null;
    return {
      file: this.#plainFile(definition.file),
      own: { ...literal(definition.envs), ...givenTo(task) },
    };
  }

  /** Rejects with a FailureError that names the variable and its place. */
  async of(task: PlannedTask): Promise<TaskVariables> {
    return this.ready(task) ?? this.#workOf(task).variables;
  }

  /** Since when a task waits for its variables, on the clock of `nowMs()`. */
  waitingSince(task: PlannedTask): number {
    return this.#workOf(task).sinceMs;
  }

  /**
   * The task waits no longer. Commands that no other task waits for are ended; should one still come that needs them, they begin
   * anew. Resolves, when they are gone, with the variable that the task has waited for.
   */
  leave(task: PlannedTask, options: CancelOptions): Promise<Variable | null> {
    return this.#workOf(task).leave(options);
  }

  /** All that can be told to be wrong before anything runs: of the tasks that take part only. */
  async check({ tasks }: Plan): Promise<readonly Diagnostic[]> {
    const found = new Map<string, Diagnostic>();
    const add = ({ problems }: Loaded): void => {
      for (const problem of problems)
        found.set(`${problem.file} ${problem.at.line} ${problem.at.column} ${problem.message}`, problem);
    };
    for (const task of tasks.values()) {
      const { definition } = task;
      if (!needsVariables(task)) continue;
      if (!isPlainFile(definition.file)) add(await this.#load(definition.file));
      if (!isPlainTask(definition))
        add(await this.#loadTask(task, (await this.#load(definition.file)).scope));
    }
    return [...found.values()];
  }

  /** Ends every command that runs, with all of its processes; none is started any more. */
  end(options: CancelOptions): Promise<void> {
    return this.#runner.end(options);
  }

  #workOf(task: PlannedTask): TaskWork {
    const known = this.#tasks.get(task.name) ?? new TaskWork(task.name, (work) => this.#workOut(task, work));
    this.#tasks.set(task.name, known);
    return known;
  }

  async #workOut(task: PlannedTask, work: TaskWork): Promise<TaskVariables> {
    const { definition } = task;
    const outer = await work.waitFor(this.#fileWork(definition.file));
    if (isPlainTask(definition))
      return { file: outer.all, own: { ...literal(definition.envs), ...givenTo(task) } };
    const loaded = this.#loadTask(task, outer.scope);
    const own = await work.waitFor(this.#scopeWork(loaded, { outer, directory: definition.directory }));
    return { file: outer.all, own: own.all };
  }

  #plainFile(file: TaskFile): Environment {
    const known = this.#plainFiles.get(file) ?? literal(file.envs);
    this.#plainFiles.set(file, known);
    return known;
  }

  #fileWork(file: TaskFile): ScopeWork {
    const known = this.#files.get(file);
    if (known !== undefined && !known.abandoned) return known;
    const work = this.#scopeWork(this.#load(file), { outer: this.#root, directory: file.directory });
    this.#files.set(file, work);
    return work;
  }

  #scopeWork(loading: Promise<Loaded>, around: Omit<ToEvaluate, 'scope'>): ScopeWork {
    return new ScopeWork(this.#runner.group(), async (evaluating) => {
      const { scope, problems } = await loading;
      if (problems[0] !== undefined) throw refusal(problems[0]);
      return evaluate({ ...around, scope }, evaluating);
    });
  }

  #load(file: TaskFile): Promise<Loaded> {
    const known = this.#loaded.get(file) ?? this.#scope({ ...file, outer: this.#root.scope, above: {} });
    this.#loaded.set(file, known);
    return known;
  }

  #loadTask(task: PlannedTask, outer: Scope): Promise<Loaded> {
    const { envs, dotenv, file } = task.definition;
    return this.#scope({ envs, dotenv, directory: file.directory, outer, above: givenTo(task) });
  }

  async #scope(
    parts: Pick<TaskFile, 'envs' | 'dotenv' | 'directory'> & Pick<Scope, 'outer' | 'above'>,
  ): Promise<Loaded> {
    const { envs, dotenv, directory, outer, above } = parts;
    const files = dotenv.length === 0 ? NO_DOTENV : await readDotenv(dotenv, directory);
    const below = Object.fromEntries(
      Object.entries(files.values).filter(([name]) => !Object.hasOwn(this.#inherited, name)),
    );
    const scope: Scope = { outer, below, variables: parsedVariables(envs), above };
    return { scope, problems: [...files.problems, ...problemsOf(scope)] };
  }
}

/** A task that runs nothing and decides nothing has no use for variables; a `foreach` leaves that to its items. */
const needsVariables = ({ role, definition: { script, condition, input, output } }: PlannedTask): boolean =>
  role !== 'foreach' && (script !== null || condition !== null || input.length > 0 || output.length > 0);

const isPlainFile = ({ envs, dotenv }: TaskFile): boolean => dotenv.length === 0 && isPlain(envs);
const isPlainTask = ({ envs, dotenv }: TaskDefinition): boolean => dotenv.length === 0 && isPlain(envs);

const literal = (envs: readonly EnvDefinition[]): Environment =>
  Object.fromEntries(envs.map(({ name, value }) => [name, value]));

/** What the run itself gives to a task. */
const givenTo = (task: PlannedTask): Environment => ({ ...itemEnvironment(task), ...paramEnvironment(task) });
