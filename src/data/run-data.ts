import type { TaskName } from '../base/task-name.ts';
import type { DataNotice } from './notice.ts';
import type { KeptValue } from './value.ts';

/** What a task has to be given before it starts. */
export interface PreparedTask {
  /** Variables to add to its environment (docs/task-protocol.md, section 1), without OTTO_TASK and the other general ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly notices: readonly DataNotice[];
}

/** The composed script and the line of the ottofile on which its text begins (docs/task-protocol.md, section 1). */
export interface ScriptPlace {
  readonly path: string;
  readonly source: string;
  readonly line: number;
}

export interface TaskToPrepare {
  readonly name: TaskName;
  /** Absolute path of `<run>/tasks/<task>`; exists. */
  readonly taskDirectory: string;
  /** Direct dependencies, all of them finished through `finish`. */
  readonly dependencies: readonly TaskName[];
  readonly language: 'bash' | 'python' | 'node' | 'other' | null;
  /** The script's text: tells which inputs it reads in another way than by variable. */
  readonly scriptText: string;
  /** Where the script stands, for the clients' tracebacks; null for a task without one. */
  readonly script: ScriptPlace | null;
  /** Directory the script runs in, absolute. */
  readonly workdir: string;
  /** How many tasks will read this one's values. */
  readonly readers: number;
}

/**
 * All that happens to values during one run: makes room, prepares a task's inputs, takes in its outputs, keeps them in
 * history and gives memory back. The scheduler calls it; it knows nothing of processes.
 *
 * - `prepare` before a task starts, `finish` when its main process has ended (whatever way; also for a task without script).
 * - `finish` resolves when dependents may start. Writing history may still be going on; it holds back later `finish` calls
 *   only while more than the memory budget waits.
 * - `readerEnded(dep)` once for each reader of a dependency that has ended or will never start.
 * - A task's bad data or a failed write makes its `finish` reject with a FailureError; other tasks are not touched. What
 *   fails after `finish` has resolved makes `complete` reject, when everything else is written.
 * - `complete` resolves when all history is written; `close` removes what is not history. Both always, in this order;
 *   `close` alone when the run is cut off.
 */
export interface RunData {
  prepare(task: TaskToPrepare): Promise<PreparedTask>;
  finish(task: TaskName): Promise<void>;
  readerEnded(dependency: TaskName): void;
  complete(): Promise<void>;
  close(): Promise<void>;
}

/** Told when a task's output JSON is complete. */
export type KeptListener = (task: TaskName, values: readonly KeptValue[]) => void;
