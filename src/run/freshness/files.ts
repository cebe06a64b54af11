import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';

/** A file as `stat` describes it. */
export interface FileState {
  /** Relative to the task's directory. */
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** False for a device, a pipe, a directory: nothing whose contents could be compared. */
  readonly isFile: boolean;
}

/** What the patterns of a task come to. */
export interface FoundFiles {
  /** Each once, by name. */
  readonly files: readonly FileState[];
  /** The first pattern that nothing fits. */
  readonly missing: string | null;
  /** The first file that is listed and cannot be looked at. */
  readonly unreadable: string | null;
}

/**
 * The files that patterns name, relative to `directory`. A pattern without wildcards that names a directory stands for all
 * below it, also what begins with a dot; otherwise such names have to be spelled out. `!pattern` takes files away.
 */
export async function findFiles(patterns: readonly string[], directory: string): Promise<FoundFiles> {
  const paths = new Set<string>();
  const ignore = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  let missing: string | null = null;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) continue;
    const found = await pathsOf(pattern, { directory, ignore });
    if (found.length === 0) missing ??= pattern;
    for (const path of found) paths.add(path);
  }
  return { ...statesOf([...paths].sort(), directory), missing };
}

interface Search {
  readonly directory: string;
  readonly ignore: readonly string[];
}

/** Absolute paths. */
async function pathsOf(pattern: string, { directory, ignore }: Search): Promise<readonly string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const options = { absolute: true, expandDirectories: false, ignore: [...ignore] };
  if (isDynamicPattern(pattern)) return glob(pattern, { ...options, cwd: directory });
  const path = resolve(directory, literalPath(pattern));
  const isDirectory = isDirectoryAt(path);
  if (isDirectory === undefined) return [];
  if (!isDirectory) return [path];
  const below = await glob('**', { ...options, cwd: path, dot: true });
  // An empty directory is there, too.
  return below.length === 0 ? [path] : below;
}

/** Undefined: nothing is there. What cannot be looked at is told of as such later. */
function isDirectoryAt(path: string): boolean | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory();
  } catch {
    return false;
  }
}

/** A pattern without wildcards, as the file system spells it. */
const literalPath = (pattern: string): string => pattern.replace(/\\(.)/gs, '$1');

function statesOf(paths: readonly string[], directory: string): Pick<FoundFiles, 'files' | 'unreadable'> {
  const files: FileState[] = [];
  let unreadable: string | null = null;
  for (const path of paths) {
    const name = relative(directory, path) || '.';
    const state = stateOf(path, name);
    if (state === null) unreadable ??= name;
    else files.push(state);
  }
  return { files, unreadable };
}

/** Null when it cannot be looked at. Links are followed: what counts is the file that a script would read. */
export function stateOf(path: string, name: string): FileState | null {
  try {
    const stat = statSync(path, { bigint: true });
    const { mtimeNs, ctimeNs } = stat;
    return { path: name, size: Number(stat.size), mtimeNs, ctimeNs, isFile: stat.isFile() };
  } catch {
    return null;
  }
}
