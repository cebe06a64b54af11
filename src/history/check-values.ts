import { lstatSync } from 'node:fs';
import { type Failure, FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Hasher, KeptFiles } from '../data/checksum.ts';
import { bytesOf } from '../data/entry-bytes.ts';
import { valueFailure } from '../data/journal.ts';
import { checkFile } from '../data/value-bytes.ts';
import type { RunValues, StoredValue, TaskValues } from './run-values.ts';

/** What came out of comparing a run's values with the hashes that were recorded of them. */
export interface ValuesCheck {
  readonly values: number;
  readonly bytes: number;
  readonly verified: number;
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
  const problems = tasks.flatMap(problemsOf);
  const values = tasks.flatMap(withHashes);
  let [verified, damaged] = [0, 0];
  for (const { value, hashes } of values) {
    try {
      const found = await from.using(value, (now) => hashOf(now, hashing));
      for (const recorded of hashes) compare(value, found, recorded);
      if (hashes.length > 0) verified++;
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      damaged++;
      problems.push(error.failure);
    }
  }
  const bytes = values.reduce((sum, { value }) => sum + value.bytes, 0);
  return { values: values.length, bytes, verified, damaged, problems };
}

/** What can be told without reading a value. */
function problemsOf({ task, values, problem }: TaskValues): Failure[] {
  if (problem !== null) return [problem];
  const stored = new Set(values.map(({ key }) => key));
  return task.values
    .filter(({ key }) => !stored.has(key))
    .map(({ key }) => failure(task.name, key, 'run.json has it, but not the JSON of the task').failure);
}

interface Recorded {
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

async function hashOf(value: StoredValue, { hasher, files }: Hashing): Promise<string> {
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

function compare({ task, key, source }: StoredValue, found: string, recorded: string): void {
  if (found === recorded) return;
  const where = source.kind === 'file' ? ` in ${source.path}` : '';
  throw failure(task, key, `its bytes${where} have the xxh128 ${found}, recorded is ${recorded}`);
}

const failure = (task: string, key: string, detail: string): FailureError =>
  valueFailure(task as TaskName, key, detail);
