import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ioFailure } from '../base/io-failure.ts';
import { compareNames } from './retention.ts';

/** Where one run's directory is: `<home>/<folder>/<run>`. */
export interface RunPlace {
  /** The project's directory in otto's home: its name and the hash of its path. */
  readonly folder: string;
  /** The run's directory in it: a timestamp that sorts by time. */
  readonly run: string;
}

const FOLDER = /-[0-9a-f]{8}$/;
const RUN = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)(?:-\d+)?$/;

/** The directories of projects in otto's home. A home that does not exist has none. */
export function listFolders(home: string): string[] {
  return directoriesIn(home).filter((name) => FOLDER.test(name));
}

/** The runs of one project, oldest first. */
export function listRuns(home: string, folder: string): RunPlace[] {
  return directoriesIn(join(home, folder))
    .filter((name) => RUN.test(name))
    .sort(compareNames)
    .map((run) => ({ folder, run }));
}

/** When a run began, by its name. */
export function timeOfRun(run: string): Date {
  const [, hours, minutes, seconds] = RUN.exec(run) ?? [];
  return new Date(`${hours}:${minutes}:${seconds}`);
}

export const placeKey = ({ folder, run }: RunPlace): string => `${folder}/${run}`;

export const runPath = (home: string, place: RunPlace): string => join(home, place.folder, place.run);

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    // What is not there holds no runs; what cannot be read may hold some.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw ioFailure(error, 'read', path);
  }
}

/**
 * The runs that a user may mean: all whose name begins with `text`; for `latest` the newest one. `folder` null looks in
 * every project.
 */
export function findRuns(home: string, folder: string | null, text: string): RunPlace[] {
  const runs = (folder === null ? listFolders(home) : [folder]).flatMap((name) => listRuns(home, name));
  if (text !== 'latest') return runs.filter(({ run }) => run.startsWith(text));
  return runs.sort((a, b) => compareNames(a.run, b.run)).slice(-1);
}
