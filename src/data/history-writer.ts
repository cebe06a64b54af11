import { copyFileSync, linkSync, promises, renameSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, attemptAsync } from '../base/io-failure.ts';
import { makeDirectories } from '../base/make-directories.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import type { HashedFile, Hasher, KeptFiles } from './checksum.ts';
import { writeChunks } from './chunk-file.ts';
import type { CopiedFile, CopiedFiles } from './copied-files.ts';
import { resolveType } from './entry-bytes.ts';
import { valueFailure } from './journal.ts';
import { encodeOutput, type OutputObserver, type PlacedFile } from './output-json.ts';
import type { Entry, KeptValue } from './value.ts';

/** One task whose values go into history. */
export interface HistoryJob {
  readonly task: TaskName;
  readonly taskDirectory: string;
  readonly entries: readonly Entry[];
  readonly hasher: Hasher;
}

/** What stands in history after a pass over the values. */
export interface WrittenOutput {
  /** The entries; those that have a file in history name it as their source. */
  readonly entries: readonly Entry[];
  readonly kept: readonly KeptValue[];
  /** False: the JSON is good for readers, but a second pass has to add the hashes of large values. */
  readonly final: boolean;
}

/** Absolute path of a task's output JSON. */
export function outputJsonPath(taskDirectory: string, task: TaskName): string {
  return join(taskDirectory, `output.${encodeTaskName(task)}.json`);
}

/**
 * Writes the JSON and *moves* large values beside it, without reading them: dependents need not wait for a hash. Ends with
 * `final: false` when there are such values; `finishOutput` is the second pass.
 */
export function writeMovedOutput(job: HistoryJob): Promise<WrittenOutput> {
  return writeOutput(job, (entry, path) => moveValue(job, entry, path));
}

/** The second pass after writeMovedOutput: reads the large values where they lie now and writes the final JSON. */
export function finishOutput(job: HistoryJob, kept: KeptFiles): Promise<WrittenOutput> {
  return writeOutput(job, async (entry, path) => {
    return placed({ job, entry, path }, await kept.hash(path));
  });
}

/** Writes the JSON and *copies* large values beside it, in one pass; what was copied before is linked. */
export function writeCopiedOutput(job: HistoryJob, copied: CopiedFiles): Promise<WrittenOutput> {
  return writeOutput(job, async (entry, path) => {
    return placed({ job, entry, path }, await copyValue({ job, entry, path }, copied));
  });
}

interface ValueToCopy {
  readonly job: HistoryJob;
  readonly entry: Entry;
  readonly path: string;
}

async function copyValue({ job, entry, path }: ValueToCopy, copied: CopiedFiles): Promise<HashedFile> {
  const { source } = entry;
  if (source.kind === 'memory') {
    await attemptAsync('write', path, () => promises.writeFile(path, dataOf(entry), { mode: 0o600 }));
    return job.hasher.copyAndHash(path, null);
  }
  const copy = async (): Promise<CopiedFile> => {
    // Most often it is history's own file system.
    const isLinked = entry.onDisk === true && tryLink(source.path, path);
    const hashed = await (isLinked
      ? job.hasher.copyAndHash(path, null)
      : job.hasher.copyAndHash(source.path, path, source.kind === 'object' ? entry.bytes : undefined));
    return { path, hashed };
  };
  const made = await copied.of(source.path, copy);
  if (made.path !== path && !tryLink(made.path, path)) return (await copy()).hashed;
  return made.hashed;
}

/** Another process may have cut the file meanwhile; history does not take what is left for the value. */
function placed({ job, entry, path }: ValueToCopy, { xxh128, bytes, utf8 }: HashedFile): PlacedFile {
  if (bytes !== entry.bytes)
    throw valueFailure(job.task, entry.key, `${path} has ${bytes} bytes of it, ${entry.bytes} were set`);
  return { type: resolveType(entry.type, utf8), bytes, xxh128 };
}

type Place = (entry: Entry, path: string) => Promise<PlacedFile>;

async function writeOutput(job: HistoryJob, place: Place): Promise<WrittenOutput> {
  const pass = new OutputPass(job, place);
  await writeChunks(outputJsonPath(job.taskDirectory, job.task), encodeOutput(job.task, job.entries, pass));
  return { entries: pass.entries, kept: pass.kept, final: pass.final };
}

/** Watches one pass over the values and remembers what history has to know of them. */
class OutputPass implements OutputObserver {
  readonly entries: Entry[] = [];
  readonly kept: KeptValue[] = [];
  final = true;
  readonly #job: HistoryJob;
  readonly #place: Place;

  constructor(job: HistoryJob, place: Place) {
    this.#job = job;
    this.#place = place;
  }

  async place(entry: Entry, position: number): Promise<PlacedFile> {
    const directory = join(this.#job.taskDirectory, 'values');
    attempt('create', directory, () => makeDirectories(directory));
    const path = join(directory, String(position));
    const placed = await this.#place(entry, path);
    this.entries.push({ ...entry, source: { kind: 'file', path } });
    if (placed.type === 'raw' || placed.xxh128 === null) this.final = false;
    else this.kept.push({ key: entry.key, type: placed.type, bytes: placed.bytes, xxh128: placed.xxh128 });
    return placed;
  }

  async inline(entry: Entry, type: KeptValue['type'], data: Buffer): Promise<void> {
    this.entries.push(entry);
    const xxh128 = await this.#job.hasher.hash(data);
    this.kept.push({ key: entry.key, type, bytes: data.length, xxh128 });
  }
}

async function moveValue(job: HistoryJob, entry: Entry, path: string): Promise<PlacedFile> {
  if (entry.source.kind !== 'file') {
    await attemptAsync('write', path, () => promises.writeFile(path, dataOf(entry), { mode: 0o600 }));
  } else {
    takeFile(job, entry.source.path, path);
  }
  const type = entry.type === 'string' ? 'raw' : entry.type;
  return { type, bytes: entry.bytes, xxh128: null };
}

/**
 * A link, so that a file that several keys name is there for the next one, and all are there for `otto data` until the JSON tells
 * where they are now. The spool's names go when the store releases the task.
 */
function takeFile(job: HistoryJob, from: string, to: string): void {
  if (tryLink(from, to)) return;
  const users = job.entries.filter(({ source }) => source.kind === 'file' && source.path === from);
  attempt('write', to, () => (users.length === 1 ? renameSync(from, to) : copyFileSync(from, to)));
}

/** Not every file system has links, and none has them to another one. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function dataOf(entry: Entry): Uint8Array {
  return entry.source.kind === 'file' ? new Uint8Array() : entry.source.data;
}
