import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import { bashBuiltinsPath } from '../installation.ts';
import { valueFailure } from '../journal.ts';
import type { MemoryLimit } from '../memory-limit.ts';
import type { Native, RegionEntry } from '../native.ts';
import type { DataNotice } from '../notice.ts';
import type { OutputValue } from '../output-reader.ts';
import { RegionLifecycle } from '../region-lifecycle.ts';
import { readSpool, type Spool, spoolFileBytes } from '../spool.ts';
import type { Left, Settle, Store, TaskPlace } from '../store.ts';
import { type Entry, notAmong } from '../value.ts';

export interface ShmStoreOptions {
  readonly native: Native;
  /** The run's directory in history; its name becomes part of the one in shared memory. */
  readonly runDirectory: string;
  /** Where runs are made; /dev/shm/otto-<uid> when not given. */
  readonly root?: string;
  /** Directory for what shared memory has no room for, absolute; nothing spills when not given. */
  readonly spillRoot?: string;
  /** What values may take of shared memory; no limit when not given. */
  readonly limit?: MemoryLimit;
}

/** The store that keeps a run's values in shared memory (docs/shm-format.md). */
export function createShmStore(options: ShmStoreOptions): Store {
  return new ShmStore(options);
}

/** Tells runs apart that have the same timestamp; the directory's creation refuses the one case in billions. */
const randomName = (): string => Math.random().toString(16).slice(2, 10).padEnd(8, '0');

/** What makes bash load the helpers as builtins (docs/task-protocol.md, section 5). */
function builtinsForBash(): { OTTO_BASH_BUILTINS?: string } {
  const path = bashBuiltinsPath();
  return path === null ? {} : { OTTO_BASH_BUILTINS: path };
}

class ShmStore implements Store {
  readonly name = 'shm';
  readonly readersNeedJson = false;
  readonly #regions: RegionLifecycle;
  readonly #limit: MemoryLimit | null;
  readonly #runDirectory: string;
  #notices: DataNotice[] = [];
  #hasTold = false;

