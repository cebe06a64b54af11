import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { type Entry, notAmong } from '../value.ts';
import { readExported } from './exported.ts';
import { readOutputFile } from './read-output-file.ts';
import { ValueFiles } from './value-sink.ts';

/** Where any program may append `key=value` lines: `$OTTO_OUTPUT`. */
export const outputFilePath = (taskDirectory: string): string => join(taskDirectory, 'output');
/** Where clients leave the variables `OTTO_OUT_*` that are exported when a script ends. */
const exportedPath = (taskDirectory: string): string => join(taskDirectory, 'exported');

export interface TaskCaptures {
  readonly task: TaskName;
  readonly taskDirectory: string;
  readonly scriptText: string;
  /** The variables `OTTO_OUT_*` that the task was started with. */
  readonly given: Readonly<Record<string, string>>;
  /** From its stdout. */
  readonly markers: PrintedValues | null;
}

/** What MarkerValues has found. */
export interface PrintedValues {
  readonly entries: readonly Entry[];
  readonly failure: FailureError | null;
  removeFiles(): void;
}

/** What a task handed over without the API. */
export interface Captured {
  readonly entries: readonly Entry[];
  readonly failure: FailureError | null;
  /** Removes what lies in files of the task's directory. */
  removeFiles(): void;
}

const NOTHING: Captured = { entries: [], failure: null, removeFiles: () => undefined };

/**
 * Takes in what a task that has ended left for otto outside of its store. When a key comes in several ways, the most explicit one
 * counts: `$OTTO_OUTPUT`, then `OTTO_OUT_*`, then markers.
 */
export async function takeCaptures(captures: TaskCaptures): Promise<Captured> {
  const { task, taskDirectory, scriptText, given, markers } = captures;
  const files = new ValueFiles(taskDirectory, 'file');
  const removeFiles = (): void => {
    files.removeAll();
    markers?.removeFiles();
  };
  try {
    const path = outputFilePath(taskDirectory);
    const written = await readOutputFile(task, path, files);
    const exported = await readExported({ task, path: exportedPath(taskDirectory), given, scriptText });
    if (written === null && exported === null && markers === null) return NOTHING;
    // What was not understood stays for its author to look at.
    if (written?.failure === null) rmSync(path, { force: true });
    if (exported !== null) rmSync(exportedPath(taskDirectory), { force: true });
    const entries: Entry[] = [];
    for (const more of [written?.entries, exported, markers?.entries])
      entries.push(...notAmong(entries, more ?? []));
    return { entries, failure: written?.failure ?? markers?.failure ?? null, removeFiles };
  } catch (error) {
    removeFiles();
    if (!(error instanceof FailureError)) throw error;
    // What the task has set itself is kept all the same.
    return { entries: [], failure: error, removeFiles };
  }
}

/** What an attempt left that is not the last. */
export function discardCaptures(taskDirectory: string): void {
  for (const path of [outputFilePath(taskDirectory), exportedPath(taskDirectory)])
    rmSync(path, { force: true });
}
