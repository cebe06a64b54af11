import { lstatSync } from 'node:fs';
import { type Failure, FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Hasher, KeptFiles } from '../data/checksum.ts';
import { bytesOf } from '../data/entry-bytes.ts';
import { valueFailure } from '../data/journal.ts';
import { checkFile } from '../data/value-bytes.ts';
import { isGone, type RunValues, type StoredValue, type TaskValues } from './run-values.ts';

/** What came out of comparing a run's values with the hashes that were recorded of them. */
export interface ValuesCheck {
  readonly values: number;
  readonly bytes: number;
  readonly verified: number;
  /** Those whose file is not there any more. */
  readonly gone: number;
  /** Those that are not what was recorded, or cannot be read. What is left has no hash: its run goes on, or was killed. */
  readonly damaged: number;
  readonly problems: readonly Failure[];
}

export interface Hashing {
  readonly hasher: Hasher;
  /** Files that several values share are read once. */
  readonly files: KeptFiles;
}

/** Reads all values that were found in a run. Never throws a FailureError. */
export async function checkValues(
  from: RunValues,
  tasks: readonly TaskValues[],
  hashing: Hashing,
): Promise<ValuesCheck> {
  const values = tasks.flatMap(withHashes);
  const check = await checkAll(values, (value) => from.using(value, (now) => hashOf(now, hashing)));
  return { ...check, problems: [...tasks.flatMap(problemsOf), ...check.problems] };
}

/** Compares the hash of each value's bytes with those that were recorded. */
export async function checkAll(
  values: readonly Recorded[],
  hash: (value: StoredValue) => Promise<string>,
): Promise<ValuesCheck> {
  const problems: Failure[] = [];
  let [verified, gone, damaged] = [0, 0, 0];
  for (const { value, hashes } of values) {
    try {
      const found = await hash(value);
      for (const recorded of hashes) compare(value, found, recorded);
      if (hashes.length > 0) verified++;
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (isGone(error)) gone++;
      else damaged++;
      problems.push(error.failure);
    }
  }
  const bytes = values.reduce((sum, { value }) => sum + value.bytes, 0);
  return { values: values.length, bytes, verified, gone, damaged, problems };
}

/** Throws a FailureError when a value's bytes are not what was recorded. Of one without a hash nothing is known. */
export async function verifyValue(value: StoredValue, hashing: Hashing): Promise<void> {
  if (value.xxh128 !== null) compare(value, await hashOf(value, hashing), value.xxh128);
}

/** What can be told without reading a value. */
function problemsOf({ task, values, problem }: TaskValues): Failure[] {
  if (problem !== null) return [problem];
  const stored = new Set(values.map(({ key }) => key));
  return task.values
    .filter(({ key }) => !stored.has(key))
    .map(({ key }) => failure(task.name, key, 'run.json has it, but not the JSON of the task').failure);
}

/** A value with its hashes. */
export interface Recorded {
  readonly value: StoredValue;
  /** Of run.json and of the output JSON; each of them may be missing. */
  readonly hashes: readonly string[];
}

function withHashes({ task, values }: TaskValues): Recorded[] {
  const inRun = new Map(task.values.map(({ key, xxh128 }) => [key, xxh128]));
  return values.map((value) => ({
    value,
    hashes: [inRun.get(value.key), value.xxh128].filter((hash) => hash !== undefined && hash !== null),
  }));
}

export async function hashOf(value: StoredValue, { hasher, files }: Hashing): Promise<string> {
  const { source, bytes } = value;
  if (source.kind === 'memory') return hasher.hash(await bytesOf(value));
  const { path } = source;
  checkFile(
    path,
    attempt('read', path, () => lstatSync(path)),
    bytes,
  );
  return (await files.hash(path)).xxh128;
}

/** Throws a FailureError when a value's bytes have not the hash that was recorded. */
export function compare({ task, key, source }: StoredValue, found: string, recorded: string): void {
  if (found === recorded) return;
  const where = source.kind === 'file' ? ` in ${source.path}` : '';
  throw failure(
    task,
    key,
    `it is damaged: its bytes${where} have the xxh128 ${found}, recorded is ${recorded}`,
  );
}

const failure = (task: string, key: string, detail: string): FailureError =>
  valueFailure(task as TaskName, key, detail);
