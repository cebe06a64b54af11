import type { ValueType } from './value.ts';

/**
 * The one door between JavaScript and C++. Everything else in otto speaks to shared memory through these types; the addon
 * behind them (native/addon) only translates to native/core.
 *
 * Failures come out as NativeError: what was attempted, on which file, and why.
 */
export interface NativeError extends Error {
  readonly code: 'corrupt' | 'no-space' | 'sealed' | 'version' | 'foreign' | 'too-large' | 'io' | 'usage';
  readonly path: string;
  /** The name of the system's answer (`EMFILE`), when that was the reason. */
  readonly errno?: string;
}

/** One key of a region as `entries()` lists it. */
export interface RegionEntry {
  readonly key: string;
  readonly type: ValueType;
  /** Length in bytes; exact up to 2^53. */
  readonly bytes: number;
  /** Absolute path of the value's own file, or null when the value is in the region itself, or in an object. */
  readonly file: string | null;
  /** Absolute path of the stub that names the value's shared memory object, which only the addon can read; else null. */
  readonly object: string | null;
  /** True when the value lies on disk because shared memory had no room. */
  readonly spilled: boolean;
}

/** One task's region (docs/shm-format.md). Not bound to a thread: each worker opens its own. */
export interface Region {
  readonly path: string;
  /** Absolute path of the task's directory: in shared memory, or on disk when nothing could be made there. */
  readonly directory: string;
  /** Absolute path of the task's directory for what shared memory has no room for; null when it cannot spill. */
  readonly spillDirectory: string | null;
  /** Strings up to 2^29 − 24 UTF-16 units. Copies once. */
  setString(key: string, value: string): void;
  setBytes(key: string, value: Uint8Array): void;
  /** `text` must be compact JSON; it is not checked. */
  setJson(key: string, text: string): void;
  setRaw(key: string, value: Uint8Array): void;
  setNumber(key: string, value: number): void;
  delete(key: string): boolean;
  /** Undefined when absent. Strings throw `too-large` when V8 cannot hold them: use `view`. */
  getString(key: string): string | undefined;
  /** A copy. */
  getBytes(key: string): Buffer | undefined;
  typeOf(key: string): ValueType | undefined;
  has(key: string): boolean;
  /**
   * The value's bytes, without a copy, valid as long as it is reachable, whatever happens to the region's name. At most 4 GiB at
   * once on Node 20; larger values by `offset` and `length`. Writing through it is not allowed (the pages are read-only).
   */
  view(key: string, range?: { readonly offset: number; readonly length: number }): Uint8Array | undefined;
  /** In the order in which keys were first set. */
  entries(): RegionEntry[];
  /**
   * Publishes the value that `source` has for `sourceKey` as this key's own, with its type: without a copy when it has a file of
   * its own. False when there is no such value.
   */
  forward(key: string, source: Region, sourceKey: string): boolean;
  /** Takes a file of the task's directory that is complete as the value of `key`, without copying it. */
  adoptFile(key: string, type: ValueType, fileName: string): void;
  seal(): void;
  readonly sealed: boolean;
  close(): void;
}

/** Methods of a region that take a key's number in place of the key. */
export interface NumberedMethods {
  /** Gives a key its number; undefined when 1024 keys of the region have one. Each key at most once. */
  number(key: string): number | undefined;
  getString(number: number): string | undefined;
  has(number: number): boolean;
  setString(number: number, value: string): void;
  setNumber(number: number, value: number): void;
}

/** Where a run's values may lie besides shared memory, and how much of that they may take. */
export interface RunOptions {
  /** Default: /dev/shm/otto-<uid>; `$TMPDIR/otto-<uid>` for shared memory objects (docs/shm-format.md, section 12). */
  readonly root?: string;
  /** Absolute path of a directory for what shared memory has no room for; made (mode 0700) when missing. Without it nothing spills. */
  readonly spillRoot?: string;
  /** Bytes of shared memory that the run's values may take before they spill; no limit when not given. */
  readonly budgetBytes?: number;
}

/** A run's directory in shared memory, locked while this process lives. */
export interface ShmRun {
  /** Absolute path; the value of OTTO_SHM_DIR. */
  readonly directory: string;
  /** Absolute path of its directory on disk; null without a spill root. Equal to `directory` when shared memory could not be used. */
  readonly spillDirectory: string | null;
  createTask(task: string, inputs: readonly string[]): Region;
  /** Removes the task's directory and all in it. */
  removeTask(task: string): void;
  /** Removes the whole run and drops the lock. Idempotent. */
  remove(): void;
}

/** What a check of a region found (otto data check). */
export interface RegionCheck {
  readonly keys: number;
  readonly valueBytes: number;
  readonly valueFiles: number;
  readonly spilledBytes: number;
  readonly regionBytes: number;
  /** Reserved, but of no use to any key. */
  readonly unusedBytes: number;
  readonly strayFiles: number;
  readonly sealed: boolean;
}

