import { copyFileSync, linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import type { Hasher } from './checksum.ts';
import { type OutputValue, readOutput } from './output-reader.ts';
import type { KeptValue } from './value.ts';
import { checkFile } from './value-bytes.ts';

/** The values that a task has left in another run. */
export interface KeptOutput {
  /** The task's directory in that run, absolute. */
  readonly directory: string;
  /** What that run recorded of them. */
  readonly values: readonly KeptValue[];
}

/**
 * Makes the values of another run this run's own, in `taskDirectory`, which exists: history's files never change, so links do.
 * Null, and nothing left behind, when they are not all there any more as they were recorded. Values in files of their own are
 * known by their size, the others by their hash.
 */
export async function takeOver(
  task: TaskName,
  place: { readonly taskDirectory: string; readonly hasher: Hasher },
  kept: KeptOutput,
): Promise<OutputValue[] | null> {
  const { taskDirectory, hasher } = place;
  const json = `output.${encodeTaskName(task)}.json`;
  try {
    linkOrCopy(join(kept.directory, json), join(taskDirectory, json));
    const values = readOutput(join(taskDirectory, json), kept.values);
    takeOverFiles(values, { from: join(kept.directory, 'values'), to: join(taskDirectory, 'values') });
    if (await areAsRecorded(values, kept.values, hasher)) return values;
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
  rmSync(join(taskDirectory, json), { force: true });
  rmSync(join(taskDirectory, 'values'), { recursive: true, force: true });
  return null;
}

const isExpected = (error: unknown): boolean =>
  error instanceof FailureError || (error instanceof Error && 'syscall' in error);

function takeOverFiles(
  values: readonly OutputValue[],
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const paths = values.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : []));
  if (paths.length > 0) mkdirSync(to);
  for (const path of paths) linkOrCopy(join(from, basename(path)), path);
}

/** Not every file system has links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}

async function areAsRecorded(
  values: readonly OutputValue[],
  kept: readonly KeptValue[],
  hasher: Hasher,
): Promise<boolean> {
  if (values.length !== kept.length) return false;
  for (const [index, { key, type, bytes, xxh128, source }] of values.entries()) {
    const known = kept[index];
    if (known?.key !== key || known.type !== type || known.bytes !== bytes) return false;
    if (source.kind === 'file') checkFile(source.path, statSync(source.path), bytes);
    const hash = source.kind === 'memory' ? await hasher.hash(source.data) : xxh128;
    if (hash !== known.xxh128) return false;
  }
  return true;
}
