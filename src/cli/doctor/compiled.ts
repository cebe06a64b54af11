import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { helpersDirectory, libraryPath, packageRoot } from '../../data/installation.ts';
import { loadNative } from '../../data/native-addon.ts';
import { loadSqlite } from '../../data/sqlite/driver.ts';
import { describeFailure, SQLITE_HINT } from '../messages.ts';
import { type Check, fine, missing } from './check.ts';

const REBUILD =
  'npm rebuild in the directory of otto compiles it (needs a C++ compiler); without --fast everything works without it';

/** What is compiled when otto is installed. */
export async function compiledParts(): Promise<Check[]> {
  return [addon(), helpers(), library(), await sqlite()];
}

function addon(): Check {
  try {
    loadNative();
    return fine('addon', join(packageRoot, 'build', 'Release', 'otto.node'));
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return missing('addon', { found: describeFailure(error.failure).message, hint: REBUILD });
  }
}

const HELPERS = ['otto-mmap-get', 'otto-mmap-set', 'otto-send', 'otto-recv'];

function helpers(): Check {
  const directory = helpersDirectory();
  const all = HELPERS.every((name) => existsSync(join(directory, name)));
  return all && directory !== join(packageRoot, 'bin')
    ? fine('helpers', directory)
    : missing('helpers', {
        found: 'not compiled',
        hint: `${REBUILD}, but these commands; tasks have otto.set and otto.get`,
      });
}

function library(): Check {
  const path = libraryPath();
  return path === null
    ? missing('libotto.so', { found: 'not compiled', hint: `${REBUILD}; tasks in Python load it` })
    : fine('libotto.so', path);
}

async function sqlite(): Promise<Check> {
  const driver = await loadSqlite();
  if (driver !== null) return fine('SQLite', driver.name);
  return missing('SQLite', {
    found: 'neither better-sqlite3 nor node:sqlite loads',
    hint: `${SQLITE_HINT}; without it there is no store sqlite, and history reads the run.json files`,
  });
}
