import { join } from 'node:path';
import type { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import { makeDirectories } from '../base/make-directories.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import { admitReader } from './admission.ts';
import { discardCaptures, type PrintedValues } from './captures/captured.ts';
import { giveInputs } from './give-inputs.ts';
import type { TaskValues } from './input-keys.ts';
import { addonPath, libraryPath } from './installation.ts';
import { Keeping } from './keeping.ts';
import { type KeptOutput, takeOver } from './kept-output.ts';
import type { DataNotice } from './notice.ts';
import { socketVariables } from './reach.ts';
import type { RunData, RunDataOptions } from './run-data.ts';
import { RunStores } from './run-stores.ts';
import { newRunTask, type RunTask } from './run-task.ts';
import { paramNotices, readsParams } from './script-params.ts';
import { sealTask } from './seal-task.ts';
import type { Store, TaskPlace } from './store.ts';
import { writeTaskFiles } from './task-files.ts';
import type { PreparedTask, TaskToPrepare, TaskToRestore } from './task-to-prepare.ts';
import type { KeptValue } from './value.ts';

/** The values of one run, in the given store. */
export function createRunData(options: RunDataOptions): RunData {
  return new StoredRunData(options);
}

class StoredRunData implements RunData {
  readonly #options: RunDataOptions;
  readonly #stores: RunStores;
  readonly #keeping: Keeping;
  readonly #tasks = new Map<TaskName, RunTask>();
  /** How many of the readers that were told of in the beginning have ended, less those that have been added. */
  readonly #endedReaders = new Map<TaskName, number>();
  /** Tasks that ended without having been prepared; history says that they have set nothing. */
  readonly #unopened = new Set<TaskName>();
  #client: { addon: string | null; library: string | null } | undefined;

  constructor(options: RunDataOptions) {
    this.#options = options;
    this.#stores = new RunStores(options.store, options.openStore);
    this.#keeping = new Keeping(options, ({ task }) => this.#releaseIfUnused(task.name));
  }

  async prepare(task: TaskToPrepare): Promise<PreparedTask> {
    const store = await this.#stores.of(task.store);
    const dependencies = [...task.dependencies].sort();
    const known = dependencies.filter(this.#hasValues);
    const place = await store.open(task.name, known);
    const byHand = await admitReader({ task: task.name, store, dependencies, of: this.#storeWithValues });
    this.#tasks.set(task.name, newRunTask({ task, store, place }));
    const { spool, variables, notices } = await giveInputs(task, {
      place,
      values: this.valuesOf(dependencies),
      placeOf: this.#placeOf,
    });
    this.#writeFiles(task, { store, place, spool, dependencies });
    const { language, params } = task;
    return {
      environment: {
        OTTO_STORE: store.name,
        OTTO_SPOOL: spool,
        ...byHand,
        ...place.environment,
        ...socketVariables(place, known.map(this.#placeOf)),
        ...variables,
        ...(readsParams(language, params) && { OTTO_PARAMS: '1' }),
      },
      notices: [...notices, ...(language === 'other' ? paramNotices(params) : []), ...store.takeNotices()],
    };
  }

  async restore(task: TaskToRestore, from: KeptOutput): Promise<boolean> {
    const store = await this.#stores.of(task.store);
    const { taskDirectory } = task;
    const values = await takeOver(task.name, { taskDirectory, hasher: this.#keeping.hasher }, from);
    if (values === null) return false;
    const place = await store.open(task.name, task.dependencies.filter(this.#hasValues));
    const state = newRunTask({ task: { ...task, scriptText: '' }, store, place });
    state.hasValues = true;
    this.#tasks.set(task.name, state);
    state.entries = await store.restore(task.name, values);
    this.#keeping.told(state, from.values);
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

  complete(): Promise<void> {
    return this.#keeping.complete();
  }

  hurry(): void {
    this.#stores.hurry();
  }

  async close(): Promise<void> {
    this.#keeping.stop();
    await this.#stores.close();
    await this.#keeping.idle();
    // Work that was running may have needed what was just removed, or made some of it anew.
    await this.#stores.close();
    for (const { captured } of this.#tasks.values()) captured?.removeFiles();
  }

  keptOf(task: TaskName): Promise<readonly KeptValue[] | null> {
    // A task that was left out was never opened.
    return this.#tasks.has(task) ? this.#keeping.of(task) : Promise.resolve([]);
  }

  readonly #placeOf = (name: TaskName): TaskPlace | undefined => this.#tasks.get(name)?.place;

  readonly #hasValues = (name: TaskName): boolean => this.#tasks.get(name)?.hasValues === true;

  readonly #storeWithValues = (name: TaskName): Store | undefined =>
    this.#hasValues(name) ? this.#tasks.get(name)?.store : undefined;

  /** What the task's client reads. */
  #writeFiles(task: TaskToPrepare, { store, place, spool, dependencies }: OpenTask): void {
    this.#client ??= { addon: addonPath(), library: libraryPath() };
    writeTaskFiles(task, {
      ...this.#client,
      store: store.name,
      spool,
      socket: place.socket,
      dependencies: dependencies.map((name) => {
        const hasValues = this.#hasValues(name);
        const from = hasValues ? this.#placeOf(name) : undefined;
        return {
          task: name,
          shmDirectory: from?.shmDirectory ?? null,
          socket: from?.socket ?? null,
          hasValues: hasValues || this.#unopened.has(name),
        };
      }),
    });
  }

  /** Returns what fails the task although its values are kept. */
  async #takeIn(state: RunTask, markers: PrintedValues | null): Promise<FailureError | null> {
    try {
      const { entries, failure } = await sealTask(state, markers);
      await this.#keeping.keep(state, entries);
      state.hasValues = true;
      return failure;
    } catch (error) {
      this.#keeping.settle(state);
      throw error;
    }
  }

  /** A task that was never prepared set nothing, and history says so. */
  async #finishUnopened(name: TaskName): Promise<void> {
    const taskDirectory = join(this.#options.runDirectory, 'tasks', encodeTaskName(name));
    attempt('create', taskDirectory, () => makeDirectories(taskDirectory));
    await this.#keeping.keepNothing(name, taskDirectory);
    this.#unopened.add(name);
  }

  #releaseIfUnused(name: TaskName): void {
    const state = this.#tasks.get(name);
    if (state === undefined || !state.settled) return;
    if ((this.#endedReaders.get(name) ?? 0) < state.task.readers) return;
    this.#keeping.release(state);
  }
}

interface OpenTask {
  readonly store: Store;
  readonly place: TaskPlace;
  readonly spool: string;
  readonly dependencies: readonly TaskName[];
}
