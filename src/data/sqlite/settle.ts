import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadSqlite, type SqliteDatabase } from './driver.ts';
import { LargeFiles } from './large-files.ts';
import { LARGE_DIRECTORY } from './schema.ts';

/**
 * Makes of the database that a killed run has left what a run leaves that ends: one plain file, and beside it the files that rows name. Copies of
 * values that are in the database go. What cannot be opened stays as it is: its log holds values.
 */
export async function settleLeftDatabase(path: string): Promise<void> {
  if (!existsSync(path)) return;
  if (!existsSync(`${path}-wal`) && !existsSync(join(dirname(path), LARGE_DIRECTORY))) return;
  const driver = await loadSqlite();
  let database: SqliteDatabase | undefined;
  try {
    database = driver?.open(path, 1_000);
    database?.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
    const named = database?.prepare('SELECT file FROM task_data WHERE file IS NOT NULL').all();
    if (named === undefined) return;
    const files = (named as { readonly file: string }[]).map(({ file }) => file);
    new LargeFiles(path).removeOthers(new Set(files));
  } catch {
    // A task may have damaged it.
  } finally {
    database?.close();
  }
}
