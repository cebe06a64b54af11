import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where otto's own files are: the same for `src/` under test and for the bundles in `dist/`. */

function findRoot(start: string): string {
  let directory = start;
  while (!existsSync(join(directory, 'binding.gyp')) && dirname(directory) !== directory) {
    directory = dirname(directory);
  }
  return directory;
}

/** The package's directory. */
export const packageRoot: string = findRoot(import.meta.dirname);

const compiled = (name: string): string => join(packageRoot, 'build', 'Release', name);
const ifThere = (path: string): string | null => (existsSync(path) ? path : null);

/** The addon for Node, or null when it has not been compiled. */
export const addonPath = (): string | null => ifThere(compiled('otto.node'));

/** The library for Python, or null when it has not been compiled. */
export const libraryPath = (): string | null => ifThere(compiled('libotto.so'));

let builtins: string | null | undefined;

/** The helpers as builtins of bash, or null when they have not been compiled (native/bash/README.md). Asked once. */
export function bashBuiltinsPath(): string | null {
  if (builtins === undefined) builtins = findBuiltins();
  return builtins;
}

function findBuiltins(): string | null {
  const directory = join(packageRoot, 'build', 'Release');
  if (!existsSync(directory)) return null;
  const name = readdirSync(directory).find((entry) => /^otto-bash-[0-9.]+\.so$/.test(entry));
  return name === undefined ? null : join(directory, name);
}

let sendHelper: string | null | undefined;

/** `otto-send`, or null when it has not been compiled; then `otto-recv` has not been either. Asked once. */
export function sendHelperPath(): string | null {
  if (sendHelper === undefined) sendHelper = ifThere(compiled('otto-send'));
  return sendHelper;
}

/** The directory that tasks get at the front of PATH: compiled helpers, or the scripts that say how to compile them. */
export const helpersDirectory = (): string =>
  dirname(ifThere(compiled('otto-mmap-get')) ?? join(packageRoot, 'bin', 'otto-mmap-get'));

/** The value of OTTO_CLIENTS: `bash/`, `python/` and `node/`, as the build leaves them. */
export const clientsDirectory = (): string => join(packageRoot, 'dist', 'clients');
