import { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { MAX_IN_MEMORY_BYTES } from '../broker/backend.ts';
import { valueFailure } from '../journal.ts';
import type { Entry, ValueType } from '../value.ts';
import { loadSqlite, type SqliteDatabase } from './driver.ts';
import { LargeFiles } from './large-files.ts';
import { keyOf, type RowOrigin, valueOfRow } from './row-value.ts';
import { LARGEST_IN_DATABASE_BYTES } from './schema.ts';
import { prepareReading, type ReadingStatements, type ValueRow } from './statements.ts';
import { databaseFailure } from './trouble.ts';

/** Nobody who writes keeps readers out for longer, but for the moment in which a log of changes begins or ends. */
const LOCK_TIMEOUT_MS = 5000;

/**
 * The database of a run as another process reads it: of one that goes on, or that was killed. It is not changed, and what a program is about to
 * set keeps nobody from reading. Failures are FailureErrors.
 */
export class DatabaseReader {
  readonly #path: string;
  readonly #database: SqliteDatabase;
  readonly #statements: ReadingStatements;

  private constructor(path: string, database: SqliteDatabase) {
    this.#path = path;
    this.#database = database;
    this.#statements = prepareReading(database, MAX_IN_MEMORY_BYTES);
  }

  static async open(path: string): Promise<DatabaseReader> {
    const driver = await loadSqlite();
    if (driver === null) throw new FailureError({ kind: 'sqlite-missing' });
    return told(path, () => {
      const database = driver.openToRead(path, LOCK_TIMEOUT_MS);
      try {
        return new DatabaseReader(path, database);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** In the order in which keys were first set. Bytes of large values are read when they are asked for. */
  values(task: TaskName): readonly Entry[] {
    return told(this.#path, () => {
      const rows = this.#statements.list.all(task) as ValueRow[];
      return rows.map((row) => this.#entryOf(task, row));
    });
  }

  close(): void {
    this.#database.close();
  }

  #entryOf(task: TaskName, row: ValueRow): Entry {
    const lazy = lazyTypeOf(row);
    if (lazy !== null) {
      const read = (): Uint8Array => this.#bytesOf(task, row);
      const source = {
        kind: 'memory' as const,
        get data(): Uint8Array {
          return read();
        },
      };
      return { key: keyOf(task, row), type: lazy, bytes: row.bytes ?? 0, source };
    }
    const value = valueOfRow(row, this.#origin(task));
    const { key, type } = value;
    if (value.kind === 'data')
      return { key, type, bytes: value.data.length, source: { kind: 'memory', data: value.data } };
    return { key, type, bytes: value.bytes, source: { kind: 'file', path: value.path } };
  }

  #bytesOf(task: TaskName, row: ValueRow): Uint8Array {
    const found = told(this.#path, () => this.#statements.bytes.get(task, row.key));
    if (found === undefined) throw valueFailure(task, keyOf(task, row), 'it has been deleted meanwhile');
    return (found as { readonly data: Uint8Array }).data;
  }

  #origin(task: TaskName): RowOrigin {
    return {
      task,
      files: new LargeFiles(this.#path),
      largestBytes: LARGEST_IN_DATABASE_BYTES,
      bytesOf: (row) => this.#bytesOf(task, row),
    };
  }
}

/** The type of a value whose bytes need not be seen for it; null: they do, or were answered with the row. */
function lazyTypeOf({ file, data, class: is, type, own, bytes }: ValueRow): ValueType | null {
  if (file !== null || data !== null || (is !== 'text' && is !== 'blob')) return null;
  if ((bytes ?? 0) > LARGEST_IN_DATABASE_BYTES) return null;
  if (own !== null) return type ?? 'raw';
  if (type === 'json') return null;
  return is === 'blob' ? 'bytes' : 'raw';
}

function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseFailure(error, path, LOCK_TIMEOUT_MS);
  }
}
