import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { err, ok, type Result } from '../base/result.ts';

/** Names of an ottofile; in each directory the first hit wins. */
export const OTTOFILE_NAMES = [
  'otto.yml',
  '.otto.yml',
  'otto.yaml',
  '.otto.yaml',
  'Ottofile',
  'OTTOFILE',
] as const;

export interface NotFound {
  readonly start: string;
  /** True when `start` was named by the user and is neither a file nor a directory with an ottofile. */
  readonly named: boolean;
}

/** Looks in `start`, then in each of its parents. */
export function findOttofile(start: string): Result<string, NotFound> {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const found = ottofileIn(directory);
    if (found !== null) return ok(found);
    if (directory === dirname(directory)) return err({ start: resolve(start), named: false });
  }
}

/**
 * The file that `-o` or OTTOFILE names: a file, or a directory that holds one. Parents are not searched. Links to directories are
 * followed, so that the project is the one that it is to somebody who stands in the directory.
 */
export function namedOttofile(path: string): Result<string, NotFound> {
  const absolute = resolve(path);
  const kind = kindOf(absolute);
  if (kind === 'file') return ok(join(realDirectory(dirname(absolute)), basename(absolute)));
  const found = kind === 'directory' ? ottofileIn(realDirectory(absolute)) : null;
  return found === null ? err({ start: absolute, named: true }) : ok(found);
}

/** Where `/dev/fd` and `/proc/self` lead is another place in every process. */
function realDirectory(directory: string): string {
  const real = realpathSync(directory);
  return real.startsWith('/proc/') ? directory : real;
}

/** The path of the directory's ottofile. */
export function ottofileIn(directory: string): string | null {
  for (const name of OTTOFILE_NAMES)
    if (kindOf(join(directory, name)) === 'file') return join(directory, name);
  return null;
}

/** Everything that is not a directory counts as a file: `-o /dev/stdin` and `-o <(…)` are pipes. */
function kindOf(path: string): 'file' | 'directory' | null {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new FailureError({ kind: 'io', action: 'look for an ottofile at', path, code });
  }
}
