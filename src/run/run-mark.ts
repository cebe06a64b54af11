import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { ownStartTicks, startTicksOf } from './start-ticks.ts';

/**
 * Runs that go on have a link in `<home>/running`, which they remove at their end: so what is left there by one that was killed is
 * found without a look at any other run. The link's name names the process for good, and the link leads to the run's directory, as
 * the environment of its processes names it. The commands of variables have one too: of these it holds the name that takes the place
 * of the directory.
 */
const MARKS = 'running';
const MARK = /^(\d+)-(\d+)-(\d+)-\d+$/;

export interface RunMark {
  remove(): void;
}

/** A run whose otto is gone. */
export interface DeadRunMark extends RunMark {
  /** The run's directory, or the name of commands. */
  readonly directory: string;
}

export const isOfCommands = ({ directory }: DeadRunMark): boolean => !isAbsolute(directory);

let marked = 0;

/** Null where processes cannot be told from others for good. A run that cannot be marked runs all the same. */
export const markRun = (runDirectory: string): RunMark | null =>
  markProcesses(dirname(dirname(runDirectory)), runDirectory);

/** The name is what the environment of the processes names. */
export function markProcesses(home: string, name: string): RunMark | null {
  const ticks = ownStartTicks();
  const namespace = ownNamespace();
  if (ticks === null || namespace === null) return null;
  const marks = join(home, MARKS);
  const path = join(marks, `${process.pid}-${ticks}-${namespace}-${++marked}`);
  const make = (): void => symlinkSync(name, path);
  try {
    ifMissing(make, () => {
      mkdirSync(marks, { recursive: true });
      make();
    });
    return { remove: () => removeMark(path) };
  } catch {
    return null;
  }
}

/**
 * Marks of this user's runs in this home whose process is certainly gone: those that this process can see at all. In other
 * containers nobody knows; their marks count when the run itself is not kept any more.
 */
export function deadRunMarks(home: string): DeadRunMark[] {
  const marks = join(home, MARKS);
  return namesIn(marks).flatMap((name) => {
    const [, pid, ticks, namespace] = MARK.exec(name) ?? [];
    if (namespace === undefined) return [];
    const isVisible = namespace === ownNamespace();
    if (isVisible && startTicksOf(Number(pid)) === ticks) return [];
    const path = join(marks, name);
    const directory = ownTargetOf(path);
    if (directory === null || !(isVisible || isForgotten(home, directory))) return [];
    return [{ directory, remove: () => removeMark(path) }];
  });
}

/** The home may be in another place there. */
const isForgotten = (home: string, directory: string): boolean =>
  isAbsolute(directory) && !existsSync(join(home, basename(dirname(directory)), basename(directory)));

/** Pids mean something in their namespace only: another container may use the same home. */
function ownNamespace(): string | null {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? null;
  } catch {
    return null;
  }
}

/** What another user has left only he can end. */
function ownTargetOf(path: string): string | null {
  try {
    return lstatSync(path).uid === process.geteuid?.() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function removeMark(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another otto was faster, or the home cannot be written: then it is looked at again.
  }
}

function ifMissing(work: () => void, otherwise: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    otherwise();
  }
}
