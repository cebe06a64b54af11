import { dirname } from 'node:path';
import { nowMs } from '../base/clock.ts';
import { type Failure, FailureError } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { createHasher } from '../data/checksum.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { RunData } from '../data/run-data.ts';
import { ReleasablePressure } from './back-pressure.ts';
import { type CancelOptions, endProcesses, GRACE_MS } from './cancel.ts';
import { Cuts } from './cuts.ts';
import { environmentMaker } from './environment.ts';
import type { Outcome, RunEvent, RunResult } from './events.ts';
import { Executor } from './executor.ts';
import { Freshness } from './freshness/freshness.ts';
import type { Hurry } from './hurry.ts';
import type { Interruption, InterruptSignal } from './interruption.ts';
import { type Jobserver, openJobserver } from './jobserver.ts';
import { lateItems } from './late-items.ts';
import { openPipeSource } from './pipe-source.ts';
import type { RunRequest, RunSummary } from './request.ts';
import { taskDirectory } from './run-directory.ts';
import { RunProcesses } from './run-processes.ts';
import { Schedule, type Skip } from './scheduler.ts';
import { SilentTasks } from './silent-tasks.ts';
import type { RunStreams } from './streams.ts';
import type { PipeSource } from './task-pipes.ts';
import { TaskStores } from './task-stores.ts';
import { traitsIn } from './traits.ts';
import { Variables } from './variables.ts';

export interface OpenRun {
  readonly request: RunRequest;
  readonly runDirectory: string;
  readonly startedAt: Date;
  readonly data: RunData;
  readonly emit: (event: RunEvent) => void;
  readonly interruption: Interruption;
  /** Null: no task of the run has any. */
  readonly Streams: typeof RunStreams | null;
}

/** Acts on what the schedule decides, from the first task to the last trace of the run. */
export class RunInProgress {
  readonly #open: OpenRun;
  readonly #schedule: Schedule;
  readonly #processes: RunProcesses;
  readonly #pipes: PipeSource;
  readonly #pressure: ReleasablePressure;
  readonly #freshness: Freshness;
  readonly #jobserver: Jobserver | null;
  readonly #streams: RunStreams | null;
  readonly #executor: Executor;
  readonly #variables: Variables;
  readonly #cuts = new Cuts();
  readonly #startedMs = nowMs();
  readonly #failures: Failure[] = [];
  #anyFailed = false;
  #cancelling: Promise<unknown> | null = null;
  #stopping: Promise<unknown> | null = null;
  #allEnded: () => void = () => undefined;
  /** A listener or otto itself is broken: ends the run at once. */
  #crash: (error: unknown) => void = () => undefined;

