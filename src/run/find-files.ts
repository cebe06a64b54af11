import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FindFiles } from '../graph/foreach.ts';
import type { Ottofile } from '../ottofile/model.ts';

/** Finds the files of `foreach: {glob: …}`; loads the library for it only when some task has one. */
export async function fileFinder({ tasks }: Pick<Ottofile, 'tasks'>): Promise<FindFiles> {
  const hasGlob = [...tasks.values()].some(({ foreach }) => foreach?.source.kind === 'glob');
  if (!hasGlob) return () => [];
  const { globSync } = await import('tinyglobby');
  return (pattern, directory) =>
    globSync(pattern, { cwd: directory, expandDirectories: false, ...kindOf(pattern) })
      // A directory comes with a slash at its end, which is no part of its path.
      .map((path) => marked(path.replace(/(?<=.)\/+$/, ''), directory))
      .sort(byCodeUnit);
}

const kindOf = (pattern: string) => (pattern.endsWith('/') ? { onlyDirectories: true } : { onlyFiles: true });

/**
 * Node reads a name that is not UTF-8 with U+FFFD in it, by which no file is found. Half a pair in its place is refused where it
 * matters, and told.
 */
const marked = (path: string, directory: string): string =>
  path.includes('\ufffd') && !existsSync(resolve(directory, path))
    ? path.replaceAll('\ufffd', '\udcff')
    : path;

/** The same order on every machine, whatever its language. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
