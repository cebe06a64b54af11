import type { Failure } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { DataNotice } from '../data/notice.ts';
import type { KeptValue } from '../data/value.ts';
import type { InterruptSignal } from './interruption.ts';

/** How a task ended. */
export type Outcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** It never started. `because` names the task whose failure (or the interruption that) kept it from starting. */
  | { readonly kind: 'skipped'; readonly because: TaskName | 'interrupted' | 'stopped' };

export type FailureReason =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'interrupted' }
  /** The script could not be started: missing interpreter, directory, permission. */
  | { readonly kind: 'not-started'; readonly command: string; readonly code: string }
  /** otto could not keep the task's values or logs. */
  | { readonly kind: 'otto'; readonly failure: Failure };

/** Something about a task that the user is told once, on stderr. */
export type Notice = DataNotice | { readonly kind: 'leftover-processes'; readonly count: number };

/** Everything that happens during a run. Reporters and history only listen; nothing below src/cli prints. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly directory: string;
      readonly tasks: readonly TaskName[];
      readonly at: Date;
    }
  | { readonly type: 'task-started'; readonly task: TaskName; readonly at: Date }
  | {
      readonly type: 'task-output';
      readonly task: TaskName;
      readonly stream: 'stdout' | 'stderr';
      readonly chunk: Buffer;
    }
  | { readonly type: 'task-notice'; readonly task: TaskName; readonly notice: Notice }
  | {
      readonly type: 'task-finished';
      readonly task: TaskName;
      readonly outcome: Outcome;
      readonly at: Date;
      readonly durationMs: number;
      readonly directory: string;
    }
  | { readonly type: 'values-kept'; readonly task: TaskName; readonly values: readonly KeptValue[] }
  | { readonly type: 'interrupted'; readonly signal: InterruptSignal; readonly count: number }
  | {
      readonly type: 'run-finished';
      readonly result: RunResult;
      readonly at: Date;
      readonly durationMs: number;
    };

export type RunResult = 'succeeded' | 'failed' | 'interrupted';

export type Listener = (event: RunEvent) => void;
