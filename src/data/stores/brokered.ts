import { copyFileSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import type { Backend, Incoming, SealDirectory } from '../broker/backend.ts';
import type { Broker } from '../broker/broker.ts';
import { replaceEntries } from '../declared-outputs.ts';
import { type JournalValue, lastWins } from '../journal.ts';
import type { DataNotice } from '../notice.ts';
import type { OutputValue } from '../output-reader.ts';
import { isSpoolFile, type Spool, spoolFileBytes, spoolRecords } from '../spool.ts';
import type { Left, Store, TaskPlace } from '../store.ts';
import type { Entry } from '../value.ts';

export interface BrokeredStoreOptions {
  /** Serves the tasks of the run; it may serve other stores, too. */
  readonly broker: Broker;
  readonly backend: Backend;
  /** The run's directory in history; the tasks' directories are made there by the runner. */
  readonly runDirectory: string;
  /** False when every client can get values through the socket. */
  readonly readersNeedJson: boolean;
}

/** A store whose values tasks set and get through otto, on a socket (docs/stores.md). */
export function createBrokeredStore(options: BrokeredStoreOptions): Store {
  return new BrokeredStore(options);
}

class BrokeredStore implements Store {
  readonly name: Backend['name'];
  readonly readersNeedJson: boolean;
  readonly #broker: Broker;
  readonly #backend: Backend;
  readonly #runDirectory: string;
  /** Tasks whose spools may hold something. */
  readonly #open = new Set<TaskName>();
  #started: Promise<void> | null = null;

  constructor({ broker, backend, runDirectory, readersNeedJson }: BrokeredStoreOptions) {
    this.name = backend.name;
    this.readersNeedJson = readersNeedJson;
    this.#broker = broker;
    this.#backend = backend;
    this.#runDirectory = runDirectory;
  }

  async open(task: TaskName, dependencies: readonly TaskName[]): Promise<TaskPlace> {
    this.#started ??= this.#backend.start();
    await this.#started;
    await this.#backend.open(task);
    await this.#broker.open(task, { backend: this.#backend, readable: new Set(dependencies) });
    this.#open.add(task);
    const { path } = this.#broker;
    return {
      spool: this.#spoolOf(task),
      environment: { ...this.#backend.environment, OTTO_SOCKET: path },
      shmDirectory: null,
      spareSpool: null,
      socket: path,
    };
  }

  async admit(reader: TaskName, dependencies: readonly TaskName[]): Promise<void> {
    await this.#broker.open(reader, { backend: null, readable: new Set(dependencies) });
  }

  /** The broker has been told by `admit`, or when the task was opened. */
  async welcome(): Promise<Readonly<Record<string, string>>> {
    return { ...this.#backend.environment, OTTO_SOCKET: this.#broker.path };
  }

  async seal(task: TaskName, left: Left): Promise<readonly Entry[]> {
    let entries: readonly Entry[] = [];
    try {
      await this.#broker.seal(task);
      await this.#takeSpool({ task, directory: this.#spoolOf(task), scriptText: left.scriptText });
      for (const value of left.captured ?? []) await this.#takeCaptured(task, value);
      const sealed = await this.#backend.seal(task, newFilesIn(this.#spoolOf(task)));
      const replacements = (await left.settle?.(sealed)) ?? [];
      entries = replaceEntries(sealed, replacements);
      if (replacements.length > 0) await this.#backend.replace?.(task, replacements);
      return entries;
    } finally {
      // Also when it has failed: others may wait for what it has set.
      this.#broker.publish(task, entries);
    }
  }

  async restore(task: TaskName, values: readonly OutputValue[]): Promise<readonly Entry[]> {
    await this.#broker.seal(task);
    await this.#backend.restore(task, values);
    this.#broker.publish(task, values);
    return values;
  }

  takeNotices(): readonly DataNotice[] {
    return [...this.#broker.takeNotices(), ...this.#backend.takeNotices()];
  }

  async discard(task: TaskName): Promise<void> {
    await this.#broker.seal(task);
    await this.#broker.forget(task);
    await this.#backend.discard(task);
    this.#emptySpool(task);
  }

  async release(task: TaskName): Promise<void> {
    await this.#broker.forget(task);
    await this.#backend.release(task);
    this.#emptySpool(task);
  }

  hurry(): void {
    this.#backend.hurry?.();
  }

  async close(): Promise<void> {
    // A task's last request may still wait, and the broker for that.
    this.hurry();
    await this.#broker.close();
    await this.#started?.catch(() => undefined);
    await this.#backend.close();
    for (const task of this.#open) this.#emptySpool(task);
  }

  #spoolOf(task: TaskName): string {
    return join(this.#runDirectory, 'tasks', encodeTaskName(task));
  }

  /** What bash and clients without a socket have left. */
  async #takeSpool(spool: Spool): Promise<void> {
    const records = await spoolRecords(spool);
    const { task, directory } = spool;
    for (const { kind, key } of records) if (kind === 'deleted') await this.#backend.delete(task, key);
    const values = lastWins(records);
    const files = new FilesToTake(spool, values);
    for (const value of values) {
      const { key, type } = value;
      await this.#backend.put({ task, key, type, value: files.incoming(value) });
    }
    if (records.length === 0) return;
    for (const name of ['journal', 'outputs']) rmSync(join(directory, name), { force: true });
  }

  async #takeCaptured(task: TaskName, { key, type, bytes, source }: Entry): Promise<void> {
    if ((await this.#backend.get(task, key)) !== null) return;
    const value: Incoming =
      source.kind === 'file'
        ? { kind: 'file', path: source.path, bytes }
        : { kind: 'memory', data: source.data };
    await this.#backend.put({ task, key, type, value });
  }

  #emptySpool(task: TaskName): void {
    if (!this.#open.delete(task)) return;
    const directory = this.#spoolOf(task);
    const names = attempt('read', directory, () => readdirSync(directory)).filter(isSpoolFile);
    for (const path of names.map((name) => join(directory, name)))
      attempt('remove', path, () => rmSync(path, { force: true }));
  }
}

/** Spool files on their way to a back end, which takes them away: one that several keys name gets a name for each. */
class FilesToTake {
  readonly #spool: Spool;
  readonly #users = new Map<string, number>();

  constructor(spool: Spool, values: readonly JournalValue[]) {
    this.#spool = spool;
    for (const value of values)
      if (value.kind === 'file') this.#users.set(value.fileName, (this.#users.get(value.fileName) ?? 0) + 1);
  }

  incoming(value: JournalValue): Incoming {
    if (value.kind === 'inline') return { kind: 'memory', data: value.data };
    const bytes = spoolFileBytes(this.#spool, value);
    const path = join(this.#spool.directory, value.fileName);
    const left = (this.#users.get(value.fileName) ?? 1) - 1;
    this.#users.set(value.fileName, left);
    return { kind: 'file', path: left === 0 ? path : secondName(path, `${path}.${left}`), bytes };
  }
}

/** Not every file system has links. */
function secondName(path: string, name: string): string {
  attempt('write', name, () => {
    try {
      linkSync(path, name);
    } catch {
      copyFileSync(path, name);
    }
  });
  return name;
}

function newFilesIn(directory: string): SealDirectory {
  let count = 0;
  return { newFile: () => join(directory, `0-${++count}.value`) };
}
