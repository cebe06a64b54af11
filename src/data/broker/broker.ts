import type { TaskName } from '../../base/task-name.ts';
import type { DataNotice } from '../notice.ts';
import type { Entry } from '../value.ts';
import type { Backend } from './backend.ts';

/** What a task says of its own progress (`otto-send --progress 30/100 TEXT`). */
export interface Progress {
  readonly done: number;
  /** Null when it is not known how much there is. */
  readonly total: number | null;
  readonly text: string;
}

/**
 * Serves the tasks of one run on one Unix socket (docs/socket-protocol.md), whatever back ends their values lie in.
 *
 * - `open` before a task starts: from then on it may set values, which go to `backend`, and get those of `readable`.
 * - `seal` stops taking values of it: a set that is not committed by then is refused. Resolves when none is under way any more.
 * - `publish` after that: its values are `entries` from now on, whoever asks.
 * - `forget` when nobody will ask for them any more, or when it is to start anew. Resolves when who waits for one has got it.
 * - `close` ends every connection and removes the socket; safe at any moment, also twice.
 */
export interface Broker {
  /** Absolute path of the socket, once a task has been opened. */
  readonly path: string;
  open(task: TaskName, served: ServedTask): Promise<void>;
  seal(task: TaskName): Promise<void>;
  publish(task: TaskName, entries: readonly Entry[]): void;
  forget(task: TaskName): Promise<void>;
  /** What the user should know, since the last call. */
  takeNotices(): readonly DataNotice[];
  close(): Promise<void>;
}

export interface ServedTask {
  /** Null for a task whose own values live elsewhere: it only gets. */
  readonly backend: Backend | null;
  /** Whose values it may get. */
  readonly readable: ReadonlySet<TaskName>;
}

export interface BrokerOptions {
  /** The run's directory in history, absolute; the socket lies in it when its path is short enough for one. */
  readonly runDirectory: string;
  readonly run: TasksOfRun;
  readonly onProgress: (task: TaskName, progress: Progress) => void;
  /** The kernel's word on who is at the other end of a socket; null where nobody can ask. */
  readonly peerUid: ((descriptor: number) => number) | null;
  /** The same for its process; 0 where the system does not tell. */
  readonly peerPid: ((descriptor: number) => number) | null;
}

/** Which tasks wait for values of which others: asking tasks, each with those that it waits for. */
export type Waits = ReadonlyMap<TaskName, ReadonlySet<TaskName>>;

/** What the broker has to know of the run to let one task wait for another. */
export interface TasksOfRun {
  has(task: TaskName): boolean;
  names(): Iterable<TaskName>;
  /** It has ended, or will never start. */
  hasEnded(task: TaskName): boolean;
  /** False when it has not started, and cannot before one of those has ended that wait. */
  canRun(task: TaskName, waits: Waits): boolean;
  /** The task whose processes these are does nothing but wait for what they ask for, as far as can be seen. */
  onlyWaits(clients: ReadonlySet<number>): boolean;
  /** `listener` is called whenever a task has ended, or will never start. */
  onEnded(listener: (task: TaskName) => void): void;
}
