import { join } from 'node:path';
import { loadRival } from '../rivals.ts';

/** The rivals that run in the measuring process, as much of them as is used. */

export interface LmdbStore {
  get(key: string): string | undefined;
  getBinaryFast(key: string): Uint8Array | undefined;
  putSync(key: string, value: string | Uint8Array): void;
  close(): Promise<void>;
}

/** In memory and without sync: no promise beyond otto's, and the fastest that lmdb can be. */
export function openLmdb(directory: string, encoding: 'string' | 'binary' = 'string'): LmdbStore | null {
  const lmdb = loadRival<{ open(options: object): LmdbStore }>('lmdb');
  return (
    lmdb?.open({ path: join(directory, `lmdb-${encoding}`), encoding, noSync: true, mapSize: 2 ** 33 }) ??
    null
  );
}

interface ShmBuffer extends Buffer {
  readonly key: number;
}

interface ShmTypedArray {
  create(count: number, type: 'Buffer'): ShmBuffer | null;
  get(key: number, type: 'Buffer'): ShmBuffer | null;
  detach(key: number, force?: boolean): number;
  destroy(key: number): boolean;
}

/** One array of fixed places: no keys, no types, one writer. */
export interface SharedArray {
  readonly buffer: Buffer;
  read(index: number, bytes: number): string;
  write(index: number, value: string): void;
  /** Gives up the mapping and maps the same memory again. */
  reattach(): Buffer | null;
  destroy(): void;
}

const PLACE = 1024;

export function openSharedArray(bytes: number): SharedArray | null {
  const shm = loadRival<ShmTypedArray>('shm-typed-array');
  const buffer = shm?.create(bytes, 'Buffer') ?? null;
  if (shm === null || buffer === null) return null;
  const { key } = buffer;
  return {
    buffer,
    read: (index, length) => buffer.toString('latin1', index * PLACE, index * PLACE + length),
    write: (index, value) => void buffer.write(value, index * PLACE, 'latin1'),
    reattach: () => shm.get(key, 'Buffer'),
    destroy: () => void shm.destroy(key),
  };
}
