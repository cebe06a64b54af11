import { promises, statSync } from 'node:fs';
import type { IHasher } from 'hash-wasm';
import { attempt, attemptAsync } from '../base/io-failure.ts';
import type { Native } from './native.ts';
import { isNativeError, nativeFailure } from './native-failure.ts';
import { Utf8Stream } from './utf8-stream.ts';

export interface HashedFile {
  readonly xxh128: string;
  readonly bytes: number;
  /** Whether the file's bytes are valid UTF-8. */
  readonly utf8: boolean;
}

/** XXH3-128 (seed 0, canonical hex) of values, and copying them on the way. */
export interface Hasher {
  hash(data: Uint8Array): Promise<string>;
  /**
   * Copies `from` to the new file `to`, or only reads it when `to` is null. With `objectBytes`, `from` is the stub of a shared
   * memory object that holds a value of this length.
   */
  copyAndHash(from: string, to: string | null, objectBytes?: number): Promise<HashedFile>;
}

/**
 * Hashes a file of history; one that several values share (a value that was forwarded is a link) is read once. Only for files
 * that stay: another file could get the number of one that is removed.
 */
export class KeptFiles {
  readonly #hasher: Hasher;
  readonly #shared = new Map<string, Promise<HashedFile>>();

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  hash(path: string): Promise<HashedFile> {
    const { dev, ino, nlink } = attempt('read', path, () => statSync(path, { bigint: true }));
    if (nlink === 1n) return this.#hasher.copyAndHash(path, null);
    const key = `${dev}:${ino}`;
    const known = this.#shared.get(key) ?? this.#hasher.copyAndHash(path, null);
    this.#shared.set(key, known);
    return known;
  }
}

/**
 * Hashes through the addon when `loadNative` gives one, else in WebAssembly; what it needs is loaded with the first value.
 */
export function createHasher(loadNative: () => Native | null): Hasher {
  let loaded: Hasher | undefined;
  const hasher = (): Hasher => {
    loaded ??= hasherOf(loadNative());
    return loaded;
  };
  return {
    hash: (data) => hasher().hash(data),
    copyAndHash: (from, to, objectBytes) => hasher().copyAndHash(from, to, objectBytes),
  };
}

function hasherOf(native: Native | null): Hasher {
  if (native === null) return { hash: hashInWasm, copyAndHash: copyAndHashInWasm };
  return {
    hash: async (data) => native.xxh128(data),
    copyAndHash: (from, to, objectBytes) =>
      objectBytes === undefined
        ? copyAndHashNatively(native, from, to)
        : copyObjectNatively(native, { stub: from, to, bytes: objectBytes }),
  };
}

/** XXH3-128 of what comes piece by piece; as canonical hex. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** By the addon, or without it in WebAssembly. */
export async function runningHash(native: Native | null): Promise<RunningHash> {
  if (native !== null) return new native.streams.Hash();
  const hasher = await newWasmHasher();
  return { update: (bytes) => void hasher.update(bytes), digest: () => hasher.digest('hex') };
}

interface ObjectToCopy {
  readonly stub: string;
  readonly to: string | null;
  readonly bytes: number;
}

/** There is no other way to its bytes. */
async function copyObjectNatively(native: Native, { stub, to, bytes }: ObjectToCopy): Promise<HashedFile> {
  try {
    return await native.copyAndHash(stub, to, bytes);
  } catch (error) {
    throw isNativeError(error) ? nativeFailure(error, 'write', to ?? stub) : error;
  }
}

async function copyAndHashNatively(native: Native, from: string, to: string | null): Promise<HashedFile> {
  try {
    return await native.copyAndHash(from, to);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    if (error.code === 'no-space') throw nativeFailure(error, 'write', to ?? from);
    // The addon does not tell the errno. The slow way does, or it works.
    if (to !== null) await promises.rm(to, { force: true });
    return copyAndHashInWasm(from, to);
  }
}

// Loading costs about 25 ms, so it waits for the first value.
async function newWasmHasher(): Promise<IHasher> {
  const { createXXHash128 } = await import('hash-wasm');
  return createXXHash128(0, 0);
}

let shared: Promise<IHasher> | undefined;

async function hashInWasm(data: Uint8Array): Promise<string> {
  shared ??= newWasmHasher();
  // From init to digest nothing waits, so concurrent callers do not mix.
  return (await shared).init().update(data).digest('hex');
}

const CHUNK_BYTES = 1024 * 1024;

async function copyAndHashInWasm(from: string, to: string | null): Promise<HashedFile> {
  const hasher = await newWasmHasher();
  const utf8 = new Utf8Stream();
  let bytes = 0;
  const target = to === null ? null : await attemptAsync('write', to, () => promises.open(to, 'wx', 0o600));
  try {
    for await (const chunk of chunksOf(from)) {
      hasher.update(chunk);
      utf8.push(chunk);
      bytes += chunk.length;
      if (target !== null) await attemptAsync('write', to ?? from, () => target.writeFile(chunk));
    }
  } finally {
    await target?.close();
  }
  return { xxh128: hasher.digest('hex'), bytes, utf8: utf8.end() };
}

/** The file's bytes, piece by piece, in one buffer that is filled again and again. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = await attemptAsync('read', path, () => promises.open(path, 'r'));
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await attemptAsync('read', path, () => file.read(buffer, 0, CHUNK_BYTES));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