  constructor({ native, runDirectory, root, spillRoot, limit }: ShmStoreOptions) {
    // Runs of other projects may have the same timestamp.
    const run = `${basename(runDirectory)}-${randomName()}`;
    this.#runDirectory = runDirectory;
    this.#limit = limit ?? null;
    this.#regions = new RegionLifecycle(native, run, {
      ...(root === undefined ? {} : { root }),
      ...(spillRoot === undefined ? {} : { spillRoot }),
      ...(limit === undefined || limit.bytes === Number.POSITIVE_INFINITY
        ? {}
        : { budgetBytes: limit.bytes }),
    });
  }

  async open(task: TaskName, dependencies: readonly TaskName[]): Promise<TaskPlace> {
    this.#regions.allocate(task, dependencies);
    const directory = this.#regions.directoryOf(task);
    if (this.#regions.isOnDisk) this.#tell(0);
    return {
      spool: directory,
      environment: { OTTO_SHM_DIR: this.#regions.directory, ...builtinsForBash() },
      shmDirectory: directory,
      spareSpool: this.#historyOf(task),
      socket: null,
    };
  }

  /** The helpers ask a directory of the reader's own which tasks it may read; it has no region. */
  async welcome(
    reader: TaskName,
    dependencies: readonly TaskName[],
  ): Promise<Readonly<Record<string, string>>> {
    this.#regions.admit(reader, dependencies);
    return { OTTO_SHM_DIR: this.#regions.directory };
  }

  async seal(task: TaskName, { scriptText, settle, captured }: Left): Promise<readonly Entry[]> {
    const spool: Spool = {
      task,
      directory: this.#regions.directoryOf(task),
      spareDirectory: this.#historyOf(task),
      scriptText,
    };
    const values = await readSpool(spool);
    for (const value of values) if (value.kind === 'file') spoolFileBytes(spool, value);
    this.#regions.take(task, values);
    if (captured?.length) await this.#regions.put(task, notAmong(this.#regions.list(task), captured));
    const settled = settle ? await this.#settle(task, settle) : null;
    const entries = this.#regions.seal(task);
    removeSpareSpool(this.#historyOf(task));
    if (settled !== null) refuseChange(task, settled, entries);
    return this.#toEntries(task, entries);
  }

  async restore(task: TaskName, values: readonly OutputValue[]): Promise<readonly Entry[]> {
    await this.#regions.put(task, values);
    return this.#toEntries(task, this.#regions.seal(task));
  }

  /** Before the region is sealed: then nobody can write to it any more. */
  async #settle(task: TaskName, settle: Settle): Promise<readonly RegionEntry[]> {
    const found = this.#regions.list(task);
    this.#regions.replace(task, await settle(found.map((entry) => this.#toEntry(task, entry))));
    return this.#regions.list(task);
  }

  #toEntries(task: TaskName, entries: readonly RegionEntry[]): readonly Entry[] {
    const directory = this.#regions.directoryOf(task);
    const allOnDisk = this.#regions.isOnDisk || isOutside(directory, this.#regions.directory);
    const spilled = allOnDisk ? entries : entries.filter((entry) => entry.spilled);
    if (spilled.length > 0) this.#tell(spilled.reduce((sum, { bytes }) => sum + bytes, 0));
    return entries.map((entry) => this.#toEntry(task, { ...entry, spilled: allOnDisk || entry.spilled }));
  }

  takeNotices(): readonly DataNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  async discard(task: TaskName): Promise<void> {
    await this.#regions.giveBack(task);
    removeSpareSpool(this.#historyOf(task));
  }

  release(task: TaskName): Promise<void> {
    return this.#regions.giveBack(task);
  }

  async close(): Promise<void> {
    this.#regions.removeAll();
  }

  #historyOf(task: TaskName): string {
    return join(this.#runDirectory, 'tasks', encodeTaskName(task));
  }

  #tell(bytes: number): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    const directory = this.#regions.spillDirectory ?? this.#regions.directory;
    const { by, bytes: limitBytes } = this.#limit ?? { by: 'shared memory', bytes: 0 };
    const reason = this.#regions.isOnDisk
      ? ({ kind: 'unusable' } as const)
      : ({ kind: 'limit', by, limitBytes } as const);
    this.#notices.push({ kind: 'spilled', bytes, directory, reason });
  }

  #toEntry(task: TaskName, { key, type, bytes, file, object, spilled }: RegionEntry): Entry {
    if (file !== null) return { key, type, bytes, source: { kind: 'file', path: file }, onDisk: spilled };
    const regions = this.#regions;
    const place = object === null ? { kind: 'memory' as const } : { kind: 'object' as const, path: object };
    const source = {
      ...place,
      get data(): Uint8Array {
        return regions.read(task, key);
      },
    };
    return { key, type, bytes, source, onDisk: spilled };
  }
}

/** A process that the task has left behind may go on writing until the region is sealed: what nobody has checked is not taken. */
function refuseChange(task: TaskName, checked: readonly RegionEntry[], sealed: readonly RegionEntry[]): void {
  const known = new Set(checked.map(identity));
  const changed = sealed.find((entry) => !known.has(identity(entry)));
  if (changed !== undefined)
    throw valueFailure(
      task,
      changed.key,
      'a process that the task left behind changed it while it was checked',
    );
}

const identity = ({ key, type, bytes, file, object }: RegionEntry): string =>
  JSON.stringify([key, type, bytes, file, object]);

/** A task whose region did not fit into shared memory has its directory outside of the run's. */
const isOutside = (directory: string, runDirectory: string): boolean => dirname(directory) !== runDirectory;

/** What a task left in its directory of history because its spool had no room. */
function removeSpareSpool(directory: string): void {
  for (const name of ['vars', 'names', 'refs', 'outputs']) {
    const path = join(directory, name);
    if (existsSync(path)) attempt('remove', path, () => rmSync(path));
  }
}
