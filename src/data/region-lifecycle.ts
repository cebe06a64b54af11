import { chmodSync, constants, copyFileSync, existsSync, promises, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import type { JournalValue } from './journal.ts';
import type { Native, Region, RegionEntry, ShmRun, SweepReport } from './native.ts';
import { attemptNative } from './native-failure.ts';

/** What the runner holds of a task. */
interface TaskRegion {
  /** Null once nothing is to be read from it any more: a mapping takes address space. */
  region: Region | null;
  /** The values that have files of their own. */
  files: readonly string[];
}

/**
 * One run's regions in shared memory, from their making to the return of their memory (docs/shm-format.md, section 9):
 * allocate before the task starts, take in what bash left, seal, read, give back.
 *
 * The runner never asks for a view: a view would keep the pages of a region that was given back for as long as V8 likes.
 */
export class RegionLifecycle {
  readonly #run: ShmRun;
  readonly #tasks = new Map<TaskName, TaskRegion>();

  constructor(native: Native, run: string, root?: string) {
    this.#run = attemptNative('create the run', root ?? run, () => native.createRun(run, root));
  }

  /** The value of OTTO_SHM_DIR. */
  get directory(): string {
    return this.#run.directory;
  }

  directoryOf(task: TaskName): string {
    return join(this.#run.directory, encodeTaskName(task));
  }

  /** Makes the task's region; it may read those of `inputs`. */
  allocate(task: TaskName, inputs: readonly TaskName[]): void {
    const directory = this.directoryOf(task);
    const region = attemptNative('create', directory, () => this.#run.createTask(task, inputs));
    this.#tasks.set(task, { region, files: [] });
  }

  /** Puts values from the spool into the region; those in files without copying them. */
  take(task: TaskName, values: readonly JournalValue[]): void {
    const region = this.#regionOf(task);
    const directory = this.directoryOf(task);
    const separate = withOwnFiles(directory, values);
    attemptNative('write', region.path, () => {
      for (const value of separate) {
        if (value.kind === 'inline') setInline(region, value);
        else adopt(region, directory, value);
      }
    });
  }

  /**
   * Ends all writing and lists the values. What the task's directory holds beside them (overwritten values, the spool) is
   * removed: it occupies memory.
   */
  seal(task: TaskName): readonly RegionEntry[] {
    const region = this.#regionOf(task);
    const entries = attemptNative('seal', region.path, () => {
      region.seal();
      return region.entries();
    });
    const files = entries.flatMap(({ file }) => file ?? []);
    removeOthers(
      this.directoryOf(task),
      new Set(['region', 'inputs', ...files.map((file) => basename(file))]),
    );
    if (files.length === entries.length) region.close();
    this.#tasks.set(task, { region: files.length === entries.length ? null : region, files });
    return entries;
  }

  /** A copy of a value that lies in the region itself. */
  read(task: TaskName, key: string): Buffer {
    const region = this.#regionOf(task);
    return attemptNative('read', region.path, () => region.getBytes(key)) ?? Buffer.alloc(0);
  }

  /** Removes the task's values. Existing mappings of readers stay valid. */
  async giveBack(task: TaskName): Promise<void> {
    const held = this.#tasks.get(task);
    if (held === undefined) return;
    this.#tasks.delete(task);
    // Freeing gigabytes takes a while: on the thread pool, not here.
    await Promise.all(held.files.map((file) => promises.unlink(file).catch(() => {})));
    held.region?.close();
    attemptNative('remove', this.directoryOf(task), () => this.#run.removeTask(task));
  }

  /** Removes the whole run. Idempotent. */
  removeAll(): void {
    for (const { region } of this.#tasks.values()) region?.close();
    this.#tasks.clear();
    attemptNative('remove', this.#run.directory, () => this.#run.remove());
  }

  #regionOf(task: TaskName): Region {
    const region = this.#tasks.get(task)?.region;
    if (!region) throw new Error(`no region for task ${task}`);
    return region;
  }
}

/**
 * Removes what dead runs of this user left in shared memory. Does not even load the addon when there is nothing: null.
 * `root` is /dev/shm/otto-<uid> when not given.
 */
export function sweepDeadRuns(loadNative: () => Native, root = defaultRoot()): SweepReport | null {
  if (!existsSync(root) || attempt('read', root, () => readdirSync(root)).length === 0) return null;
  return attemptNative('sweep', root, () => loadNative().sweep(root));
}

function defaultRoot(): string {
  return `/dev/shm/otto-${process.getuid?.() ?? 0}`;
}

function removeOthers(directory: string, needed: ReadonlySet<string>): void {
  for (const name of attempt('read', directory, () => readdirSync(directory))) {
    if (!needed.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function setInline(region: Region, { key, type, data }: JournalValue & { kind: 'inline' }): void {
  if (type === 'json') region.setJson(key, data.toString());
  else if (type === 'bytes') region.setBytes(key, data);
  else region.setRaw(key, data);
}

function adopt(region: Region, directory: string, value: JournalValue & { kind: 'file' }): void {
  // A script's umask may have let others read it; a region's files must deny that.
  chmodSync(join(directory, value.fileName), 0o600);
  region.adoptFile(value.key, value.type, value.fileName);
}

/** Each value with a file of its own: the first key takes a spool file away, further ones that name it get a copy. */
function withOwnFiles(directory: string, values: readonly JournalValue[]): JournalValue[] {
  const taken = new Set<string>();
  return values.map((value) => {
    if (value.kind === 'inline') return value;
    if (!taken.has(value.fileName)) {
      taken.add(value.fileName);
      return value;
    }
    const fileName = `0-${taken.size}.value`;
    taken.add(fileName);
    const copy = join(directory, fileName);
    attempt('write', copy, () =>
      copyFileSync(join(directory, value.fileName), copy, constants.COPYFILE_EXCL),
    );
    return { ...value, fileName };
  });
}
