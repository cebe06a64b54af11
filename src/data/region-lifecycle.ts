import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  promises,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import type { Replacement } from './declared-outputs.ts';
import type { JournalValue } from './journal.ts';
import type { Native, Region, RegionEntry, RunOptions, ShmRun, SweepReport } from './native.ts';
import { attemptNative } from './native-failure.ts';
import { putValue, replaceValue } from './region-values.ts';
import type { Entry } from './value.ts';

/** What the runner holds of a task. */
interface TaskRegion {
  /** Absolute path of the task's directory: in shared memory, or on disk when that has no room. */
  readonly directory: string;
  /** Where its values go that shared memory has no room for; need not exist. */
  readonly spillDirectory: string | null;
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
  readonly #native: Native;
  readonly #run: ShmRun;
  readonly #tasks = new Map<TaskName, TaskRegion>();

  constructor(native: Native, run: string, options: RunOptions = {}) {
    this.#native = native;
    this.#run = attemptNative('create the run', options.root ?? run, () => native.createRun(run, options));
  }

  /** The value of OTTO_SHM_DIR. */
  get directory(): string {
    return this.#run.directory;
  }

  /** True when nothing could be made in shared memory: the whole run lies on disk. */
  get isOnDisk(): boolean {
    return this.#run.directory === this.#run.spillDirectory;
  }

  /** Absolute path of the directory for what shared memory has no room for. */
  get spillDirectory(): string | null {
    return this.#run.spillDirectory;
  }

  directoryOf(task: TaskName): string {
    return this.#heldOf(task).directory;
  }

  /** Makes the task's region; it may read those of `inputs`. */
  allocate(task: TaskName, inputs: readonly TaskName[]): void {
    const region = attemptNative('create', this.directory, () => this.#run.createTask(task, inputs));
    const { directory, spillDirectory } = region;
    this.#tasks.set(task, { directory, spillDirectory, region, files: [] });
  }

  /** Lets a task without a region read those of `inputs` by the helpers. It goes with the run. */
  admit(reader: TaskName, inputs: readonly TaskName[]): void {
    const directory = join(this.directory, encodeTaskName(reader));
    attempt('create', directory, () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(join(directory, 'inputs'), inputs.map((name) => `${name}\0`).join(''), { mode: 0o600 });
    });
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

  /** The values as they are while the task's leftovers may still write. */
  list(task: TaskName): readonly RegionEntry[] {
    const region = this.#regionOf(task);
    return attemptNative('read', region.path, () => region.entries());
  }

  replace(task: TaskName, replacements: readonly Replacement[]): void {
    const region = this.#regionOf(task);
    for (const replacement of replacements) replaceValue({ native: this.#native, region }, replacement);
  }

  /** Puts values into the region of a task that does not run, or no longer: of history, or captured. */
  async put(task: TaskName, values: readonly Entry[]): Promise<void> {
    const region = this.#regionOf(task);
    for (const value of values) await putValue({ native: this.#native, region }, value);
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
    const { directory, spillDirectory } = this.#heldOf(task);
    const needed = new Set(entries.flatMap(({ file, object }) => file ?? object ?? []));
    this.#removeOthers(directory, needed);
    if (spillDirectory !== null && existsSync(spillDirectory)) this.#removeOthers(spillDirectory, needed);
    if (files.length === entries.length) region.close();
    const isReadable = files.length < entries.length;
    this.#tasks.set(task, { directory, spillDirectory, region: isReadable ? region : null, files });
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
    attemptNative('remove', held.directory, () => this.#run.removeTask(task));
  }

  /** Removes the whole run. Idempotent. */
  removeAll(): void {
    for (const { region } of this.#tasks.values()) region?.close();
    this.#tasks.clear();
    attemptNative('remove', this.#run.directory, () => this.#run.remove());
  }

  /** By the addon: a value may be a stub, whose object has to go with it. */
  #removeOthers(directory: string, needed: ReadonlySet<string>): void {
    for (const name of attempt('read', directory, () => readdirSync(directory))) {
      const path = join(directory, name);
      if (PART_OF_A_REGION.test(name) || needed.has(path)) continue;
      attemptNative('remove', path, () => this.#native.remove(path));
    }
  }

  #heldOf(task: TaskName): TaskRegion {
    const held = this.#tasks.get(task);
    if (held === undefined) throw new Error(`no region for task ${task}`);
    return held;
  }

  #regionOf(task: TaskName): Region {
    const { region } = this.#heldOf(task);
    if (region === null) throw new Error(`the region of task ${task} is closed`);
    return region;
  }
}

/** Files of the format that a task's directories hold beside values (docs/shm-format.md, sections 1 and 12). */
const PART_OF_A_REGION = /^(region(\.p?\d+)?|inputs)$/;

/**
 * Removes what dead runs of this user left below `root`, in shared memory or on disk. Does not even load the addon when there is
 * nothing: null.
 */
export function sweepDeadRuns(loadNative: () => Native, root: string): SweepReport | null {
  if (!existsSync(root) || attempt('read', root, () => readdirSync(root)).length === 0) return null;
  return attemptNative('sweep', root, () => loadNative().sweep(root));
}

/**
 * Where runs lie in shared memory when nothing else is said: what native/core/shm_root.cc says, too. Of shared memory objects
 * only the stubs lie there.
 */
export function sharedMemoryRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const name = `otto-${process.getuid?.() ?? 0}`;
  const { OTTO_SHM_BACKEND: backend, TMPDIR: temporary } = environment;
  if (process.platform === 'linux' && backend !== 'objects') return join('/dev/shm', name);
  return join(temporary?.startsWith('/') ? temporary : '/tmp', name);
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
