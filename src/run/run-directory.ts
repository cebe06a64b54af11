import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { attempt, ioFailure } from '../base/io-failure.ts';
import { makeDirectories } from '../base/make-directories.ts';
import { encodeTaskName, keyHash } from '../base/task-name.ts';
import type { RunJson } from './run-json.ts';

/** Where one run leaves everything: `<home>/<project folder>/<timestamp>`. */
export interface RunDirectory {
  /** Absolute path. */
  readonly path: string;
  /** Its last component; sorts by time. */
  readonly name: string;
}

const MAX_PROJECT_BYTES = 100;

/** The project's directory in otto's home. The hash is of the ottofile's directory, so two projects of one name differ. */
export function projectFolder(project: string, directory: string): string {
  // Classes of Unicode take a third of a millisecond to compile.
  const letters = /^[\w.-]*$/.test(project) ? project : project.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const readable = letters.replace(/^[.-]+/, '');
  const name = fits(readable)
    ? readable
    : [...readable].reduce((kept, c) => (fits(kept + c) ? kept + c : kept), '');
  const hash = keyHash(Buffer.from(directory)).toString(16).padStart(16, '0').slice(0, 8);
  return `${name || 'project'}-${hash}`;
}

const fits = (name: string): boolean => Buffer.byteLength(name) <= MAX_PROJECT_BYTES;

/** `2026-11-23T04-51-07.123Z`: ISO 8601 without the colons, which not every file system takes. */
export const runTimestamp = (at: Date): string => at.toISOString().replaceAll(':', '-');

/** Creates the run's directory, which no other run has. */
export function createRunDirectory(projectDirectory: string, at: Date): RunDirectory {
  const name = inHome(() => {
    attempt('create', projectDirectory, () => makeDirectories(projectDirectory));
    return makeUnique(projectDirectory, runTimestamp(at));
  });
  const path = join(projectDirectory, name);
  attempt('create', path, () => mkdirSync(join(path, 'tasks')));
  return { path, name };
}

const NO_PLACE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR']);
const OTHER_PLACE = 'check the path and its permissions, or choose another place: OTTO_HOME=DIR';

/** Says what to do when there can be no directory where otto's home is. */
function inHome<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== 'io') throw error;
    if (!NO_PLACE.has(error.failure.code)) throw error;
    throw new FailureError({ hint: OTHER_PLACE, ...error.failure });
  }
}

/** mkdir is the arbiter between runs of the same millisecond; the suffix sorts after the bare timestamp and by number. */
function makeUnique(projectDirectory: string, timestamp: string): string {
  for (let turn = 0; ; turn++) {
    const name = turn === 0 ? timestamp : `${timestamp}-${String(turn).padStart(4, '0')}`;
    const path = join(projectDirectory, name);
    try {
      mkdirSync(path);
      return name;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw ioFailure(error, 'create', path);
    }
  }
}

/** A rename replaces the link in one step: whoever follows `latest` finds a run at any moment. */
export function pointLatest(run: RunDirectory): void {
  const path = join(dirname(run.path), 'latest');
  const temporary = join(dirname(run.path), `.latest-${run.name}`);
  attempt('create', path, () => {
    symlinkSync(run.name, temporary);
    try {
      renameSync(temporary, path);
    } catch (error) {
      unlinkSync(temporary);
      throw codeOf(error) === 'EISDIR' ? occupied(path) : error;
    }
  });
}

const occupied = (path: string): FailureError =>
  new FailureError({
    kind: 'io',
    action: 'create',
    path,
    code: 'EISDIR',
    hint: 'otto keeps a link to the newest run there: move the directory away',
  });

/** Creates a task's directory in the run and returns its path. What it holds is for its owner only. */
export function createTaskDirectory(run: string, task: string): string {
  const path = taskDirectory(run, task);
  attempt('create', path, () => mkdirSync(path, 0o700));
  return path;
}

export const taskDirectory = (run: string, task: string): string => join(run, 'tasks', encodeTaskName(task));

/** Replaced in one step, so that a reader sees a whole record whenever otto is killed. */
export function writeRunJson(run: string, record: RunJson): void {
  const path = join(run, 'run.json');
  const temporary = join(run, '.run.json');
  attempt('write', path, () => {
    writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`);
    renameSync(temporary, path);
  });
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
