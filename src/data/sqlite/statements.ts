import type { SqliteDatabase, SqliteStatement } from './driver.ts';

/** Bytes of a value that are answered at once; larger ones are asked for one by one. */
const BYTES = (limit: number): string => `CASE typeof(value)
  WHEN 'null' THEN NULL WHEN 'real' THEN NULL WHEN 'integer' THEN CAST(value AS BLOB)
  ELSE CASE WHEN octet_length(value) <= ${limit} THEN CAST(value AS BLOB) END END`;

const COLUMNS = (
  limit: number,
): string => `CAST(task_data.key AS BLOB) AS key, typeof(value) AS class, type, file, own,
  octet_length(value) AS bytes, CASE typeof(value) WHEN 'real' THEN value END AS real, ${BYTES(limit)} AS data`;

const FROM = 'FROM task_data LEFT JOIN otto_keys USING (task, key)';

/** What a query of values answers. */
export interface ValueRow {
  /** Bytes, so that a key that is no UTF-8 is seen for what it is. */
  readonly key: Uint8Array;
  readonly class: 'null' | 'integer' | 'real' | 'text' | 'blob';
  readonly type: 'string' | 'bytes' | 'json' | 'raw' | null;
  readonly file: string | null;
  readonly own: number | null;
  readonly bytes: number | null;
  readonly real: number | null;
  readonly data: Uint8Array | null;
}

export type Statements = Readonly<Record<ReturnType<typeof texts>[number][0], SqliteStatement>>;

/** What reading takes: a database that is read only has none of the others' tables changed. */
export type ReadingStatements = Pick<Statements, 'list' | 'bytes'>;

export const prepareReading = (database: SqliteDatabase, memoryBytes: number): ReadingStatements =>
  prepare(database, memoryBytes, (name) => name === 'list' || name === 'bytes');

/** All statements, prepared once. Values up to `memoryBytes` are in the answers of `get` and `list`. */
export const prepareStatements = (database: SqliteDatabase, memoryBytes: number): Statements =>
  prepare(database, memoryBytes, () => true);

function prepare(
  database: SqliteDatabase,
  memoryBytes: number,
  isWanted: (name: string) => boolean,
): Statements {
  const wanted = texts(memoryBytes).filter(([name]) => isWanted(name));
  return Object.fromEntries(wanted.map(([name, sql]) => [name, database.prepare(sql)])) as Statements;
}

const texts = (memoryBytes: number) =>
  [
    ['begin', 'BEGIN IMMEDIATE'],
    ['beginReading', 'BEGIN'],
    ['commit', 'COMMIT'],
    ['rollback', 'ROLLBACK'],
    ['open', 'INSERT OR IGNORE INTO otto_tasks (task) VALUES (?)'],
    ['end', 'DELETE FROM otto_tasks WHERE task = ?'],
    ['putBytes', 'INSERT OR REPLACE INTO task_data (task, key, value, type) VALUES (?, ?, ?, ?)'],
    [
      'putText',
      'INSERT OR REPLACE INTO task_data (task, key, value, type) VALUES (?, ?, CAST(? AS TEXT), ?)',
    ],
    ['putFile', 'INSERT OR REPLACE INTO task_data (task, key, file, type) VALUES (?, ?, ?, ?)'],
    [
      'retype',
      `INSERT OR REPLACE INTO task_data (task, key, value, type, file)
        SELECT task, key, CAST(value AS BLOB), ?, file FROM task_data WHERE task = ? AND key = ?`,
    ],
    ['own', 'UPDATE otto_keys SET own = ? WHERE task = ? AND key = ?'],
    ['delete', 'DELETE FROM task_data WHERE task = ? AND key = ?'],
    ['deleteAll', 'DELETE FROM task_data WHERE task = ?'],
    ['get', `SELECT ${COLUMNS(memoryBytes)} ${FROM} WHERE task = ? AND key = ?`],
    [
      'list',
      `SELECT ${COLUMNS(memoryBytes)} ${FROM} WHERE task = ? ORDER BY position IS NULL, position, task_data.rowid`,
    ],
    ['bytes', 'SELECT CAST(value AS BLOB) AS data FROM task_data WHERE task = ? AND key = CAST(? AS TEXT)'],
    ['files', 'SELECT file FROM task_data WHERE file IS NOT NULL'],
  ] as const;
