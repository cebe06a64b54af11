import { loadSqlite, type SqliteDatabase, type SqliteDriver } from '../../src/data/sqlite/driver.ts';
import { databasePath } from '../../src/history/open-index.ts';

/** The SQLite that otto uses on this machine. */
export async function sqlite(): Promise<SqliteDriver> {
  const driver = await loadSqlite();
  if (driver === null) throw new Error('no SQLite loads here');
  return driver;
}

/** otto.db itself, past all that otto does with it. */
export const databaseOf = (home: string, driver: SqliteDriver): SqliteDatabase =>
  driver.open(databasePath(home), 1000);

/** The rows of a query on otto.db. */
export function rowsOf(home: string, driver: SqliteDriver, sql: string): unknown[] {
  const database = databaseOf(home, driver);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
