import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { resolveTypeOf } from '../data/entry-bytes.ts';
import { outputJsonPath } from '../data/history-writer.ts';
import { type JournalValue, lastWins, valueFailure } from '../data/journal.ts';
import type { Native, Region, RegionEntry } from '../data/native.ts';
import { attemptNative } from '../data/native-failure.ts';
import { readOutput } from '../data/output-reader.ts';
import { type Spool, sentRecords, spoolFileBytes, spoolRecords } from '../data/spool.ts';
import { DatabaseReader } from '../data/sqlite/read-database.ts';
import { DATABASE_NAME } from '../data/sqlite/schema.ts';
import type { Entry, ValueSource } from '../data/value.ts';
import type { RunRecord, TaskRecord } from './run-record.ts';
import { readTaskPlace, type TaskPlace } from './task-place.ts';

/**
 * Where a value is: in the output JSON, in a file beside it (or gone with that file), in the journal of a task that goes on, in the
 * run's database, in shared memory, or on disk because shared memory had no room.
 */
export type ValuePlace = 'json' | 'file' | 'gone' | 'journal' | 'database' | 'shm' | 'spilled';

/** A value of a run. Its hash is null, and its type may be `raw`, as long as it is not in history. */
export interface StoredValue extends Entry {
  readonly task: string;
  readonly xxh128: string | null;
  readonly place: ValuePlace;
}

export interface TaskValues {
  readonly task: TaskRecord;
  /** In the order in which their keys were first set. */
  readonly values: readonly StoredValue[];
  /** Where they were read; null: the task has left nothing, or nothing yet. */
  readonly from: 'history' | 'spool' | 'region' | null;
  /** Why they could not be read. */
  readonly problem: Failure | null;
}

/**
 * Reads the values of a run: what is in history from there; those of tasks that go on, or that a killed run left, from their
 * region in shared memory, the run's database or their journal. What a bash script puts into OUTPUT is in neither before the script ends.
 */
export class RunValues {
  readonly run: RunRecord;
  readonly #loadNative: () => Native;
  readonly #regions = new Map<string, Region>();
  #database: DatabaseReader | null = null;

  /** `loadNative` is called for values in shared memory only; it may throw a FailureError. */
  constructor(run: RunRecord, loadNative: () => Native) {
    this.run = run;
    this.#loadNative = loadNative;
  }

  async all(): Promise<TaskValues[]> {
    const tasks: TaskValues[] = [];
    for (const task of this.run.tasks) tasks.push(await this.of(task));
    return tasks;
  }

  async of(task: TaskRecord): Promise<TaskValues> {
    try {
      return await this.#read(task);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return { task, values: [], from: null, problem: error.failure };
    }
  }

  /**
   * Does something with a value that was found; once more with what it is now, when its file has gone since: its task has ended, or
   * its key was set anew.
   */
  async using<T>(value: StoredValue, use: (value: StoredValue) => Promise<T>): Promise<T> {
    try {
      return await use(value);
    } catch (error) {
      const now = isGone(error) && isPassing(value.place) ? await this.#again(value) : undefined;
      if (now === undefined) throw error;
      return use(now);
    }
  }

  async #again({ task: name, key }: StoredValue): Promise<StoredValue | undefined> {
    const task = this.run.tasks.find((one) => one.name === name);
    return task && (await this.of(task)).values.find((value) => value.key === key);
  }

  /** Values in shared memory cannot be read any more. */
  close(): void {
    for (const region of this.#regions.values()) region.close();
    this.#regions.clear();
    this.#database?.close();
    this.#database = null;
  }

  async #read(task: TaskRecord): Promise<TaskValues> {
    // run.json tells of values when they had been written: without the JSON, they are gone.
    if (task.values.length > 0 || existsSync(outputPath(task))) return fromHistory(task);
    let found: TaskValues;
    try {
      found = await this.#fromSpool(task);
    } catch (error) {
      if (error instanceof FailureError && existsSync(outputPath(task))) return fromHistory(task);
      throw error;
    }
    // The values of a task that has ended meanwhile are in history by now, and nowhere else.
    return existsSync(outputPath(task)) ? fromHistory(task) : found;
  }

  async #fromSpool(task: TaskRecord): Promise<TaskValues> {
    const place = this.run.finishedAt === null ? readTaskPlace(task.directory) : null;
    if (place === null) return { task, values: [], from: null, problem: null };
    const values = new Map((await this.#inStore(task, place)).map((value) => [value.key, value]));
    const spool = {
      task: task.name as TaskName,
      directory: place.spool,
      // Where bash leaves its values when shared memory is full.
      ...(place.store === 'shm' && { spareDirectory: task.directory }),
      scriptText: place.scriptText,
    };
    const isServed = place.store !== 'files' && place.store !== 'shm';
    const sent = isServed ? await sentRecords(spool) : [];
    const records = [...sent, ...(await spoolRecords(spool))];
    for (const { kind, key } of records) if (kind === 'deleted') values.delete(key);
    for (const value of lastWins(records)) values.set(value.key, journalValue(spool, value));
    const from = place.store === 'shm' ? 'region' : 'spool';
    return { task, values: [...values.values()], from, problem: null };
  }

  /** What the task's store has beside its spool. */
  #inStore(task: TaskRecord, { store, spool }: TaskPlace): StoredValue[] | Promise<StoredValue[]> {
    if (store === 'shm') return this.#readRegion(task, spool);
    return store === 'sqlite' ? this.#readDatabase(task) : [];
  }

  async #readDatabase(task: TaskRecord): Promise<StoredValue[]> {
    this.#database ??= await DatabaseReader.open(join(this.run.directory, DATABASE_NAME));
    return this.#database.values(task.name as TaskName).map((entry) => databaseValue(task, entry));
  }

  #readRegion(task: TaskRecord, directory: string): StoredValue[] {
    const native = this.#loadNative();
    return attemptNative('read', directory, () => {
      const region = this.#regions.get(directory) ?? native.openRegion(directory);
      this.#regions.set(directory, region);
      return region.entries().map((entry) => regionValue(task, region, entry));
    });
  }
}