export interface SweepReport {
  readonly removedRuns: readonly string[];
  readonly freedBytes: number;
  /** Directories that could not be judged or removed, with the reason. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

/** What pumping streams between tasks needs of the system. */
export interface NativeStreams {
  /** Throws NativeError. */
  makeFifo(path: string): void;
  /** Lets a pipe hold more, as far as the system allows. */
  widen(descriptor: number): void;
  /** Tells from the event loop, again and again while it is resumed, that a descriptor can be read or written. Begins paused. */
  readonly Watch: new (
    descriptor: number,
    forWriting: boolean,
    onReady: () => void,
  ) => NativeWatch;
  /** XXH3-128 of what comes piece by piece. */
  readonly Hash: new () => NativeHash;
  /**
   * Hands on what comes in at one pipe to another one on a thread of its own, and hashes it. Until it is stopped nobody else touches
   * pipes and hash. `onEnd` is called from the event loop when it has ended by itself; it is to be stopped then, too. Absent where the
   * system cannot do it (others than Linux).
   */
  readonly Relay?: new (
    pipes: { readonly from: number; readonly to: number; readonly stallMs: number },
    hash: NativeHash,
    onEnd: () => void,
  ) => NativeRelay;
}

export interface NativeHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

export interface NativeRelay {
  /** `bytes` have been read from one pipe, put into the other, and hashed. */
  stop(): {
    readonly bytes: number;
    readonly reason: 'ended' | 'closed' | 'stalled' | 'stopped' | 'failed';
  };
}

export interface NativeWatch {
  pause(): void;
  resume(): void;
  /** To be called before the descriptor is closed. */
  close(): void;
}

/** A program that is to be started in a session of its own, with empty stdin and default signals. */
export interface ProgramToSpawn {
  /** Without a slash: looked for in the PATH of `environment`. */
  readonly file: string;
  /** From the program's own name on. */
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  readonly directory: string;
  /** Descriptors that become its 1 and 2. They stay open here. */
  readonly stdout: number;
  readonly stderr: number;
}

/** After the end of the pipe its methods do nothing. */
export interface NativePipeReader {
  pause(): void;
  resume(): void;
  /** It does not keep the event loop alive any more. */
  unref(): void;
  close(): void;
}

/** For a process that is to be the parent of every orphan below it, in the place of init. */
export interface NativeOrphans {
  /** Orphans become this process's children from now on, or no longer. False: the system does not do it. */
  adopt(on: boolean): boolean;
  /** The pid of a child that has ended and that nobody has collected; 0: none has; -1: there are no children. */
  endedChild(): number;
  /** Collects a child that has ended; its pid is free after that. Not for what `spawn` or Node has started. */
  collect(pid: number): void;
}

export interface Native {
  readonly version: string;
  /** Creates `<root>/<run>` and, with a spill root, `<spillRoot>/<run>`. */
  createRun(run: string, options?: RunOptions): ShmRun;
  /** Opens a task's region for reading and writing; `directory` is `<OTTO_SHM_DIR>/<task>`. */
  openRegion(directory: string): Region;
  /** Calls `see` with every region that is made or opened from now on, in place of who was called before. */
  onRegion(see: (region: Region) => void): void;
  numberedMethods(region: Region): NumberedMethods;
  /** Checks a task's region, the file `region` in `directory`, with its value files. Throws NativeError for the first broken rule. */
  checkRegion(directory: string): RegionCheck;
  /**
   * Removes what dead runs of this user left below a root, in shared memory or on disk. With `dryRun` it only tells what it
   * would remove, and what that takes below this root.
   */
  sweep(root?: string, options?: { readonly dryRun?: boolean }): SweepReport;
  /**
   * Copies `from` to the new file `to` and hashes it on the way, on a thread of libuv's pool. The hash is XXH3-128 in
   * canonical hex; `utf8` tells whether the bytes are valid UTF-8. `to` null: only hash. With `objectBytes`, `from` is the
   * stub of a shared memory object that holds a value of this length.
   */
  copyAndHash(
    from: string,
    to: string | null,
    objectBytes?: number,
  ): Promise<{ xxh128: string; bytes: number; utf8: boolean }>;
  /** Removes a file, a directory with all in it, or a stub with its object. A missing one is no error. */
  remove(path: string): void;
  xxh128(data: Uint8Array): string;
  /** A file's bytes without a copy, read-only pages, valid as long as they are reachable; at most 4 GiB. */
  mapFile(path: string): Uint8Array;
  /** A pipe's two descriptors, both close-on-exec. The caller closes them. */
  openPipe(): { readonly reader: number; readonly writer: number };
  /** Reads a pipe, from the event loop. */
  readonly PipeReader: new (
    descriptor: number,
    /** Gets each piece; null when it has ended and is closed. */
    onRead: (piece: Buffer | null) => void,
  ) => NativePipeReader;
  /**
   * Writes to a pipe, socket or file what it takes without waiting and returns how many bytes those are: 0 also for every error
   * and for terminals.
   */
  writeNow(descriptor: number, bytes: Uint8Array): number;
  isTerminal(descriptor: number): boolean;
  /**
   * Connects to the Unix domain stream socket at `path` and returns its descriptor, blocking and close-on-exec: the only way for a task in
   * Node to speak to a socket and wait for the answer. The caller closes it. Throws NativeError.
   */
  connectUnix(path: string): number;
  /** Who is at the other end of a connected Unix domain socket, as a uid. */
  peerUid(descriptor: number): number;
  /** The same as a pid; 0 where the system does not tell, or when it cannot be seen from here. */
  peerPid(descriptor: number): number;
  /**
   * Starts a program, at a cost that does not grow with this process (Node's own forks). Returns its pid, or the negative
   * errno that kept it from starting. `onExit` is called from the event loop once the process has ended and its pid is
   * free; `signal` is 0 when it ended by itself. Absent where the system cannot do it (Linux before 5.3, others).
   */
  spawn?(program: ProgramToSpawn, onExit: (code: number, signal: number) => void): number;
  readonly streams: NativeStreams;
  /** Absent where the system does not let a process adopt orphans (others than Linux). */
  readonly orphans?: NativeOrphans;
}
