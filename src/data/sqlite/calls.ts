import type { TaskName } from '../../base/task-name.ts';
import type { Incoming, ValueToPut } from '../broker/backend.ts';
import type { Entry, ValueType } from '../value.ts';

/** What the thread of the database is started with. */
export interface DatabasePlace {
  /** Absolute path of the database, which does not exist yet; the run's directory is where it lies. */
  readonly path: string;
  /** How long to wait for programs that keep it locked. */
  readonly lockTimeoutMs: number;
  /** Larger values lie beside the database. */
  readonly largestBytes: number;
}

/** A value with an absolute path, when it is in a file: `stays` tells that it is not to be moved away. */
export interface FoundValue extends Entry {
  readonly stays: boolean;
}

/** A value of an earlier run; its file stays where it is. */
export interface RestoredValue {
  readonly key: string;
  readonly type: ValueType;
  readonly value: Incoming;
}

/** What a value has become; no data: its bytes are the same. */
export interface NewValue {
  readonly key: string;
  readonly type: ValueType;
  readonly data: Uint8Array | null;
}

/** What the database can be asked for, from another thread: everything here can be sent to it. */
export interface DatabaseCalls {
  start(): void;
  open(task: TaskName): void;
  restore(task: TaskName, values: readonly RestoredValue[]): void;
  put(value: ValueToPut): void;
  delete(task: TaskName, key: string): void;
  get(task: TaskName, key: string): FoundValue | null;
  seal(task: TaskName): readonly FoundValue[];
  replace(task: TaskName, values: readonly NewValue[]): void;
  discard(task: TaskName): void;
  release(task: TaskName): void;
  close(): void;
}

export type CallName = keyof DatabaseCalls;
