import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownStartTicks, startTicksOf } from './start-ticks.ts';

/**
 * Runs that go on have a link in `<home>/running`, which they remove at their end: so what is left there by one that was killed is
 * found without a look at any other run. The link's name names the process for good, and the link leads to the run's directory, as
 * the environment of its processes names it.
 */
const MARKS = 'running';
const MARK = /^(\d+)-(\d+)-(\d+)-\d+$/;

export interface RunMark {
  remove(): void;
}

/** A run whose otto is gone. */
export interface DeadRunMark extends RunMark {
  /** The run's directory. */
  readonly directory: string;
}

let marked = 0;

/** Null where processes cannot be told from others for good. A run that cannot be marked runs all the same. */
export function markRun(runDirectory: string): RunMark | null {
  const ticks = ownStartTicks();
  const namespace = ownNamespace();
  if (ticks === null || namespace === null) return null;
  const marks = join(dirname(dirname(runDirectory)), MARKS);
  const path = join(marks, `${process.pid}-${ticks}-${namespace}-${++marked}`);
  const make = (): void => symlinkSync(runDirectory, path);
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

/** Marks of runs in this home whose process is certainly gone: those that this process can see at all. */
export function deadRunMarks(home: string): DeadRunMark[] {
  const marks = join(home, MARKS);
  return namesIn(marks).flatMap((name) => {
    const [, pid, ticks, namespace] = MARK.exec(name) ?? [];
    if (namespace === undefined || namespace !== ownNamespace()) return [];
    if (startTicksOf(Number(pid)) === ticks) return [];
    const path = join(marks, name);
    const directory = targetOf(path);
    return directory === null ? [] : [{ directory, remove: () => removeMark(path) }];
  });
}

/** Pids mean something in their namespace only: another container may use the same home. */
function ownNamespace(): string | null {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? null;
  } catch {
    return null;
  }
}

function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
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
