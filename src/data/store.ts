import type { TaskName } from '../base/task-name.ts';
import type { Replacement } from './declared-outputs.ts';
import type { DataNotice } from './notice.ts';
import type { OutputValue } from './output-reader.ts';
import type { Entry } from './value.ts';

export type StoreName = 'files' | 'shm' | 'socket' | 'sqlite' | 'redis';
/** The stores that this version has. */
export const STORE_NAMES: readonly StoreName[] = ['files', 'shm', 'socket', 'sqlite', 'redis'];
/** What may be asked for: a store, or that otto chooses one for each task. */
export type StoreChoice = StoreName | 'auto';
export const STORE_CHOICES: readonly StoreChoice[] = [...STORE_NAMES, 'auto'];

/** What a task has to be told to reach its values. */
export interface TaskPlace {
  /** Absolute path of the task's spool directory (docs/task-protocol.md, section 1). */
  readonly spool: string;
  /** Variables of this store for the task's environment, e.g. OTTO_SHM_DIR. */
  readonly environment: Readonly<Record<string, string>>;
  /** The directory of this task's region, for stores that have one. */
  readonly shmDirectory: string | null;
  /** A spool of second choice, when the first has no room. */
  readonly spareSpool: string | null;
  /** The socket through which the task's values are set and got (docs/socket-protocol.md), for stores that have one. */
  readonly socket: string | null;
}

/** Looks at what a task has set, and tells what has to become another value. */
export type Settle = (entries: readonly Entry[]) => Promise<readonly Replacement[]>;

/** What there is of a task that has ended besides what its store holds. */
export interface Left {
  /** Gives bash's OUTPUT its order (bash-order.ts). */
  readonly scriptText: string;
  /** What it answers takes the place of values before anybody can read them. */
  readonly settle?: Settle | null;
  /**
   * Values that the task handed over without its store (captures), each key once, of type string or bytes. One counts only where
   * the task has set nothing under its key itself; they stand behind the others, in this order. Those in files lie in the task's
   * directory: the store may move such a file away; what it leaves there is removed.
   */
  readonly captured?: readonly Entry[];
}

/**
 * Where a run's values live while it runs.
 *
 * Contract (test/conformance/store.contract.ts drives every implementation through it):
 * - `open` is called once for a task, before it starts and after all of its dependencies were sealed; again only after `discard`,
 *   which forgets everything that a task has set which is to be started anew. Nothing of it runs then.
 * - `admit` is called before a task starts whose own values live in a store without it, but which reads those of `dependencies`. Stores
 *   that have it share one broker: to call one of them is enough.
 * - `welcome` gives such a task, whatever its store, the variables by which it reaches these values by hand.
 * - `seal` is called once, when the task's main process has ended, however it ended. It takes in what the task left in its
 *   spool and what is `captured` and returns every committed value; afterwards nothing the task's leftovers do changes them.
 * - `restore` is called in place of `seal`, with values of an earlier run that are in this run's history by then. They are the
 *   task's values from then on.
 * - Entries stay readable until `release` of that task; `release` is called when its last reader has ended and its values
 *   are in history, and gives back what they occupied, apart from history itself.
 * - `hurry`: the run was asked to end. Stores that wait for other programs wait for a few seconds only from now on.
 * - `close` removes everything of the run that is not history. It is safe to call at any moment, also twice.
 * - Failures are thrown as FailureError; a task's own bad data fails that task only.
 */
export interface Store {
  readonly name: StoreName;
  open(task: TaskName, dependencies: readonly TaskName[]): Promise<TaskPlace>;
  admit?(reader: TaskName, dependencies: readonly TaskName[]): Promise<void>;
  welcome?(reader: TaskName, dependencies: readonly TaskName[]): Promise<Readonly<Record<string, string>>>;
  seal(task: TaskName, left: Left): Promise<readonly Entry[]>;
  restore(task: TaskName, values: readonly OutputValue[]): Promise<readonly Entry[]>;
  /**
   * True when dependents read the JSON file itself, so that it must be written before they start, and files of entries may
   * be moved into history; false when the JSON is written off their path and files of entries must be copied.
   */
  readonly readersNeedJson: boolean;
  /** What the user should know about where values went, since the last call. */
  takeNotices(): readonly DataNotice[];
  discard(task: TaskName): Promise<void>;
  release(task: TaskName): Promise<void>;
  hurry?(): void;
  close(): Promise<void>;
}
