import { basename } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import type { Native, RegionEntry } from '../native.ts';
import { RegionLifecycle } from '../region-lifecycle.ts';
import { readSpool, spoolFileBytes } from '../spool.ts';
import type { Store, TaskPlace } from '../store.ts';
import type { Entry } from '../value.ts';

export interface ShmStoreOptions {
  readonly native: Native;
  /** The run's directory in history; its name becomes part of the one in shared memory. */
  readonly runDirectory: string;
  /** Where runs are made; /dev/shm/otto-<uid> when not given. */
  readonly root?: string;
}

/** The store that keeps a run's values in shared memory (docs/shm-format.md). */
export function createShmStore(options: ShmStoreOptions): Store {
  return new ShmStore(options);
}

/** Tells runs apart that have the same timestamp; the directory's creation refuses the one case in billions. */
const randomName = (): string => Math.random().toString(16).slice(2, 10).padEnd(8, '0');

class ShmStore implements Store {
  readonly name = 'shm';
  readonly readersNeedJson = false;
  readonly #regions: RegionLifecycle;

  constructor({ native, runDirectory, root }: ShmStoreOptions) {
    // Runs of other projects may have the same timestamp.
    const run = `${basename(runDirectory)}-${randomName()}`;
    this.#regions = new RegionLifecycle(native, run, root);
  }

  async open(task: TaskName, dependencies: readonly TaskName[]): Promise<TaskPlace> {
    this.#regions.allocate(task, dependencies);
    const directory = this.#regions.directoryOf(task);
    return {
      spool: directory,
      environment: { OTTO_SHM_DIR: this.#regions.directory },
      shmDirectory: directory,
    };
  }

  async seal(task: TaskName, scriptText: string): Promise<readonly Entry[]> {
    const spool = { task, directory: this.#regions.directoryOf(task), scriptText };
    const values = await readSpool(spool);
    for (const value of values) if (value.kind === 'file') spoolFileBytes(spool, value);
    this.#regions.take(task, values);
    return this.#regions.seal(task).map((entry) => this.#toEntry(task, entry));
  }

  release(task: TaskName): Promise<void> {
    return this.#regions.giveBack(task);
  }

  async close(): Promise<void> {
    this.#regions.removeAll();
  }

  #toEntry(task: TaskName, { key, type, bytes, file }: RegionEntry): Entry {
    if (file !== null) return { key, type, bytes, source: { kind: 'file', path: file } };
    const regions = this.#regions;
    const source = {
      kind: 'memory' as const,
      get data(): Uint8Array {
        return regions.read(task, key);
      },
    };
    return { key, type, bytes, source };
  }
}
