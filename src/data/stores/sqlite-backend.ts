import { join } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import type { Backend, Incoming, SealDirectory, ValueToPut } from '../broker/backend.ts';
import type { Replacement } from '../declared-outputs.ts';
import type { FoundValue, RestoredValue } from '../sqlite/calls.ts';
import { moveFile, secondName } from '../sqlite/large-files.ts';
import { DATABASE_NAME, LARGEST_IN_DATABASE_BYTES } from '../sqlite/schema.ts';
import { DatabaseThread } from '../sqlite/thread.ts';
import type { Entry } from '../value.ts';

export interface SqliteOptions {
  /** How long a value waits for a program that keeps the database locked. */
  readonly lockTimeoutMs?: number;
  readonly largestBytes?: number;
}

const LOCK_TIMEOUT_MS = 10_000;

/** Keeps values in a database of the run, `$OTTO_DB`, which stays in history (docs/stores.md). A thread of its own has it. */
export function createSqliteBackend(runDirectory: string, options: SqliteOptions = {}): Backend {
  return new SqliteBackend(runDirectory, options);
}

class SqliteBackend implements Backend {
  readonly name = 'sqlite';
  readonly #path: string;
  readonly #options: SqliteOptions;
  #thread: DatabaseThread | null = null;

  constructor(runDirectory: string, options: SqliteOptions) {
    this.#path = join(runDirectory, DATABASE_NAME);
    this.#options = options;
  }

  get environment(): Readonly<Record<string, string>> {
    return { OTTO_DB: this.#path };
  }

  async start(): Promise<void> {
    const { lockTimeoutMs = LOCK_TIMEOUT_MS, largestBytes = LARGEST_IN_DATABASE_BYTES } = this.#options;
    this.#thread = new DatabaseThread({ path: this.#path, lockTimeoutMs, largestBytes });
    await this.#thread.ask('start', []);
  }

  async open(task: TaskName): Promise<void> {
    await this.#started.ask('open', [task]);
  }

  async restore(task: TaskName, values: readonly Entry[]): Promise<void> {
    const restored = values.map(toSend);
    await this.#started.ask('restore', [task, restored], restored.flatMap(memoryOf));
  }

  async put(put: ValueToPut): Promise<void> {
    const sent = { ...put, value: movable(put.value) };
    await this.#started.ask('put', [sent], memoryOf(sent));
  }

  async delete(task: TaskName, key: string): Promise<void> {
    await this.#started.ask('delete', [task, key]);
  }

  async get(task: TaskName, key: string): Promise<Entry | null> {
    const found = await this.#started.ask('get', [task, key]);
    return found === null ? null : entryOf(found);
  }

  async seal(task: TaskName, directory: SealDirectory): Promise<readonly Entry[]> {
    const found = await this.#started.ask('seal', [task]);
    return found.map((value) => handOver(value, directory));
  }

  async replace(task: TaskName, replacements: readonly Replacement[]): Promise<void> {
    await this.#started.ask('replace', [task, replacements]);
  }

  async discard(task: TaskName): Promise<void> {
    await this.#thread?.ask('discard', [task]);
  }

  async release(task: TaskName): Promise<void> {
    await this.#thread?.ask('release', [task]);
  }

  takeNotices(): readonly [] {
    return [];
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    // A thread that is no more has nothing to close; whoever needed it was told.
    await thread?.ask('close', []).catch(() => undefined);
  }

  get #started(): DatabaseThread {
    if (this.#thread === null) throw new Error('the database has not been started');
    return this.#thread;
  }
}

/** The thread gets memory of its own: a view would take all that lies around it along. */
function movable(value: Incoming): Incoming {
  return value.kind === 'file' ? value : { kind: 'memory', data: new Uint8Array(value.data) };
}

function toSend({ key, type, bytes, source }: Entry): RestoredValue {
  const value: Incoming =
    source.kind === 'file'
      ? { kind: 'file', path: source.path, bytes }
      : { kind: 'memory', data: source.data };
  return { key, type, value: movable(value) };
}

const memoryOf = ({ value }: { readonly value: Incoming }): ArrayBuffer[] =>
  value.kind === 'memory' ? [value.data.buffer as ArrayBuffer] : [];

const entryOf = ({ stays: _, ...entry }: FoundValue): Entry => entry;

/** The files that a sealed value lies in are the store's, to be moved into history. */
function handOver(value: FoundValue, directory: SealDirectory): Entry {
  const entry = entryOf(value);
  const { source } = entry;
  if (source.kind !== 'file') return entry;
  const path = directory.newFile();
  if (value.stays) secondName(source.path, path);
  else moveFile(source.path, path);
  return { ...entry, source: { kind: 'file', path }, onDisk: true };
}
