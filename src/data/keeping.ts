import type { TaskName } from '../base/task-name.ts';
import { createHasher, type Hasher, KeptFiles } from './checksum.ts';
import { CopiedFiles } from './copied-files.ts';
import { FlushBudget } from './flush-budget.ts';
import { finishOutput, type HistoryJob, writeCopiedOutput, writeMovedOutput } from './history-writer.ts';
import { KeptValues } from './kept-values.ts';
import { nativeOrNull } from './native-or-null.ts';
import type { RunDataOptions } from './run-data.ts';
import type { RunTask } from './run-task.ts';
import { SerialQueue } from './serial-queue.ts';
import type { Entry, KeptValue } from './value.ts';

const DEFAULT_MEMORY_BYTES = 2 * 1024 ** 3;

/** Told when nothing more will be written to history for a task. */
export type SettledListener = (state: RunTask) => void;

/**
 * Writes the values of a run's tasks into history, before their dependents start or behind their backs, and gives back what the values
 * occupied elsewhere.
 */
export class Keeping {
  readonly hasher: Hasher;
  readonly #options: RunDataOptions;
  readonly #onSettled: SettledListener;
  readonly #budget: FlushBudget;
  readonly #files: KeptFiles;
  readonly #copied = new CopiedFiles();
  readonly #later = new SerialQueue();
  /** Beside the writing of history: what is waiting there must not keep memory from coming back. */
  readonly #releases = new SerialQueue();
  readonly #kept = new KeptValues();

  constructor(options: RunDataOptions, onSettled: SettledListener) {
    this.#options = options;
    this.#onSettled = onSettled;
    this.hasher = options.hasher ?? createHasher(nativeOrNull);
    this.#files = new KeptFiles(this.hasher);
    this.#budget = new FlushBudget(options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
  }

  /** Resolves when dependents may start. */
  async keep(state: RunTask, entries: readonly Entry[]): Promise<void> {
    if (state.store.readersNeedJson) await this.#keepNow(state, entries);
    else await this.#keepLater(state, entries);
  }

  /** Nothing has been set by a task that was never prepared. */
  async keepNothing(task: TaskName, taskDirectory: string): Promise<void> {
    await writeMovedOutput({ task, taskDirectory, entries: [], hasher: this.hasher });
    this.#options.onKept(task, []);
  }

  /** The values are in history. */
  told(state: RunTask, values: readonly KeptValue[]): void {
    this.#options.onKept(state.task.name, values);
    this.#kept.tell(state.task.name, values);
    this.settle(state);
  }

  /** After a failure nothing is known of its values, and dependents do not ask. */
  settle(state: RunTask): void {
    this.#kept.tell(state.task.name, null);
    state.settled = true;
    this.#onSettled(state);
  }

  of(task: TaskName): Promise<readonly KeptValue[] | null> {
    return this.#kept.of(task);
  }

  /** Nobody reads the values where they are any more, and history has them. */
  release(state: RunTask): void {
    const { task, entries, store, captured } = state;
    state.entries = [];
    this.#releases.add(() => {
      for (const { source } of entries) if (source.kind !== 'memory') this.#copied.forget(source.path);
      captured?.removeFiles();
      return store.release(task.name);
    });
  }

  async complete(): Promise<void> {
    await this.#later.drain();
    await this.#releases.drain();
  }

  /** What has not begun will not be done. */
  stop(): void {
    this.#later.stop();
    this.#releases.stop();
  }

  async idle(): Promise<void> {
    await this.#later.idle();
    await this.#releases.idle();
  }

  /** The JSON before dependents start; hashes of large values, which need reading them, after that. */
  async #keepNow(state: RunTask, entries: readonly Entry[]): Promise<void> {
    const written = await writeMovedOutput(this.#job(state, entries));
    state.entries = written.entries;
    if (written.final) this.told(state, written.kept);
    else
      this.#later.add(
        async () => {
          const { kept } = await finishOutput(this.#job(state, written.entries), this.#files);
          this.told(state, kept);
        },
        () => this.#kept.tell(state.task.name, null),
      );
  }

  /** All of history behind the dependents' backs, within the memory budget. */
  async #keepLater(state: RunTask, entries: readonly Entry[]): Promise<void> {
    state.entries = entries;
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    this.#budget.add(bytes);
    this.#later.add(
      async () => {
        const { kept } = await writeCopiedOutput(this.#job(state, entries), this.#copied);
        this.told(state, kept);
      },
      () => {
        this.#kept.tell(state.task.name, null);
        // Not before memory that nobody needs any more has come back: a next value would come on top of it.
        void this.#releases.idle().then(() => this.#budget.done(bytes));
      },
    );
    await this.#budget.room();
  }

  #job({ task }: RunTask, entries: readonly Entry[]): HistoryJob {
    return { task: task.name, taskDirectory: task.taskDirectory, entries, hasher: this.hasher };
  }
}