  constructor(open: OpenRun) {
    const { request, runDirectory, data } = open;
    const inherited = request.environment ?? process.env;
    this.#open = open;
    this.#schedule = new Schedule(request.plan.dependencies, request, traitsIn(request.plan));
    const scripts = scriptsOf(request);
    this.#processes = new RunProcesses({
      runDirectory,
      any: scripts > 0,
      howToEnd: () => this.#endOptions(),
      emit: this.#emit,
    });
    this.#pipes = openPipeSource(Math.min(request.jobs, scripts));
    this.#pressure = new ReleasablePressure(request.pressure ?? null);
    const { plan, chooseStore } = request;
    const stores = chooseStore === undefined ? null : new TaskStores(chooseStore, plan, this.#emit);
    this.#streams = this.#openStreams();
    this.#freshness = new Freshness({
      hasStreams: (task) => this.#streams?.has(task) === true,
      project: dirname(runDirectory),
      runDirectory,
      inherited,
      plan: request.plan,
      data,
      stores,
      hasher: createHasher(nativeOrNull),
      force: request.force ?? false,
    });
    this.#jobserver = openJobserver(request.plan, request.jobs);
    this.#variables =
      request.variables ?? new Variables({ inherited, bash: request.ottofile.bash, home: request.home });
    this.#executor = new Executor({
      pipes: this.#pipes,
      pressure: this.#pressure,
      plan: request.plan,
      clientsDirectory: request.clientsDirectory,
      inheritedNames: Object.keys(inherited),
      variables: this.#variables,
      bash: request.ottofile.bash,
      runDirectory,
      data,
      stores,
      trees: this.#processes.trees,
      environmentOf: environmentMaker({
        inherited,
        runDirectory,
        workspace: request.ottofile.directory,
        store: request.store,
        clientsDirectory: request.clientsDirectory,
        helpersDirectory: request.helpersDirectory,
      }),
      emit: this.#emit,
      freshness: this.#freshness,
      silent: new SilentTasks(request.plan, data),
      streams: this.#streams,
      onBegun: (task) => this.#begun(task),
      cuts: this.#cuts,
      jobserver: this.#jobserver,
      makeFlags: inherited.MAKEFLAGS,
      lendKeyboard: (isTerminal) => open.interruption.lendKeyboard(isTerminal),
      endTask: (task) => this.#processes.end((name) => name === task),
      leaveVariables: (task) => this.#variables.leave(task, this.#endOptions()),
    });
  }

  async run(): Promise<RunSummary> {
    try {
      await this.#runTasks();
      await Promise.all([this.#stopping, this.#cancelling]);
      await this.#variables.end(this.#endOptions());
      await this.#processes.endLeftovers(nowMs() - this.#startedMs);
      await this.#completeData();
    } catch (error) {
      const atOnce = { graceMs: 0, hurry: this.#open.interruption.hurry };
      await Promise.all([endProcesses(this.#processes.trees, atOnce), this.#variables.end(atOnce)]);
      throw error;
    } finally {
      this.#processes.close();
      this.#streams?.close();
      this.#pipes.close();
      this.#jobserver?.close();
      await this.#open.data.close();
    }
    return this.#conclude();
  }

  #runTasks(): Promise<void> {
    const { runDirectory, startedAt, request, interruption } = this.#open;
    return new Promise((resolve, reject) => {
      this.#allEnded = resolve;
      this.#crash = reject;
      this.#emit({ type: 'run-started', directory: runDirectory, tasks: request.plan.order, at: startedAt });
      interruption.whenInterrupted((signal) => this.#interrupt(signal));
      this.#startNext();
    });
  }

  #openStreams(): RunStreams | null {
    const { request, runDirectory, Streams } = this.#open;
    if (Streams === null) return null;
    const onStarving = (task: TaskName): void => {
      this.#schedule.yields(task);
      this.#startNext();
    };
    return new Streams({ plan: request.plan, runDirectory, emit: this.#emit, onStarving });
  }

  /** Those that read what a task writes may start beside it. */
  #begun(task: TaskName): void {
    if (this.#streams === null) return;
    this.#schedule.started(task);
    this.#startNext();
  }

  #startNext(): void {
    for (const task of this.#schedule.next()) this.#execute(task).catch(this.#crash);
    if (this.#schedule.done) this.#allEnded();
  }

  async #execute(task: TaskName): Promise<void> {
    if (this.#open.request.plan.isOpen(task)) return this.#fill(task);
    const { outcome, durationMs } = await this.#executor.execute(task);
    this.#taskEnded(task, outcome, durationMs);
  }

  /** Lets the items of a `foreach` join the run; it waits for them then. */
  async #fill(parent: TaskName): Promise<void> {
    const { data, request } = this.#open;
    const { plan, ottofile } = request;
    const startedMs = nowMs();
    const found = await lateItems({ plan, data, ottofile }, parent);
    const end = this.#schedule.endFor(parent);
    const sources = plan.reads.get(parent) ?? [];
    if (end === null && found.ok) {
      plan.expand(parent, found.value);
      const items = plan.items.get(parent) ?? [];
      for (const source of sources) data.addReaders(source, items.length);
      this.#emit({ type: 'tasks-added', parent, tasks: items });
      this.#streams?.itemsAdded(parent, items);
      const dependencies = new Map(items.map((item) => [item, plan.dependencies.get(item) ?? []]));
      this.#schedule.grow(parent, dependencies, traitsIn(plan));
    }
    for (const source of sources) data.readerEnded(source);
    if (end !== null) this.#taskEnded(parent, { kind: 'skipped', because: end }, 0);
    else if (!found.ok) {
      const reason = { kind: 'otto', failure: found.error } as const;
      this.#taskEnded(parent, { kind: 'failed', reason }, nowMs() - startedMs);
    } else this.#startNext();
  }

  #taskEnded(task: TaskName, outcome: Outcome, durationMs: number): void {
    this.#taskFinished(task, outcome, durationMs);
    this.#skip(this.#schedule.finished(task, isDone(outcome)));
    if (outcome.kind === 'failed' && this.#open.request.failFast) this.#stopOthers();
    this.#startNext();
  }

  /** `always` tasks go on, and so do background processes of tasks that have ended: the `always` ones may use them. */
  #stopOthers(): void {
    if (this.#stopping !== null) return;
    const running = new Set(this.#schedule.stoppable);
    this.#cuts.stop();
    this.#stopping = this.#processes.end((task) => running.has(task));
  }

  #taskFinished(task: TaskName, outcome: Outcome, durationMs: number): void {
    if (outcome.kind === 'failed') this.#anyFailed = true;
    this.#streams?.finished(task, isDone(outcome));
    const directory = taskDirectory(this.#open.runDirectory, task);
    this.#emit({ type: 'task-finished', task, outcome, at: new Date(), durationMs, directory });
  }

  /** Tasks that never start read nothing: what was kept for them can go. */
  #skip(skips: readonly Skip[]): void {
    const { data, request } = this.#open;
    for (const { task, because } of skips) {
      this.#taskFinished(task, { kind: 'skipped', because }, 0);
      for (const dependency of request.plan.reads.get(task) ?? []) data.readerEnded(dependency);
    }
  }

  #interrupt(signal: InterruptSignal): void {
    this.#emit({ type: 'interrupted', signal, count: this.#open.interruption.count });
    if (this.#cancelling !== null) return;
    this.#cuts.interrupt();
    this.#pressure.release();
    this.#open.data.hurry();
    this.#cancelling = Promise.all([this.#processes.end(), this.#variables.end(this.#endOptions())]);
    this.#skip(this.#schedule.interrupt());
    this.#startNext();
  }

  #endOptions(): CancelOptions {
    const { interruption, request } = this.#open;
    return { graceMs: request.graceMs ?? GRACE_MS, hurry: interruption.hurry };
  }

  /** Waits until history is written, or the user does not want to wait for it. */
  async #completeData(): Promise<void> {
    const { data, interruption } = this.#open;
    try {
      const complete = data.complete().finally(() => this.#freshness.complete());
      await Promise.race([complete, begun(interruption.hurry)]);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.#failures.push(error.failure);
    }
  }

  #conclude(): RunSummary {
    const { interruption, runDirectory } = this.#open;
    const result = this.#result();
    const durationMs = nowMs() - this.#startedMs;
    this.#emit({ type: 'run-finished', result, at: new Date(), durationMs });
    return { result, signal: interruption.signal, directory: runDirectory, failures: this.#failures };
  }

  #result(): RunResult {
    if (this.#open.interruption.signal !== null) return 'interrupted';
    return this.#anyFailed || this.#failures.length > 0 ? 'failed' : 'succeeded';
  }

  /** Events also come from callbacks of processes, where an exception of a listener would have no one to catch it. */
  readonly #emit = (event: RunEvent): void => {
    try {
      this.#open.emit(event);
    } catch (error) {
      this.#crash(error);
    }
  };
}

/** Dependents may start: also after a task that was left out by its own `if`. */
const isDone = (outcome: Outcome): boolean =>
  outcome.kind === 'succeeded' ||
  outcome.kind === 'fresh' ||
  (outcome.kind === 'skipped' && outcome.because.kind === 'condition');

/** How many tasks of the run start a process. */
function scriptsOf({ plan }: RunRequest): number {
  // Of some `foreach` nobody knows yet for how many items it will run.
  if ([...plan.tasks.keys()].some((task) => plan.isOpen(task))) return Number.POSITIVE_INFINITY;
  return [...plan.tasks.values()].filter(({ definition }) => definition.script !== null).length;
}

const begun = (hurry: Hurry): Promise<void> => new Promise((resolve) => hurry.whenBegun(resolve));
