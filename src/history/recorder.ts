import { basename, dirname } from 'node:path';
import { type Failure, FailureError } from '../base/failure.ts';
import { loadSqlite, type SqliteDriver } from '../data/sqlite/driver.ts';
import type { Listener } from '../run/events.ts';
import { withIndex } from './open-index.ts';
import { autoPrune } from './prune.ts';
import type { RetentionRule } from './retention.ts';
import { readRunRecord } from './run-record.ts';
import type { RunPlace } from './state-tree.ts';

/** Another process that holds the index longer than this does so on purpose; the run is taken in by the next `otto history`. */
const TIMEOUT_MS = 2000;

export interface RecorderOptions {
  /** otto's home, where otto.db is. */
  readonly home: string;
  /** Applied after the run, at most once a day in a project; null: runs are removed by `otto clean` alone. */
  readonly retention: RetentionRule | null;
  /** Told about whatever kept the index from being written. The run is not affected. */
  readonly onProblem: (problem: Failure) => void;
}

/**
 * Puts a run into the index when it has ended. SQLite is loaded while the first task runs, so that nobody waits for it; the
 * rest is one transaction in `finish`, from the run.json that the runner has completed by then.
 */
export class Recorder {
  private directory: string | null = null;
  private driver: Promise<SqliteDriver | null> | null = null;

  constructor(private readonly options: RecorderOptions) {}

  readonly listen: Listener = (event) => {
    if (event.type === 'run-started') this.directory = event.directory;
    if (event.type === 'task-started') this.driver ??= loadSoon();
  };

  /** To be called when the run's last event has been heard. Never fails. */
  async finish(): Promise<void> {
    const { directory } = this;
    if (directory === null) return;
    try {
      const driver = await (this.driver ?? loadSqlite());
      const removed = this.prune(directory);
      const problem = driver === null ? null : this.record(directory, driver, removed);
      if (problem !== null) this.options.onProblem(problem);
    } catch (error) {
      this.options.onProblem(failureOf(error, directory));
    }
  }

  private prune(directory: string): readonly RunPlace[] {
    const { home, retention: rule } = this.options;
    if (rule === null) return [];
    return autoPrune({ home, folder: basename(dirname(directory)), rule, now: new Date() }).removed;
  }

  private record(directory: string, driver: SqliteDriver, removed: readonly RunPlace[]): Failure | null {
    const read = readRunRecord(directory);
    if (!read.ok) return read.error;
    // Still running: the runner could not complete run.json. Once this process is gone the run counts as interrupted.
    const ended = read.value.result === 'running' ? [] : [read.value];
    const place = { home: this.options.home, driver, timeoutMs: TIMEOUT_MS };
    return withIndex(place, (index) => {
      index.record(ended);
      if (removed.length > 0) index.forget(removed);
    }).problem;
  }
}

/** After the event has been handled, so that the task's process is started first. */
function loadSoon(): Promise<SqliteDriver | null> {
  return new Promise((resolve) => setImmediate(() => resolve(loadSqlite())));
}

function failureOf(error: unknown, directory: string): Failure {
  if (error instanceof FailureError) return error.failure;
  const { code, message } = error as { code?: string; message?: string };
  return { kind: 'io', action: 'index', path: directory, code: code ?? String(message) };
}
