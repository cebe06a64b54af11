import { existsSync, readFileSync, statfsSync } from 'node:fs';
import type { Native } from '../../data/native.ts';
import { sharedMemoryRoot } from '../../data/region-lifecycle.ts';
import { loadSqlite, type SqliteDriver } from '../../data/sqlite/driver.ts';
import { databasePath } from '../../history/open-index.ts';
import { INDEX_VERSION } from '../../history/schema.ts';
import { counted, sizeWords } from '../../report/words.ts';
import { spillRoot } from '../home.ts';
import { type Check, existing, fine, isWritable, missing, warning } from './check.ts';

const SHARED_MEMORY = '/dev/shm';
/** What Docker gives; more than a few values fill it. */
const SMALL_BYTES = 64 * 1024 ** 2;
/** With less there is soon no room for what runs leave. */
const FULL_BYTES = 512 * 1024 ** 2;
const TIMEOUT_MS = 2000;

/** Where values and what runs leave are kept. */
export async function places(home: string, native: Native | null): Promise<Check[]> {
  return [
    sharedMemory(),
    directory('spill directory', spillRoot(home), false),
    directory('home', home, true),
    await index(home),
    leftovers(home, native),
  ];
}

function sharedMemory(): Check {
  const name = 'shared memory';
  if (process.platform !== 'linux') return fine(name, 'by shm_open');
  const room = roomIn(SHARED_MEMORY);
  const hint = 'mount a tmpfs at /dev/shm; without --fast values travel through files';
  if (room === null || !isWritable(SHARED_MEMORY))
    return missing(name, { found: `${SHARED_MEMORY} cannot be used`, hint });
  const found = `${SHARED_MEMORY}, ${sizeWords(room.free)} of ${sizeWords(room.size)} free${mountedAs(SHARED_MEMORY)}`;
  if (room.size > SMALL_BYTES) return fine(name, found);
  return warning(name, found, 'docker run --shm-size=1g gives more; values that do not fit go to disk');
}

/** The options of a mount that say what may be done in it, ` (noexec)`: regions need no such right. */
function mountedAs(path: string): string {
  try {
    const line = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((text) => text.split(' ')[1] === path);
    const options = (line?.split(' ')[3] ?? '')
      .split(',')
      .filter((option) => ['ro', 'noexec'].includes(option));
    return options.length === 0 ? '' : ` (${options.join(', ')})`;
  } catch {
    return '';
  }
}

function directory(name: string, path: string, needed: boolean): Check {
  const place = existing(path);
  const room = roomIn(place);
  if (room === null || !isWritable(place)) {
    const variable = needed ? 'OTTO_HOME' : 'OTTO_SPILL_DIR';
    return missing(name, {
      found: `${path} cannot be written`,
      needed,
      hint: `${variable}=DIR chooses another place`,
    });
  }
  const found = `${path}${place === path ? '' : ' (will be made)'}, ${sizeWords(room.free)} free`;
  return room.free > FULL_BYTES
    ? fine(name, found)
    : warning(name, found, 'make room there; otto clean removes old runs');
}

function roomIn(path: string): { readonly size: number; readonly free: number } | null {
  try {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { size: bsize * blocks, free: bsize * bavail };
  } catch {
    return null;
  }
}

/** Only looked at: a damaged one is moved aside by whoever uses it. */
async function index(home: string): Promise<Check> {
  const name = 'otto.db';
  const path = databasePath(home);
  if (!existsSync(path)) return fine(name, `${path} (will be made)`);
  const driver = await loadSqlite();
  if (driver === null) return warning(name, `${path} cannot be read without SQLite`, 'see SQLite above');
  try {
    const version = versionOf(driver, path);
    if (version <= INDEX_VERSION) return fine(name, `version ${version} (${path})`);
    const found = `${path} has version ${version}; this otto knows up to ${INDEX_VERSION}`;
    return missing(name, { found, needed: true, hint: 'use the otto that wrote it, or a newer one' });
  } catch (error) {
    const hint = 'otto history makes it again from the run.json files';
    return warning(name, `${path}: ${(error as Error).message}`, hint);
  }
}

function versionOf(driver: SqliteDriver, path: string): number {
  const database = driver.open(path, TIMEOUT_MS);
  try {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    if (version <= INDEX_VERSION) database.prepare('SELECT count(*) FROM runs').get();
    return version;
  } finally {
    database.close();
  }
}

/** What runs that were killed have left in shared memory and on disk. */
function leftovers(home: string, native: Native | null): Check {
  const name = 'leftovers';
  if (native === null) return fine(name, 'none can be told without the addon');
  try {
    const reports = [sharedMemoryRoot(), spillRoot(home)].map((root) => native.sweep(root, { dryRun: true }));
    const runs = reports.reduce((sum, { removedRuns }) => sum + removedRuns.length, 0);
    const bytes = reports.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
    if (runs === 0) return fine(name, 'none');
    return warning(
      name,
      `${counted(runs, 'dead run', 'dead runs')}, ${sizeWords(bytes)}`,
      'the next run removes them, or otto clean',
    );
  } catch (error) {
    return warning(name, (error as Error).message, 'otto clean tells what cannot be removed');
  }
}
