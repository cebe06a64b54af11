import { join } from 'node:path';
import type { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import { makeDirectories } from '../base/make-directories.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import { admitReader } from './admission.ts';
import { writeInputsWhereRoomIs } from './bash-inputs-place.ts';
import { type Captured, discardCaptures, type PrintedValues, takeCaptures } from './captures/captured.ts';
import { deliver, NOTHING as NO_DELIVERY } from './captures/delivery.ts';
import { checkOutputs } from './check-outputs.ts';
import { createHasher, type Hasher, KeptFiles } from './checksum.ts';
import { CopiedFiles } from './copied-files.ts';
import { FlushBudget } from './flush-budget.ts';
import { finishOutput, type HistoryJob, writeCopiedOutput, writeMovedOutput } from './history-writer.ts';
import { localNameOf, nameInputs, type TaskValues } from './input-keys.ts';
import { addonPath, libraryPath } from './installation.ts';
import { type KeptOutput, takeOver } from './kept-output.ts';
import { KeptValues } from './kept-values.ts';
import { nativeOrNull } from './native-or-null.ts';
import type { DataNotice } from './notice.ts';
import { type Reach, reachOf, socketVariables } from './reach.ts';
import { type OpenStore, RunStores } from './run-stores.ts';
import { paramNotices, readsParams } from './script-params.ts';
import { SerialQueue } from './serial-queue.ts';
import type { Settle, Store, TaskPlace } from './store.ts';
import { writeTaskFiles } from './task-files.ts';
import type { PreparedTask, TaskToPrepare, TaskToRestore } from './task-to-prepare.ts';
import type { Entry, KeptValue } from './value.ts';

export type { PreparedTask, ScriptPlace, TaskToPrepare, TaskToRestore } from './task-to-prepare.ts';

/**
 * All that happens to values during one run: makes room, prepares a task's inputs, takes in its outputs, keeps them in
 * history and gives memory back. The scheduler calls it; it knows nothing of processes.
 *
 * - `prepare` before a task starts, `finish` when its main process has ended (whatever way; also for a task without script).
 * - `finish` resolves when dependents may start, with what the user should know. Writing history may still be going on; it holds back later `finish` calls
 *   only while more than the memory budget waits.
 * - `restore` instead of `prepare`, for a task that does not have to run: gives it the values that it left in another run. False,
 *   when these are gone; then nothing has happened. `finish` has nothing to do for it.
 * - `finish` takes in what the task has captured, too (captures/captured.ts); `markers` are the values from its stdout.
 * - What a task has set is checked by its `outputs` before anybody reads it. What is not as declared is kept in history all the
 *   same, and `finish` rejects.
 * - `readerEnded(dep)` once for each reader of a dependency that has ended or will never start.
 * - A task's bad data or a failed write makes its `finish` reject with a FailureError; other tasks are not touched. What
 *   fails after `finish` has resolved makes `complete` reject, when everything else is written.
 * - `complete` resolves when all history is written; `close` removes what is not history. Both always, in this order;
 *   `close` alone when the run is cut off.
 */
export interface RunData {
  prepare(task: TaskToPrepare): Promise<PreparedTask>;
  restore(task: TaskToRestore, from: KeptOutput): Promise<boolean>;
  finish(task: TaskName, markers?: PrintedValues | null): Promise<readonly DataNotice[]>;
  /** What these tasks have set; nothing of one that has not finished, or whose last reader has ended. */
  valuesOf(tasks: readonly TaskName[]): readonly TaskValues[];
  /** A task is to start anew: what it has set so far is as if it had never been. `prepare` comes again after it. */
  discard(task: TaskName): Promise<void>;
  /** So many tasks more will read a dependency than were told of when it was prepared; one of those has not ended yet. */
  addReaders(dependency: TaskName, count: number): void;
  /** What history knows of a task that has ended, as soon as it knows: hashes of large values take a while. Null: it could not be kept. */
  keptOf(task: TaskName): Promise<readonly KeptValue[] | null>;
  readerEnded(dependency: TaskName): void;
  complete(): Promise<void>;
  close(): Promise<void>;
}

/** Told when a task's output JSON is complete. */
export type KeptListener = (task: TaskName, values: readonly KeptValue[]) => void;

export interface RunDataOptions {
  /** The run's own store: for every task that does not name another. */
  readonly store: Store;
  /** For tasks that do. */
  readonly openStore?: OpenStore;
  /** The run's directory in history, absolute; exists. */
  readonly runDirectory: string;
  readonly onKept: KeptListener;
  /** Bytes that may wait for being written to history before dependents are held back; 2 GiB when not given. */
  readonly memoryBytes?: number | null;
  /** How values are hashed; by the addon, or without it in WebAssembly, when not given. */
  readonly hasher?: Hasher;
}

const DEFAULT_MEMORY_BYTES = 2 * 1024 ** 3;

/** The values of one run, in the given store. */
export function createRunData(options: RunDataOptions): RunData {
  return new StoredRunData(options);
}

interface TaskState {
  readonly task: TaskToRestore & Pick<TaskToPrepare, 'scriptText' | 'outputs' | 'exported'>;
  readonly store: Store;
  readonly place: TaskPlace;
  entries: readonly Entry[];
  captured: Captured | null;
  /** Its values have been taken in. */
  hasValues: boolean;
  /** Nothing will be written to history for it any more. */
  settled: boolean;
}

interface GivenInputs {
  readonly variables: Readonly<Record<string, string>>;
  readonly spool: string;
  readonly notices: readonly DataNotice[];
}

interface SealedValues {
  readonly entries: readonly Entry[];
  /** They are not what the task's `outputs` declare, or not all could be captured. */
  readonly failure: FailureError | null;
}

const newState = (opened: Pick<TaskState, 'task' | 'store' | 'place'>): TaskState => ({
  ...opened,
  entries: [],
  captured: null,
  hasValues: false,
  settled: false,
});

class StoredRunData implements RunData {
  readonly #options: RunDataOptions;
  readonly #stores: RunStores;
  readonly #hasher: Hasher;
  readonly #budget: FlushBudget;
  readonly #files: KeptFiles;
  readonly #copied = new CopiedFiles();
  readonly #later = new SerialQueue();
  /** Beside the writing of history: what is waiting there must not keep memory from coming back. */
  readonly #releases = new SerialQueue();
  readonly #tasks = new Map<TaskName, TaskState>();
  readonly #kept = new KeptValues();
  /** How many of the readers that were told of in the beginning have ended, less those that have been added. */
  readonly #endedReaders = new Map<TaskName, number>();
  /** Tasks that ended without having been prepared; history says that they have set nothing. */
  readonly #unopened = new Set<TaskName>();
  #client: { addon: string | null; library: string | null } | undefined;

  constructor(options: RunDataOptions) {
    this.#options = options;
    this.#stores = new RunStores(options.store, options.openStore);
    this.#hasher = options.hasher ?? createHasher(nativeOrNull);
    this.#files = new KeptFiles(this.#hasher);
    this.#budget = new FlushBudget(options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
  }

  async prepare(task: TaskToPrepare): Promise<PreparedTask> {
    const store = await this.#stores.of(task.store);
    const dependencies = [...task.dependencies].sort();
    const hasValues = this.#hasValues;
    const place = await store.open(task.name, task.dependencies.filter(hasValues));
    const byHand = await admitReader({ task: task.name, store, dependencies, of: this.#storeWithValues });
    this.#tasks.set(task.name, newState({ task, store, place }));
    const { spool, variables, notices } = await this.#giveInputs(task, place, dependencies);
    this.#client ??= { addon: addonPath(), library: libraryPath() };
    writeTaskFiles(task, {
      ...this.#client,
      store: store.name,
      spool,
      socket: place.socket,
      dependencies: dependencies.map((name) => ({
        task: name,
        shmDirectory: hasValues(name) ? (this.#placeOf(name)?.shmDirectory ?? null) : null,
        socket: hasValues(name) ? (this.#placeOf(name)?.socket ?? null) : null,
        hasValues: hasValues(name) || this.#unopened.has(name),
      })),
    });
    const { language, params } = task;
    return {
      environment: {
        OTTO_STORE: store.name,
        OTTO_SPOOL: spool,
        ...byHand,
        ...place.environment,
        ...socketVariables(place, dependencies.filter(hasValues).map(this.#placeOf)),
        ...variables,
        ...(readsParams(language, params) && { OTTO_PARAMS: '1' }),
      },
      notices: [...notices, ...(language === 'other' ? paramNotices(params) : []), ...store.takeNotices()],
    };
  }

  async restore(task: TaskToRestore, from: KeptOutput): Promise<boolean> {
    const store = await this.#stores.of(task.store);
    const { taskDirectory } = task;
    const values = await takeOver(task.name, { taskDirectory, hasher: this.#hasher }, from);
    if (values === null) return false;
    const place = await store.open(task.name, task.dependencies.filter(this.#hasValues));
    const state = newState({ task: { ...task, scriptText: '' }, store, place });
    state.hasValues = true;
    this.#tasks.set(task.name, state);
    state.entries = await store.restore(task.name, values);
    this.#told(state, from.values);
    return true;
  }

  async finish(name: TaskName, markers: PrintedValues | null = null): Promise<readonly DataNotice[]> {
    const state = this.#tasks.get(name);
    if (state?.settled) return [];
    if (state === undefined) {
      await this.#finishUnopened(name);
      return [];
    }
    const failure = await this.#takeIn(state, markers);
    if (failure !== null) throw failure;
    return state.store.takeNotices();
  }

  /** Returns what fails the task although its values are kept. */
  async #takeIn(state: TaskState, markers: PrintedValues | null): Promise<FailureError | null> {
    try {
      const { entries, failure } = await this.#seal(state, markers);
      if (state.store.readersNeedJson) await this.#keepNow(state, entries);
      else await this.#keepLater(state, entries);
      state.hasValues = true;
      return failure;
    } catch (error) {
      this.#settle(state);
      throw error;
    }
  }

  valuesOf(tasks: readonly TaskName[]): readonly TaskValues[] {
    return tasks.map((task) => ({ task, entries: this.#tasks.get(task)?.entries ?? [] }));
  }

  async discard(name: TaskName): Promise<void> {
    const state = this.#tasks.get(name);
    if (state === undefined) return;
    this.#tasks.delete(name);
    discardCaptures(state.task.taskDirectory);
    await state.store.discard(name);
  }

  addReaders(dependency: TaskName, count: number): void {
    this.#endedReaders.set(dependency, (this.#endedReaders.get(dependency) ?? 0) - count);
  }

  readerEnded(dependency: TaskName): void {
    this.#endedReaders.set(dependency, (this.#endedReaders.get(dependency) ?? 0) + 1);
    this.#releaseIfUnused(dependency);
  }

  async complete(): Promise<void> {
    await this.#later.drain();
    await this.#releases.drain();
  }

  async close(): Promise<void> {
    this.#later.stop();
    this.#releases.stop();
    await this.#stores.close();
    await this.#later.idle();
    await this.#releases.idle();
    // Work that was running may have needed what was just removed, or made some of it anew.
    await this.#stores.close();
    for (const { captured } of this.#tasks.values()) captured?.removeFiles();
  }

  keptOf(task: TaskName): Promise<readonly KeptValue[] | null> {
    // A task that was left out was never opened.
    return this.#tasks.has(task) ? this.#kept.of(task) : Promise.resolve([]);
  }

  readonly #placeOf = (name: TaskName): TaskPlace | undefined => this.#tasks.get(name)?.place;

  readonly #hasValues = (name: TaskName): boolean => this.#tasks.get(name)?.hasValues === true;

  async #seal(state: TaskState, markers: PrintedValues | null): Promise<SealedValues> {
    const { task, store } = state;
    const { name, scriptText, outputs, taskDirectory, exported: given = {} } = task;
    const captured = await takeCaptures({ task: name, taskDirectory, scriptText, given, markers });
    state.captured = captured;
    let { failure } = captured;
    const settle: Settle | null = outputs
      ? async (entries) => {
          const checked = await checkOutputs(name, outputs, entries);
          failure ??= checked.failure;
          return checked.replacements;
        }
      : null;
    return { entries: await store.seal(name, { scriptText, settle, captured: captured.entries }), failure };
  }

  readonly #storeWithValues = (name: TaskName): Store | undefined =>
    this.#hasValues(name) ? this.#tasks.get(name)?.store : undefined;

  /** Makes a task's inputs ready: as variables, and for bash in a spool. */
  async #giveInputs(
    task: TaskToPrepare,
    place: TaskPlace,
    dependencies: readonly TaskName[],
  ): Promise<GivenInputs> {
    const values = this.valuesOf(dependencies).map((one) => ({
      ...one,
      localName: localNameOf(one.task, task.namePrefix),
    }));
    const { variables, notices: missed } =
      task.script === null ? NO_DELIVERY : deliver(values, task.scriptText);
    const { keys, notices } = nameInputs(values);
    const given = { variables, spool: place.spool, notices: [...notices, ...missed] };
    if (task.language !== 'bash' || !task.usesValues) return given;
    const reach = (name: TaskName): Reach => reachOf(place, this.#placeOf(name));
    const inputs = { keys, scriptText: task.scriptText, reach };
    const written = await writeInputsWhereRoomIs(inputs, place);
    return { ...given, spool: written.spool, notices: [...given.notices, ...written.notices] };
  }

  /** A task that was never prepared set nothing, and history says so. */
  async #finishUnopened(name: TaskName): Promise<void> {
    const taskDirectory = join(this.#options.runDirectory, 'tasks', encodeTaskName(name));
    attempt('create', taskDirectory, () => makeDirectories(taskDirectory));
    await writeMovedOutput({ task: name, taskDirectory, entries: [], hasher: this.#hasher });
    this.#unopened.add(name);
    this.#options.onKept(name, []);
  }

  /** The JSON before dependents start; hashes of large values, which need reading them, after that. */
  async #keepNow(state: TaskState, entries: readonly Entry[]): Promise<void> {
    const written = await writeMovedOutput(this.#job(state, entries));
    state.entries = written.entries;
    if (written.final) this.#told(state, written.kept);
    else
      this.#later.add(
        async () => {
          const { kept } = await finishOutput(this.#job(state, written.entries), this.#files);
          this.#told(state, kept);
        },
        () => this.#kept.tell(state.task.name, null),
      );
  }

  /** All of history behind the dependents' backs, within the memory budget. */
  async #keepLater(state: TaskState, entries: readonly Entry[]): Promise<void> {
    state.entries = entries;
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    this.#budget.add(bytes);
    this.#later.add(
      async () => {
        const { kept } = await writeCopiedOutput(this.#job(state, entries), this.#copied);
        this.#told(state, kept);
      },
      () => {
        this.#kept.tell(state.task.name, null);
        // Not before memory that nobody needs any more has come back: a next value would come on top of it.
        void this.#releases.idle().then(() => this.#budget.done(bytes));
      },
    );
    await this.#budget.room();
  }

  #job({ task }: TaskState, entries: readonly Entry[]): HistoryJob {
    return { task: task.name, taskDirectory: task.taskDirectory, entries, hasher: this.#hasher };
  }

  #told(state: TaskState, values: readonly KeptValue[]): void {
    this.#options.onKept(state.task.name, values);
    this.#kept.tell(state.task.name, values);
    this.#settle(state);
  }

  /** After a failure nothing is known of its values, and dependents do not ask. */
  #settle(state: TaskState): void {
    this.#kept.tell(state.task.name, null);
    state.settled = true;
    this.#releaseIfUnused(state.task.name);
  }

  #releaseIfUnused(name: TaskName): void {
    const state = this.#tasks.get(name);
    if (state === undefined || !state.settled) return;
    if ((this.#endedReaders.get(name) ?? 0) < state.task.readers) return;
    const { entries, store, captured } = state;
    state.entries = [];
    this.#releases.add(() => {
      for (const { source } of entries) if (source.kind !== 'memory') this.#copied.forget(source.path);
      captured?.removeFiles();
      return store.release(name);
    });
  }
}
