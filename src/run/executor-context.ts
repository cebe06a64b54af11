import type { TaskName } from '../base/task-name.ts';
import type { RunData } from '../data/run-data.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import type { BackPressure } from './back-pressure.ts';
import type { Cuts } from './cuts.ts';
import type { Environment, TaskEnvironment, TaskVariables } from './environment.ts';
import type { RunEvent } from './events.ts';
import type { Freshness } from './freshness/freshness.ts';
import type { KeyboardLoan } from './interruption.ts';
import type { Jobserver } from './jobserver.ts';
import type { ProcessTrees } from './process-tree.ts';
import type { SilentTasks } from './silent-tasks.ts';
import type { RunStreams } from './streams.ts';
import type { PipeSource } from './task-pipes.ts';
import type { TaskStores } from './task-stores.ts';
import type { Variable } from './variable-scope.ts';
import type { Variables } from './variables.ts';

/** What executing the tasks of one run takes. */
export interface ExecutorContext {
  readonly plan: Plan;
  readonly runDirectory: string;
  readonly clientsDirectory: string;
  /** Names of the variables that otto was started with. */
  readonly inheritedNames: readonly string[];
  readonly variables: Variables;
  /** `otto.bash` */
  readonly bash: string | null;
  readonly data: RunData;
  /** Null: every task has the run's own store. */
  readonly stores: TaskStores | null;
  readonly trees: ProcessTrees;
  readonly pipes: PipeSource;
  readonly pressure: BackPressure;
  readonly environmentOf: (task: TaskEnvironment) => Environment;
  readonly emit: (event: RunEvent) => void;
  readonly freshness: Freshness;
  readonly silent: SilentTasks;
  /** Null: no task of the run has any. */
  readonly streams: RunStreams | null;
  /** A task's process has started. */
  readonly onBegun: (task: TaskName) => void;
  readonly cuts: Cuts;
  /** Null: no script of the run has a use for it. */
  readonly jobserver: Jobserver | null;
  /** What otto was started with says about make. */
  readonly makeFlags: string | undefined;
  /** Ends every process of one task, and resolves when they are gone. */
  readonly endTask: (task: TaskName) => Promise<unknown>;
  /** Lets a task wait no longer for its variables: `Variables.leave`. */
  readonly leaveVariables: (task: PlannedTask) => Promise<Variable | null>;
  readonly lendKeyboard: (isTerminal: boolean) => KeyboardLoan;
}

/** A task whose dependencies have ended, with what its variables came to. */
export interface ReachedTask {
  readonly task: PlannedTask;
  readonly variables: TaskVariables;
  /** From 1; more only with `retries`. */
  readonly attempt: number;
}
