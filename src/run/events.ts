import type { Failure, SourcePlace } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Progress } from '../data/broker/broker.ts';
import type { DataNotice } from '../data/notice.ts';
import type { StoreName } from '../data/store.ts';
import type { KeptValue } from '../data/value.ts';
import type { Language } from '../ottofile/model.ts';
import type { StaleReason } from './freshness/reason.ts';
import type { InterruptSignal } from './interruption.ts';
import type { StoreReason } from './store-choice.ts';

/** How a task ended. */
export type Outcome =
  | { readonly kind: 'succeeded' }
  /** It did not have to run: its outputs are up to date, and the values of its last run are its values again. */
  | { readonly kind: 'fresh' }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** It never started. */
  | { readonly kind: 'skipped'; readonly because: SkipReason };

/** Why a task never started. Objects, not words: a task may be called by any word. */
export type SkipReason =
  /** It needs this task, which failed. */
  | { readonly kind: 'dependency'; readonly task: TaskName }
  /** The run was interrupted. */
  | { readonly kind: 'interrupted' }
  /** Another task had failed. */
  | { readonly kind: 'stopped' }
  /** Its own `if` was false: then its dependents run. */
  | { readonly kind: 'condition' };

export interface VariableInFile {
  readonly name: string;
  readonly at: SourcePlace;
}

export type FailureReason =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'interrupted' }
  /** It was ended because another task had failed (`--fail-fast`). */
  | { readonly kind: 'stopped' }
  /** It ran longer than its `timeout`, or waited that long for `variable` to be worked out. */
  | { readonly kind: 'timeout'; readonly limitMs: number; readonly variable?: VariableInFile }
  /** The script could not be started: missing interpreter, directory, permission. */
  | {
      readonly kind: 'not-started';
      readonly command: string;
      readonly code: string;
      /** `command` is the directory that the task should have run in. */
      readonly isDirectory?: true;
    }
  /** This task failed, so that what was read of its stream ended too early. */
  | { readonly kind: 'stream-cut'; readonly task: TaskName }
  /** otto could not keep the task's values or logs. */
  | { readonly kind: 'otto'; readonly failure: Failure };

/** Told when a task with `markers` has ended. */
type MarkerNotClosed = { readonly kind: 'marker-not-closed'; readonly key: string };

type LeftoverProcesses =
  | { readonly kind: 'leftover-processes'; readonly count: number }
  /** They are another user's, or hang in the kernel. */
  | { readonly kind: 'unended-processes'; readonly pids: readonly number[] };

/** The script visibly reads a value of a task that has succeeded and set none at all. */
export interface NothingSet {
  readonly kind: 'nothing-set';
  /** What it reads, as the script spells it. */
  readonly read: string;
  readonly task: TaskName;
  readonly key: string;
  /** Of the script that should have set it; null: there is none. */
  readonly language: Language | null;
  /** It has something to do with OUTPUT. */
  readonly mentionsOutput: boolean;
}

/** Something about a task that the user is told once, on stderr. */
export type Notice = DataNotice | MarkerNotClosed | LeftoverProcesses | NothingSet | StreamsAlike;

/** The streams of these tasks would have the same variable, so the task has neither. */
type StreamsAlike = {
  readonly kind: 'streams-alike';
  readonly variable: string;
  readonly tasks: readonly TaskName[];
};

/** What a task has written for others to read while it ran. */
export interface KeptStream {
  readonly what: 'stream' | 'stdout';
  readonly bytes: number;
  readonly xxh128: string;
  /** So many bytes from its beginning are in the file of its name in the task's directory: `stream`, `stdout.log`. */
  readonly keptBytes: number;
}

/** Everything that happens during a run. Reporters and history only listen; nothing below src/cli prints. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly directory: string;
      readonly tasks: readonly TaskName[];
      readonly at: Date;
    }
  /** Only of a task that declares `input` and `output`, and before it starts. */
  | { readonly type: 'task-stale'; readonly task: TaskName; readonly why: StaleReason }
  /** Only where it is not the run's own store because that is what every task has; before the task starts. */
  | {
      readonly type: 'task-store';
      readonly task: TaskName;
      readonly store: StoreName;
      readonly why: StoreReason;
    }
  | { readonly type: 'task-started'; readonly task: TaskName; readonly at: Date }
  | {
      readonly type: 'task-output';
      readonly task: TaskName;
      readonly stream: 'stdout' | 'stderr';
      readonly chunk: Buffer;
      /** The log has markers between what is shown of this stream. */
      readonly isFiltered?: true;
    }
  /** What the task says of its own progress. */
  | ({ readonly type: 'task-progress'; readonly task: TaskName } & Progress)
  | { readonly type: 'task-notice'; readonly task: TaskName; readonly notice: Notice }
  /** The same about the run: no one knows which task it was. */
  | { readonly type: 'run-notice'; readonly notice: LeftoverProcesses }
  /** It has failed and is to start again after `delayMs`; `attempt` counts from 1 and has just ended. */
  | {
      readonly type: 'task-retrying';
      readonly task: TaskName;
      readonly attempt: number;
      readonly attempts: number;
      readonly delayMs: number;
      readonly reason: FailureReason;
    }
  /** A `foreach` whose items were not known before: these tasks join the run. */
  | { readonly type: 'tasks-added'; readonly parent: TaskName; readonly tasks: readonly TaskName[] }
  | {
      readonly type: 'task-finished';
      readonly task: TaskName;
      readonly outcome: Outcome;
      readonly at: Date;
      readonly durationMs: number;
      readonly directory: string;
    }
  | { readonly type: 'values-kept'; readonly task: TaskName; readonly values: readonly KeptValue[] }
  | { readonly type: 'stream-kept'; readonly task: TaskName; readonly stream: KeptStream }
  | { readonly type: 'interrupted'; readonly signal: InterruptSignal; readonly count: number }
  | {
      readonly type: 'run-finished';
      readonly result: RunResult;
      readonly at: Date;
      readonly durationMs: number;
    };

export type RunResult = 'succeeded' | 'failed' | 'interrupted';

export type Listener = (event: RunEvent) => void;
