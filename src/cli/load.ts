import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { FailureError } from '../base/failure.ts';
import { STORE_CHOICES } from '../data/store.ts';
import { findOttofile, namedOttofile, OTTOFILE_NAMES } from '../ottofile/find.ts';
import { type ParsedOttofile, parseOttofile } from '../ottofile/parse.ts';
import { quote } from '../ottofile/quote.ts';
import { usage } from './usage.ts';

/** The ottofile's path: what -o names, else what OTTOFILE names, else the nearest one. Throws a FailureError. */
export function locateOttofile(option: string | null): string {
  const named = option ?? (process.env.OTTOFILE || null);
  const found = named === null ? findOttofile(currentDirectory()) : namedOttofile(named);
  if (found.ok) return found.value;
  if (named === null)
    throw new FailureError({ kind: 'no-ottofile', start: found.error.start, names: OTTOFILE_NAMES });
  const from = option === null ? 'OTTOFILE' : '-o';
  const hint = `name a file, or a directory with one of ${OTTOFILE_NAMES.join(', ')}`;
  throw new FailureError(usage(`${from} names ${quote(named)}, where there is no ottofile`, hint));
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException;
    throw new FailureError({ kind: 'io', action: 'look into', path: 'the current directory', code });
  }
}

/** The same, but null where the current directory and its parents have none. */
export function locateIfAny(option: string | null): string | null {
  try {
    return locateOttofile(option);
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'no-ottofile') return null;
    throw error;
  }
}

export function loadOttofile(path: string): ParsedOttofile {
  return parseOttofile({ path, content: read(path) }, { userHome: homedir(), stores: STORE_CHOICES });
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FailureError({
      kind: 'io',
      action: 'read',
      path,
      code: (error as NodeJS.ErrnoException).code ?? 'EIO',
    });
  }
}

/** For what works without an ottofile, too: null where there is none that can be read. */
export function loadIfPossible(option: string | null): ParsedOttofile | null {
  try {
    return loadOttofile(locateOttofile(option));
  } catch (error) {
    if (error instanceof FailureError) return null;
    throw error;
  }
}
