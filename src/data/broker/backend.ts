import type { TaskName } from '../../base/task-name.ts';
import type { Replacement } from '../declared-outputs.ts';
import type { DataNotice } from '../notice.ts';
import type { StoreName } from '../store.ts';
import type { Entry, ValueType } from '../value.ts';

/**
 * A value that a task has sent. Up to MAX_IN_MEMORY_BYTES it is in memory; a larger one has a file of its own in the broker's private
 * directory, which the back end takes over: it keeps it (by rename) or removes it. What a store takes in from a spool may be larger in
 * memory, and its files lie there.
 */
export type Incoming =
  | { readonly kind: 'memory'; readonly data: Uint8Array }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number };

export const MAX_IN_MEMORY_BYTES = 64 * 1024;

/**
 * Where the values of a brokered store lie (docs/stores.md). The broker serves tasks, the back end keeps what they set: it is what
 * tells the stores `socket`, `sqlite` and `redis` apart.
 *
 * Contract (test/conformance/backend.contract.ts drives every implementation through it):
 * - `start` is called before anything else, once; it rejects with a FailureError that says what is missing and how to get it.
 * - `open` before a task starts: from then on it may set values, and so may hands under its name; again only after `discard`. What is set
 *   by hand for a task that is not open counts for nothing, and whoever set it is told.
 * - `restore` in place of everything else, for a task that is open but does not run: its values are those of an earlier run. They are in
 *   history, and files stay where they are; hands find copies of them.
 * - `put` and `delete` resolve when the change is committed: from then on it survives the end of whoever asked for it. Calls for one
 *   task come from several connections and may overlap; the last one to commit counts. A key keeps the place in the order that it
 *   had when it was first put; a deleted one starts anew.
 * - What a task has set by hand, past the broker (`sqlite3 "$OTTO_DB"`, `redis-cli`), is a value like any other.
 * - `get` returns what is committed now, of a task that is not sealed yet. A file that it names goes when the key is set anew.
 * - `seal` returns everything that the task has set, in the order in which keys were first set; afterwards neither hands nor what was
 *   under way change what was returned, and `put` is not called. Values above MAX_IN_MEMORY_BYTES come as files in `directory`, which is the task's spool: `<n>.value` by `newFile`.
 * - `replace` after `seal`: these values have become others by the task's `outputs`, and hands find those. Back ends that hands do not
 *   read leave it out.
 * - `discard` forgets what the task has set; `release` gives back what its sealed values occupy, but for what history is to keep.
 * - `hurry`: the run is to end. What waits for others without end, or for long, waits for a few seconds only from now on.
 * - `close` ends everything the back end has started and removes what is not history. Safe at any moment, also twice.
 */
export interface Backend {
  readonly name: Extract<StoreName, 'socket' | 'sqlite' | 'redis'>;
  /** Variables for the tasks, known once it has started: OTTO_DB, OTTO_REDIS_SOCK. */
  readonly environment: Readonly<Record<string, string>>;
  start(): Promise<void>;
  open(task: TaskName): Promise<void>;
  restore(task: TaskName, values: readonly Entry[]): Promise<void>;
  put(value: ValueToPut): Promise<void>;
  delete(task: TaskName, key: string): Promise<void>;
  get(task: TaskName, key: string): Promise<Entry | null>;
  seal(task: TaskName, directory: SealDirectory): Promise<readonly Entry[]>;
  replace?(task: TaskName, replacements: readonly Replacement[]): Promise<void>;
  discard(task: TaskName): Promise<void>;
  release(task: TaskName): Promise<void>;
  /** What the user should know, since the last call. */
  takeNotices(): readonly DataNotice[];
  hurry?(): void;
  close(): Promise<void>;
}

export interface ValueToPut {
  readonly task: TaskName;
  readonly key: string;
  readonly type: ValueType;
  readonly value: Incoming;
}

export interface SealDirectory {
  /** Absolute path of a file that does not exist yet, for one more large value. */
  newFile(): string;
}
