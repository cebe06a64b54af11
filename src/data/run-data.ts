import type { TaskName } from '../base/task-name.ts';
import type { PrintedValues } from './captures/captured.ts';
import type { Hasher } from './checksum.ts';
import type { TaskValues } from './input-keys.ts';
import type { KeptOutput } from './kept-output.ts';
import type { DataNotice } from './notice.ts';
import type { OpenStore } from './run-stores.ts';
import type { Store } from './store.ts';
import type { PreparedTask, TaskToPrepare, TaskToRestore } from './task-to-prepare.ts';
import type { KeptValue } from './value.ts';

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
 * - `hurry` when the run was asked to end: what waits for other programs (a Redis server) does not do so for long any more.
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
  hurry(): void;
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
