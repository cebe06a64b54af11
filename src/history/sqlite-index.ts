import type { SqliteDatabase, SqliteValue } from '../data/sqlite/driver.ts';
import type { Outcome } from '../run/events.ts';
import type { RunIndex, RunQuery, RunSummary, TaskSummary } from './index-store.ts';
import {
  outcomeOf,
  type RunRecord,
  type RunResultNow,
  type TaskRecord,
  type TaskResult,
} from './run-record.ts';
import { STORES_TABLE } from './schema.ts';
import type { RunPlace } from './state-tree.ts';

const PROJECT_ID = '(SELECT id FROM projects WHERE folder = ?)';
const DELETE_RUN = `DELETE FROM runs WHERE project_id = ${PROJECT_ID} AND run = ?`;

/** The index in otto.db. Every change is one transaction. */
export class SqliteIndex implements RunIndex {
  readonly kind = 'sqlite';

  constructor(private readonly database: SqliteDatabase) {}

  record(runs: readonly RunRecord[]): void {
    this.transaction(() => {
      for (const run of runs) this.insertRun(run);
    });
  }

  forget(places: readonly RunPlace[]): void {
    this.transaction(() => {
      const remove = this.database.prepare(DELETE_RUN);
      for (const { folder, run } of places) remove.run(folder, run);
      this.database.exec('DELETE FROM projects WHERE id NOT IN (SELECT project_id FROM runs)');
    });
  }

  places(): RunPlace[] {
    const sql = 'SELECT folder, run FROM runs JOIN projects ON projects.id = project_id';
    return this.database.prepare(sql).all() as RunPlace[];
  }

  query(query: RunQuery): RunSummary[] {
    const { sql, values } = queryOf(query);
    const rows = this.database.prepare(sql).all(...values) as RunRow[];
    const tasks = this.database.prepare(
      'SELECT name, result, outcome, started_at, duration_ms FROM tasks WHERE run_id = ? ORDER BY id',
    );
    return rows.map((row) => summaryOf(row, (tasks.all(row.id) as TaskRow[]).map(taskOf)));
  }

  close(): void {
    this.database.close();
  }

  /** Takes the write lock at once: a transaction that begins by reading could not wait for another writer. */
  private transaction(change: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      change();
      this.database.exec('COMMIT');
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** SQLite has rolled back by itself after some errors; the first error is the one to report. */
  private rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {}
  }

  private insertRun(run: RunRecord): void {
    this.database
      .prepare(
        `INSERT INTO projects (folder, name, directory) VALUES (?, ?, ?)
         ON CONFLICT (folder) DO UPDATE SET name = excluded.name, directory = excluded.directory`,
      )
      .run(run.folder, run.project.name, run.project.directory);
    this.database.prepare(DELETE_RUN).run(run.folder, run.run);
    const { lastInsertRowid } = this.database
      .prepare(
        `INSERT INTO runs (project_id, run, directory, ottofile, command, store, result, started_at, finished_at,
           duration_ms) VALUES (${PROJECT_ID}, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(run.folder, ...runValues(run));
    this.insertTasks(Number(lastInsertRowid), run);
  }

  private insertTasks(runId: number, run: RunRecord): void {
    const insertTask = this.database.prepare(
      `INSERT INTO tasks (run_id, name, result, outcome, started_at, duration_ms, directory)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    const insertValue = this.database.prepare('INSERT INTO "values" VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const task of run.tasks) {
      const { lastInsertRowid } = insertTask.run(runId, ...taskValues(task));
      this.insertStore(Number(lastInsertRowid), task);
      for (const [position, value] of task.values.entries()) {
        insertValue.run(
          Number(lastInsertRowid),
          position,
          value.key,
          value.type,
          value.bytes,
          value.xxh128,
          task.store,
        );
      }
    }
  }

  private insertStore(taskId: number, { store, storeReason }: TaskRecord): void {
    if (storeReason === null) return;
    this.database.exec(STORES_TABLE);
    const sql = 'INSERT INTO task_stores VALUES (?, ?, ?)';
    this.database.prepare(sql).run(taskId, store, JSON.stringify(storeReason));
  }
}

interface RunRow {
  readonly id: number;
  readonly folder: string;
  readonly name: string;
  readonly project_directory: string;
  readonly run: string;
  readonly directory: string;
  readonly command: string;
  readonly store: string;
  readonly result: RunResultNow;
  readonly started_at: string;
  readonly duration_ms: number | null;
}

interface TaskRow {
  readonly name: string;
  readonly result: TaskResult;
  readonly outcome: string | null;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
}

const taskOf = ({ name, result, outcome, started_at, duration_ms }: TaskRow): TaskSummary => ({
  name,
  result,
  outcome: outcome === null ? null : outcomeOf(JSON.parse(outcome) as Outcome),
  startedAt: started_at === null ? null : new Date(started_at),
  durationMs: duration_ms,
});

const runValues = (run: RunRecord): SqliteValue[] => [
  run.run,
  run.directory,
  run.ottofile,
  JSON.stringify(run.command),
  run.store,
  run.result,
  run.startedAt.toISOString(),
  run.finishedAt?.toISOString() ?? null,
  run.durationMs,
];

const taskValues = (task: TaskRecord): SqliteValue[] => [
  task.name,
  task.result,
  task.outcome === null ? null : JSON.stringify(task.outcome),
  task.startedAt?.toISOString() ?? null,
  task.durationMs,
  task.directory,
];

function queryOf(query: RunQuery): { readonly sql: string; readonly values: readonly SqliteValue[] } {
  const asked: readonly (readonly [sql: string, value: SqliteValue])[] = [
    ['folder = ?', query.folder],
    ['result = ?', query.result],
    ['started_at >= ?', query.since?.toISOString() ?? null],
    ['started_at < ?', query.until?.toISOString() ?? null],
    ['EXISTS (SELECT 1 FROM tasks WHERE run_id = runs.id AND tasks.name = ?)', query.task],
  ];
  const given = asked.filter(([, value]) => value !== null);
  const conditions = given.map(([sql]) => sql);
  if (query.unsuccessful) conditions.push("result <> 'succeeded'");
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const sql = `SELECT runs.*, folder, projects.name, projects.directory AS project_directory
    FROM runs JOIN projects ON projects.id = project_id ${where} ORDER BY run DESC, folder LIMIT ?`;
  return { sql, values: [...given.map(([, value]) => value), query.limit] };
}

const summaryOf = (row: RunRow, tasks: readonly TaskSummary[]): RunSummary => ({
  folder: row.folder,
  run: row.run,
  directory: row.directory,
  project: { name: row.name, directory: row.project_directory },
  result: row.result,
  startedAt: new Date(row.started_at),
  durationMs: row.duration_ms,
  store: row.store,
  command: JSON.parse(row.command) as string[],
  tasks,
});