/** Whether the file of a value was not found. */
export const isGone = (error: unknown): boolean =>
  error instanceof FailureError && error.failure.kind === 'io' && error.failure.code === 'ENOENT';

/** Not in history yet. */
const isPassing = (place: ValuePlace): boolean =>
  place === 'journal' || place === 'database' || place === 'shm' || place === 'spilled';

const outputPath = ({ directory, name }: TaskRecord): string => outputJsonPath(directory, name as TaskName);

function fromHistory(task: TaskRecord): TaskValues {
  const values = readOutput(outputPath(task), task.values).map((value) => ({
    ...value,
    task: task.name,
    place: placeInHistory(value.source),
  }));
  return { task, values, from: 'history', problem: null };
}

function placeInHistory(source: ValueSource): ValuePlace {
  if (source.kind === 'memory') return 'json';
  return existsSync(source.path) ? 'file' : 'gone';
}

/** Up to this size a value of type raw is looked at: nobody notices the time. */
const SMALL_BYTES = 64 * 1024;

function journalValue(spool: Spool, value: JournalValue): StoredValue {
  const common = { task: spool.task, key: value.key, xxh128: null, place: 'journal' as const };
  if (value.kind === 'file') {
    const path = join(spool.directory, value.fileName);
    const bytes = spoolFileBytes(spool, value);
    const isSmall = value.type === 'raw' && bytes <= SMALL_BYTES;
    const type = isSmall
      ? resolveTypeOf(
          'raw',
          attempt('read', path, () => readFileSync(path)),
        )
      : value.type;
    return { ...common, type, bytes, source: { kind: 'file', path } };
  }
  const { data } = value;
  const type = resolveTypeOf(value.type, data);
  return { ...common, type, bytes: data.length, source: { kind: 'memory', data } };
}

function databaseValue(task: TaskRecord, entry: Entry): StoredValue {
  const { type, bytes, source } = entry;
  const isSmall = type === 'raw' && bytes <= SMALL_BYTES && source.kind === 'memory';
  const settled = isSmall ? resolveTypeOf('raw', source.data) : type;
  // No spread: the source may read its bytes when it is asked for them.
  return { key: entry.key, type: settled, bytes, source, task: task.name, xxh128: null, place: 'database' };
}

function regionValue(task: TaskRecord, region: Region, entry: RegionEntry): StoredValue {
  const { key, bytes, file } = entry;
  // Every run of otto can spill; a region that cannot lies on the disk itself (docs/shm-format.md, section 6).
  const place = entry.spilled || region.spillDirectory === null ? ('spilled' as const) : ('shm' as const);
  const common = { task: task.name, key, bytes, xxh128: null, place };
  if (file !== null) return { ...common, type: entry.type, source: { kind: 'file', path: file } };
  const read = (): Buffer => {
    const data = attemptNative('read', region.path, () => region.getBytes(key));
    if (data === undefined) throw valueFailure(common.task as TaskName, key, 'it has been deleted meanwhile');
    return data;
  };
  const type = entry.type === 'raw' && bytes <= SMALL_BYTES ? resolveTypeOf('raw', read()) : entry.type;
  const source = {
    kind: 'memory' as const,
    get data(): Buffer {
      return read();
    },
  };
  return { ...common, type, source };
}
