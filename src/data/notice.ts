import type { TaskName } from '../base/task-name.ts';
import type { MemoryLimit } from './memory-limit.ts';

/** Why values went to disk that a run with --fast keeps in shared memory otherwise. */
export type SpillReason =
  /** The values reached a limit; `by` names what sets it. */
  | { readonly kind: 'limit'; readonly by: MemoryLimit['by']; readonly limitBytes: number }
  /** Nothing could be made there at all. */
  | { readonly kind: 'unusable' };

export type RedisKeyProblem =
  /** `meant`: the key that it may be a misspelling of. */
  | { readonly kind: 'no-task'; readonly meant: string | null }
  | { readonly kind: 'task-not-running'; readonly task: TaskName; readonly hasEnded: boolean }
  /** Only strings are values. */
  | { readonly kind: 'type'; readonly type: string };

/** Something about a task's values that its author should know: it would otherwise be a surprise. */
export type DataNotice =
  /** A program that otto has no client for finds the variable empty. */
  | {
      readonly kind: 'param-too-large';
      readonly name: string;
      readonly bytes: number;
      readonly limit: number;
    }
  | { readonly kind: 'value-has-nul'; readonly key: string }
  | {
      readonly kind: 'value-too-large-for-bash';
      readonly key: string;
      readonly bytes: number;
      readonly limit: number;
    }
  | {
      /** Told once a run. */
      readonly kind: 'spilled';
      /** Of the first task that this happened to. */
      readonly bytes: number;
      readonly directory: string;
      readonly reason: SpillReason;
    }
  /** A task has taken away the socket that tasks set and get values through; there is a new one at the same place. */
  | { readonly kind: 'socket-removed'; readonly path: string }
  /** A variable that a script names is not there. */
  | {
      readonly kind: 'not-in-environment';
      readonly name: string;
      readonly key: string;
      readonly bytes: number;
      readonly why: 'too-large' | 'nul' | 'not-text' | 'no-room';
    }
  /** It is not there because several values would have its name. */
  | { readonly kind: 'same-variable'; readonly name: string; readonly keys: readonly string[] }
  /** Something in Redis was written by hand that is no value of a task (docs/stores.md). */
  | { readonly kind: 'redis-key'; readonly name: string; readonly problem: RedisKeyProblem }
  /** The run's redis-server ended by itself, or its socket was removed: it was started again with everything that was committed. */
  | { readonly kind: 'redis-restarted' }
  /** A task has removed all that the run's redis-server held (FLUSHALL). */
  | { readonly kind: 'redis-emptied' }
  | { readonly kind: 'ambiguous-key'; readonly key: string; readonly tasks: readonly TaskName[] };
