import type { TaskName } from '../base/task-name.ts';
import { itemEnvironment } from '../graph/item-environment.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import type { Diagnostic, EnvDefinition, TaskDefinition, TaskFile } from '../ottofile/model.ts';
import type { CancelOptions } from './cancel.ts';
import { CommandRunner } from './command-runner.ts';
import { NO_DOTENV, readDotenv } from './dotenv.ts';
import { type Environment, inheritable, type TaskVariables } from './environment.ts';
import { paramEnvironment } from './params.ts';
import { problemIn, refusal } from './refusal.ts';
import { problemsOf } from './variable-problems.ts';
import { isPlain, outermost, parsedVariables, type Scope } from './variable-scope.ts';
import { type Evaluated, evaluate } from './variable-values.ts';

/** What the variables of a run depend on. */
export interface VariableSources {
  /** What otto itself was started with. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `otto.bash`; the one in PATH when not given. */
  readonly bash?: string | null;
}

const NOTHING: TaskVariables = { file: {}, own: {} };

/** How long the commands of the first tasks keep the others from starting. */
const PATIENCE_MS = 5_000;

export interface Beginning {
  /** How many commands may run at once. */
  readonly jobs: number;
  readonly patienceMs?: number;
}

interface Loaded {
  readonly scope: Scope;
  readonly problems: readonly Diagnostic[];
}

/**
 * The variables that ottofiles give to tasks. Each is worked out at most once a run, when the first task needs it. Files and
 * tasks without anything to work out cost nothing but a copy.
 */
export class Variables {
  readonly #root: Evaluated;
  readonly #inherited: Environment;
  readonly #runner: CommandRunner;
  readonly #plainFiles = new Map<TaskFile, Environment>();
  readonly #loaded = new Map<TaskFile, Promise<Loaded>>();
  readonly #files = new Map<TaskFile, Promise<Evaluated>>();
  readonly #tasks = new Map<TaskName, Promise<TaskVariables>>();

  constructor({ inherited, bash }: VariableSources) {
    this.#inherited = inheritable(inherited);
    this.#root = { scope: outermost(this.#inherited), values: new Map(), outer: null, all: {} };
    this.#runner = new CommandRunner(inherited, bash ?? 'bash');
  }

  /** Rejects with a FailureError that names the variable and its place. */
  async of(task: PlannedTask): Promise<TaskVariables> {
    const { definition } = task;
    if (!needsVariables(task)) return NOTHING;
    if (isPlainFile(definition.file) && isPlainTask(definition))
      return {
        file: this.#plainFile(definition.file),
        own: { ...literal(definition.envs), ...givenTo(task) },
      };
    const known = this.#tasks.get(task.name) ?? this.#workOut(task);
    this.#tasks.set(task.name, known);
    return known;
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

  /**
   * Works out what the tasks need that could start at once, so that a mistake there is found before anything has started. Commands
   * that take longer than a moment do not keep other tasks from starting.
   */
  async begin(
    { order, tasks, dependencies }: Plan,
    { jobs, patienceMs = PATIENCE_MS }: Beginning,
  ): Promise<readonly Diagnostic[]> {
    const first = order
      .filter((name) => dependencies.get(name)?.length === 0)
      .flatMap((name) => tasks.get(name) ?? [])
      .filter(needsVariables)
      .filter(({ definition: { file, envs } }) => !isPlain(file.envs) || !isPlain(envs));
    if (first.length === 0) return [];
    const problems = new Map<string, Diagnostic>();
    const waiting = first.values();
    let patient = true;
    const work = async (): Promise<void> => {
      for (const task of waiting) {
        if (!patient) return;
        await this.of(task).catch((error: unknown) => {
          const problem = problemIn(error);
          problems.set(`${problem.file} ${problem.at.line} ${problem.at.column} ${problem.message}`, problem);
        });
      }
    };
    await atMost(patienceMs, Promise.all(Array.from({ length: Math.min(jobs, first.length) }, work)));
    patient = false;
    return [...problems.values()];
  }

  /** Ends every command that runs, with all of its processes; none is started any more. */
  end(options: CancelOptions): Promise<void> {
    return this.#runner.end(options);
  }

  async #workOut(task: PlannedTask): Promise<TaskVariables> {
    const { definition } = task;
    const { file } = definition;
    const outer = await this.#evaluatedFile(file);
    if (isPlainTask(definition))
      return { file: outer.all, own: { ...literal(definition.envs), ...givenTo(task) } };
    const { scope, problems } = await this.#loadTask(task, outer.scope);
    if (problems[0] !== undefined) throw refusal(problems[0]);
    const own = await evaluate({ scope, outer, directory: definition.directory }, this.#runner);
    return { file: outer.all, own: own.all };
  }

  #plainFile(file: TaskFile): Environment {
    const known = this.#plainFiles.get(file) ?? literal(file.envs);
    this.#plainFiles.set(file, known);
    return known;
  }

  #evaluatedFile(file: TaskFile): Promise<Evaluated> {
    const work = async (): Promise<Evaluated> => {
      const { scope, problems } = await this.#load(file);
      if (problems[0] !== undefined) throw refusal(problems[0]);
      return evaluate({ scope, outer: this.#root, directory: file.directory }, this.#runner);
    };
    const known = this.#files.get(file) ?? work();
    this.#files.set(file, known);
    return known;
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

/** Resolves when the work is done, or when so much time has passed. */
function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    work.then(() => resolve(), reject).finally(() => clearTimeout(timer));
  });
}
