import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nowMs } from '../base/clock.ts';
import { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { PreparedTask, RunData } from '../data/run-data.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { type ComposedScript, composeScript } from '../script/compose.ts';
import type { BackPressure } from './back-pressure.ts';
import type { Environment, TaskEnvironment, TaskVariables } from './environment.ts';
import type { Outcome, RunEvent } from './events.ts';
import { type Ended, outcomeOf } from './outcome.ts';
import type { ProcessTrees } from './process-tree.ts';
import { createTaskDirectory } from './run-directory.ts';
import { start } from './spawn.ts';
import { TaskLog } from './task-log.ts';
import type { PipeSource, TaskPipes } from './task-pipes.ts';
import type { Variables } from './variables.ts';

export interface ExecutorContext {
  readonly plan: Plan;
  readonly runDirectory: string;
  readonly clientsDirectory: string;
  /** Names of the variables that otto was started with. */
  readonly inheritedNames: readonly string[];
  readonly variables: Variables;
  readonly data: RunData;
  readonly trees: ProcessTrees;
  readonly pipes: PipeSource;
  readonly pressure: BackPressure;
  readonly environmentOf: (task: TaskEnvironment) => Environment;
  readonly emit: (event: RunEvent) => void;
  /** True once nothing may start any more, and what still runs is being ended. */
  readonly interrupted: () => boolean;
}

/** What a task ended with, and how long its process ran. */
export interface Execution {
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** All that a task needs to be started. */
interface Prepared {
  readonly directory: string;
  readonly script: ComposedScript | null;
  readonly variables: TaskVariables;
  /** What its values need. */
  readonly environment: Environment;
}

interface ToRun extends Prepared {
  readonly script: ComposedScript;
  readonly pipes: TaskPipes | null;
}

const DONE_WITHOUT_PROCESS: Ended = { process: { kind: 'exit', code: 0 }, failure: null, interrupted: false };

/**
 * Runs one task: its directory, its inputs, its script, its process, its values. What can be expected to fail becomes its
 * outcome. Its values are taken in however it ended, and it lets go of those it has read only after that.
 */
export class Executor {
  readonly #context: ExecutorContext;

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  async execute(name: TaskName): Promise<Execution> {
    const task = this.#context.plan.tasks.get(name);
    if (task === undefined) throw new Error(`no task "${name}" in this run`);
    const startedMs = nowMs();
    let end: Ended = { process: null, failure: null, interrupted: false };
    try {
      end = await this.#run(task);
    } catch (error) {
      end = withFailure(end, error);
    }
    const durationMs = nowMs() - startedMs;
    try {
      await this.#takeIn(name);
    } catch (error) {
      end = withFailure(end, error);
    }
    return { outcome: outcomeOf(end), durationMs };
  }

  async #run(task: PlannedTask): Promise<Ended> {
    const prepared = await this.#prepare(task);
    const pipes = prepared.script === null ? null : await this.#context.pipes.take();
    // From here to the start of the process nothing is awaited: an interruption comes before or after both.
    if (this.#context.interrupted()) {
      pipes?.giveBack();
      return { process: null, failure: null, interrupted: true };
    }
    this.#context.emit({ type: 'task-started', task: task.name, at: new Date() });
    if (prepared.script === null) return DONE_WITHOUT_PROCESS;
    return this.#runProcess(task, { ...prepared, script: prepared.script, pipes });
  }

  async #prepare(task: PlannedTask): Promise<Prepared> {
    const { runDirectory, clientsDirectory, inheritedNames, emit } = this.#context;
    const variables = await this.#context.variables.of(task);
    const directory = createTaskDirectory(runDirectory, task.name);
    const surroundings = {
      taskDirectory: directory,
      ottofilePath: task.definition.file.path,
      clientsDirectory,
      variables: [...inheritedNames, ...Object.keys(variables.file), ...Object.keys(variables.own)],
    };
    const script = composeScript(task.definition.script, surroundings);
    const { environment, notices } = await this.#prepareValues(task, { directory, script });
    for (const notice of notices) emit({ type: 'task-notice', task: task.name, notice });
    return { directory, script, variables, environment };
  }

  #prepareValues(
    { name, definition }: PlannedTask,
    { directory, script }: { readonly directory: string; readonly script: ComposedScript | null },
  ): Promise<PreparedTask> {
    const { data, plan } = this.#context;
    return data.prepare({
      name,
      taskDirectory: directory,
      dependencies: plan.reads.get(name) ?? [],
      language: definition.script?.language ?? null,
      scriptText: definition.script?.text ?? '',
      usesValues: script?.usesValues ?? false,
      script: script && {
        path: join(directory, script.fileName),
        source: script.source.path,
        line: script.source.line,
      },
      workdir: definition.directory,
      readers: plan.readers.get(name)?.length ?? 0,
    });
  }

  async #runProcess(
    task: PlannedTask,
    { directory, script, variables, environment, pipes }: ToRun,
  ): Promise<Ended> {
    const { emit, trees, environmentOf, interrupted, pressure } = this.#context;
    writeScript(join(directory, script.fileName), script);
    const log = new TaskLog(directory);
    let running = true;
    const program = start({
      command: script.command,
      directory: task.definition.directory,
      environment: environmentOf({
        task: task.name,
        taskDirectory: directory,
        variables,
        prepared: environment,
      }),
      pipes,
      pressure,
      onOutput: (stream, chunk) => {
        log.write(stream, chunk);
        if (running) emit({ type: 'task-output', task: task.name, stream, chunk });
      },
      onOutputEnd: () => {
        log.close();
        pipes?.giveBack();
      },
      onExit: (pid) => trees.ended(pid),
    });
    if (program.pid !== null) trees.started(task.name, program.pid);
    const process = await program.ended;
    running = false;
    return { process, failure: log.failure, interrupted: interrupted() };
  }

  async #takeIn(name: TaskName): Promise<void> {
    const { data, plan, emit } = this.#context;
    try {
      for (const notice of await data.finish(name)) emit({ type: 'task-notice', task: name, notice });
    } finally {
      for (const dependency of plan.reads.get(name) ?? []) data.readerEnded(dependency);
    }
  }
}

function writeScript(path: string, { text, mode }: ComposedScript): void {
  attempt('write', path, () => writeFileSync(path, text, { mode }));
}

/** The first failure is the one told: later ones follow from it. Anything but an expected failure is a bug. */
function withFailure(end: Ended, error: unknown): Ended {
  if (!(error instanceof FailureError)) throw error;
  return { ...end, failure: end.failure ?? error.failure };
}
