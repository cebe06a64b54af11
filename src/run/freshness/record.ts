import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { makeDirectories } from '../../base/make-directories.ts';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import type { KeptValue } from '../../data/value.ts';

/** A file as a run found or left it. Times are nanoseconds, as text: JSON's numbers are too small. */
export interface RecordedFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  /** Only with `fresh: hash`. */
  readonly xxh128?: string;
}

/** What a successful run of a task depended on and left: docs/history.md, "fresh". */
export interface FreshRecord {
  readonly version: 1;
  readonly task: string;
  /** When its script succeeded: ISO 8601, UTC. */
  readonly at: string;
  /** Name of the run whose directory has its values. */
  readonly run: string;
  /** Hashes of what the ottofile and the command line say of it, by what that is in words. */
  readonly parts: Readonly<Record<string, string>>;
  /** Hashes of the values that it could read, by task. */
  readonly upstream: Readonly<Record<string, string>>;
  /** As they were before the script began. */
  readonly inputs: readonly RecordedFile[];
  /** The first input that was another one when the script had ended. */
  readonly changedMeanwhile: string | null;
  /** As the script left them; only with `fresh: hash`. */
  readonly outputs: readonly RecordedFile[] | null;
  readonly values: readonly KeptValue[];
}

const VERSION = 1;

export const recordPath = (project: string, task: TaskName): string =>
  join(project, 'fresh', `${encodeTaskName(task)}.json`);

/** Null when there is none, or none that can be used; `newer` when another otto's version stands there. */
export function readRecord(path: string): FreshRecord | 'newer' | null {
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
  const { version } = (record ?? {}) as { readonly version?: unknown };
  if (typeof version === 'number' && version > VERSION) return 'newer';
  return isRecord(record) ? record : null;
}

/** Somebody may have edited it: then the task runs. */
function isRecord(record: unknown): record is FreshRecord {
  const { version, at, run, parts, upstream, inputs, outputs, values } = (record ??
    {}) as Partial<FreshRecord>;
  return (
    version === VERSION &&
    typeof at === 'string' &&
    typeof run === 'string' &&
    !/^\.|\//.test(run) &&
    isObject(parts) &&
    isObject(upstream) &&
    Array.isArray(inputs) &&
    inputs.every(isObject) &&
    (outputs === null || (Array.isArray(outputs) && outputs.every(isObject))) &&
    Array.isArray(values) &&
    values.every(isObject)
  );
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Replaced in one step: of two runs that end at once, one has it whole. */
export function writeRecord(path: string, record: FreshRecord): void {
  const temporary = `${path}.${process.pid}`;
  attempt('write', path, () => {
    makeDirectories(dirname(path));
    try {
      writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

export function removeRecord(path: string): void {
  attempt('remove', path, () => rmSync(path, { force: true }));
}
