import type { Failure } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Progress, TasksOfRun } from '../data/broker/broker.ts';
import type { KeptListener, RunData } from '../data/run-data.ts';
import type { GrowingPlan } from '../graph/growing-plan.ts';
import type { Ottofile } from '../ottofile/model.ts';
import type { BackPressure } from './back-pressure.ts';
import type { Listener, RunResult } from './events.ts';
import type { InterruptSignal, SignalSource } from './interruption.ts';
import type { ChooseStore } from './task-stores.ts';
import type { Variables } from './variables.ts';

/** What the values of a run are bound to. */
export interface DataPlace {
  readonly runDirectory: string;
  readonly onKept: KeptListener;
  /** For stores that let tasks wait for each other. */
  readonly run: TasksOfRun;
  readonly onProgress: (task: TaskName, progress: Progress) => void;
}

/** Everything that a run depends on. */
export interface RunRequest {
  readonly ottofile: Ottofile;
  readonly plan: GrowingPlan;
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** At the first failure end the tasks that run, instead of waiting for them. */
  readonly failFast?: boolean;
  /** Runs also what is up to date; false when not given. */
  readonly force?: boolean;
  /** otto's state directory, absolute. */
  readonly home: string;
  /** Name of the run's store, for run.json and OTTO_STORE; may be `auto`. */
  readonly store: string;
  /** Where the values of tasks live that may have another store than the run; all of them have that one when not given. */
  readonly chooseStore?: ChooseStore;
  /** Opens the values of this run in that store. */
  readonly openData: (place: DataPlace) => RunData | Promise<RunData>;
  /** The command line: what stood after `otto`. */
  readonly arguments: readonly string[];
  /** otto's own version. */
  readonly version: string;
  readonly clientsDirectory: string;
  readonly helpersDirectory: string;
  readonly listeners: readonly Listener[];
  /** Holds tasks back while what the listeners write is not taken; never when not given. */
  readonly pressure?: BackPressure;
  /** What tasks inherit; `process.env` when not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The variables of the plan's tasks; made anew when not given. */
  readonly variables?: Variables;
  /** `process` when not given. */
  readonly signals?: SignalSource;
  /** Time between SIGTERM and SIGKILL; 5 s when not given. */
  readonly graceMs?: number;
}

export interface RunSummary {
  readonly result: RunResult;
  /** The first signal that interrupted the run. */
  readonly signal: InterruptSignal | null;
  /** The run's directory. */
  readonly directory: string;
  /** What otto could not do for the run as a whole, e.g. write values to history after their task had ended. */
  readonly failures: readonly Failure[];
}
