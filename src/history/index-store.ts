import type { Outcome } from '../run/events.ts';
import type { RunRecord, RunResultNow, TaskResult } from './run-record.ts';
import type { RunPlace } from './state-tree.ts';

/** A task in a list of runs. */
export interface TaskSummary {
  readonly name: string;
  readonly result: TaskResult;
  /** How exactly it ended; null while unfinished. */
  readonly outcome: Outcome | null;
  /** Null when it never started. */
  readonly startedAt: Date | null;
  readonly durationMs: number | null;
}

/** A run in a list of runs. */
export interface RunSummary extends RunPlace {
  /** The run's directory. */
  readonly directory: string;
  readonly project: { readonly name: string; readonly directory: string };
  readonly result: RunResultNow;
  readonly startedAt: Date;
  readonly durationMs: number | null;
  readonly store: string;
  readonly command: readonly string[];
  /** In the order in which they are recorded. */
  readonly tasks: readonly TaskSummary[];
}

export interface RunQuery {
  /** Only this project's runs; null: every project's. */
  readonly folder: string | null;
  /** Only runs that did not succeed. */
  readonly unsuccessful: boolean;
  /** Only runs in which this task took part. */
  readonly task: string | null;
  /** Only runs that ended so; `running` are those that go on. */
  readonly result: RunResultNow | null;
  /** Only runs that began at this time or later. */
  readonly since: Date | null;
  /** Only runs that began before this time. */
  readonly until: Date | null;
  readonly limit: number;
}

/** The query for all that the index holds. */
export const EVERY_RUN: RunQuery = {
  folder: null,
  unsuccessful: false,
  task: null,
  result: null,
  since: null,
  until: null,
  limit: Number.MAX_SAFE_INTEGER,
};

/**
 * An index of the runs that have ended. It only saves reading every run.json: what it holds can always be made again from
 * them, and what it does not hold yet is taken in by `refreshIndex`.
 *
 * Contract (test/history/index-contract.ts drives every implementation through it):
 * - `record` replaces what the index holds of the same run; a run is there as a whole or not at all, also after a crash.
 * - Any number of processes may use the index of one home at once; nobody holds it for longer than one call.
 * - `query` gives the newest first.
 */
export interface RunIndex {
  readonly kind: 'sqlite' | 'scan';
  record(runs: readonly RunRecord[]): void;
  forget(places: readonly RunPlace[]): void;
  /** Every run the index holds, in no order. */
  places(): RunPlace[];
  query(query: RunQuery): RunSummary[];
  close(): void;
}
