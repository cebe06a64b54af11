import type { KeptValue } from '../data/value.ts';
import type { FailureReason, KeptStream, Outcome, RunResult } from './events.ts';
import type { StoreReason } from './store-choice.ts';

/**
 * `<run directory>/run.json`: the truth about a run; otto.db is made from it. In version 2 a task may end in more ways than
 * in version 1, and why it did not start is an object; else they are the same.
 */
export interface RunJson {
  readonly version: 1 | 2;
  /** Stays `running` when otto is killed; `process` then tells that nobody is at it any more. */
  readonly state: 'running' | 'finished';
  readonly result: RunResult | null;
  readonly process: ProcessIdentity;
  /** Version of the otto that ran it. */
  readonly otto: string;
  /** The command line: what stood after `otto`. */
  readonly arguments: readonly string[];
  readonly project: { readonly name: string; readonly directory: string };
  readonly ottofile: string;
  /** Of the tasks that have none of their own; may be `auto`. */
  readonly store: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  /** In the order of the plan. While the state is `running` those that ended lately may still be told as going on. */
  readonly tasks: readonly TaskJson[];
}

export interface TaskJson {
  readonly name: string;
  /** The task's directory, relative to the run's. Missing on disk when the task never started. */
  readonly directory: string;
  readonly outcome: Outcome | null;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  /** Why each attempt failed that another one has followed; only of a task that was tried more than once. */
  readonly attempts?: readonly FailureReason[];
  /** Where its values lived, and why; not given: where the run's do. */
  readonly store?: { readonly name: string; readonly why: StoreReason };
  /** What the task left, once it is in history: otto.db lists values and is made from this file. */
  readonly values?: readonly KeptValue[];
  /** What it wrote for others to read while it ran. */
  readonly streams?: readonly KeptStream[];
}

/** Names one process for good: a pid alone is given out again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (clock ticks since boot); null on systems without it. */
  readonly startTicks: string | null;
}
