import type { TaskName } from '../../base/task-name.ts';
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
 * - `forget` when nobody will ask for them any more, or when it is to start anew.
 * - `close` ends every connection and removes the socket; safe at any moment, also twice.
 */
export interface Broker {
  /** Absolute path of the socket, once a task has been opened. */
  readonly path: string;
  open(task: TaskName, served: ServedTask): Promise<void>;
  seal(task: TaskName): Promise<void>;
  publish(task: TaskName, entries: readonly Entry[]): void;
  forget(task: TaskName): void;
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
  readonly onProgress: (task: TaskName, progress: Progress) => void;
}
