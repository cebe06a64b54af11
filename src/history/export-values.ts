import { lstatSync, promises, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Failure, FailureError } from '../base/failure.ts';
import { attempt, attemptAsync } from '../base/io-failure.ts';
import { makeDirectories } from '../base/make-directories.ts';
import { encodeTaskName } from '../base/task-name.ts';
import type { Hasher } from '../data/checksum.ts';
import { checkFile, piecesOf } from '../data/value-bytes.ts';
import { compare } from './check-values.ts';
import type { RunRecord } from './run-record.ts';
import type { RunValues, StoredValue } from './run-values.ts';

export interface ExportPlace {
  /** Made when missing. */
  readonly directory: string;
  /** Files that are there already may be replaced. */
  readonly replace: boolean;
  readonly hasher: Hasher;
}

export interface Exported {
  readonly files: number;
  readonly bytes: number;
  /** Why values are missing; they are not in the index either. */
  readonly problems: readonly Failure[];
}

/** What `index.json` says about a value; docs/commands.md has its fields. */
export type ExportedValue = Pick<StoredValue, 'task' | 'key' | 'type' | 'bytes' | 'xxh128'> & {
  /** Relative to the directory. */
  readonly file: string;
};

export const EXPORT_INDEX = 'index.json';
const VALUES = 'values';

/**
 * Writes each value's bytes to a file of its own, `values/<task>/<key>`, and an `index.json` that tells which is which. Names are
 * encoded as those of tasks are (docs/shm-format.md, section 1) and links on the way are refused, so nothing is written outside
 * of the directory. A value that is not what was recorded is left out. Throws a FailureError, before anything is written, when
 * something is in the way.
 */
export async function exportValues(
  from: RunValues,
  values: readonly StoredValue[],
  place: ExportPlace,
): Promise<Exported> {
  const targets = targetsOf(values);
  prepare(place, targets);
  const problems: Failure[] = [];
  const written: Target[] = [];
  for (const target of targets) {
    try {
      const path = join(place.directory, target.file);
      const write = async (value: StoredValue): Promise<Target> => {
        await replaceFile(path, async (temporary) => {
          await writeValue(temporary, value);
          await verifyCopy(temporary, value, place.hasher);
        });
        return { ...target, value };
      };
      written.push(await from.using(target.value, write));
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      problems.push(error.failure);
    }
  }
  const index = join(place.directory, EXPORT_INDEX);
  await replaceFile(index, async (temporary) =>
    writeFileSync(temporary, indexText(from.run, written), { flag: 'wx' }),
  );
  const bytes = written.reduce((sum, { value }) => sum + value.bytes, 0);
  return { files: written.length, bytes, problems };
}

interface Target {
  readonly value: StoredValue;
  /** Relative to the directory. */
  readonly file: string;
}

/** No two names are equal, also where the file system takes `A` for `a`, or one spelling of an accent for another. */
function targetsOf(values: readonly StoredValue[]): Target[] {
  const taken = new Set<string>();
  return values.map((value) => {
    const file = join(VALUES, encodeTaskName(value.task), encodeTaskName(value.key));
    for (let n = 1; ; n++) {
      const name = n === 1 ? file : `${file}~${n}`;
      const folded = name.normalize('NFC').toLowerCase();
      if (taken.has(folded)) continue;
      taken.add(folded);
      return { value, file: name };
    }
  });
}

/** Makes the directories, and refuses what is in the way. */
function prepare({ directory, replace }: ExportPlace, targets: readonly Target[]): void {
  const files = [EXPORT_INDEX, ...targets.map(({ file }) => file)].map((file) => join(directory, file));
  const directories = new Set([join(directory, VALUES), ...files.slice(1).map((path) => dirname(path))]);
  if (exists(directory) && !attempt('look at', directory, () => statSync(directory)).isDirectory())
    throw inTheWay(directory, 'ENOTDIR');
  for (const path of directories) {
    const found = attempt('look at', path, () => lstatSync(path, { throwIfNoEntry: false }));
    if (found !== undefined && !found.isDirectory()) throw inTheWay(path, 'ENOTDIR');
  }
  const occupied = replace ? undefined : files.find((path) => exists(path));
  if (occupied !== undefined)
    throw inTheWay(occupied, 'EEXIST', 'name another directory, or replace files with --force');
  for (const path of directories) attempt('create', path, () => makeDirectories(path));
}

const exists = (path: string): boolean =>
  attempt('look at', path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;

/** The file appears under its name when it is complete. */
async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.otto-export-${process.pid}`);
  try {
    await attemptAsync('write', path, () => write(temporary));
    attempt('write', path, () => renameSync(temporary, path));
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** A file is copied by the kernel, where the file system can without copying its bytes. */
async function writeValue(path: string, value: StoredValue): Promise<void> {
  const { source, bytes } = value;
  if (source.kind === 'memory') {
    await promises.writeFile(path, piecesOf(value), { flag: 'wx' });
    return;
  }
  writeFileSync(path, '', { flag: 'wx' });
  const { mode } = statSync(path);
  checkFile(
    source.path,
    attempt('read', source.path, () => lstatSync(source.path)),
    bytes,
  );
  await attemptAsync('copy', source.path, () =>
    promises.copyFile(source.path, path, promises.constants.COPYFILE_FICLONE),
  );
  // A copy has the mode of its source; the user's umask decides about files like this one.
  await promises.chmod(path, mode);
}

async function verifyCopy(path: string, value: StoredValue, hasher: Hasher): Promise<void> {
  if (value.xxh128 !== null) compare(value, (await hasher.copyAndHash(path, null)).xxh128, value.xxh128);
}

function indexText({ run, project }: RunRecord, targets: readonly Target[]): string {
  const values = targets.map(
    ({ file, value: { task, key, type, bytes, xxh128 } }): ExportedValue => ({
      task,
      key,
      type,
      bytes,
      xxh128,
      file,
    }),
  );
  return `${JSON.stringify({ version: 1, run, project, values }, null, 2)}\n`;
}

const inTheWay = (path: string, code: string, hint = 'name another directory'): FailureError =>
  new FailureError({ kind: 'io', action: 'write', path, code, hint });
