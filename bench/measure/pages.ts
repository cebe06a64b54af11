import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(1 << 20, 1);

/** Writes a file of `bytes` bytes that no compressor or hole makes smaller than it looks. */
export function fillFile(path: string, bytes: number): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; ) left -= writeSync(file, CHUNK, 0, Math.min(left, CHUNK.length));
  } finally {
    closeSync(file);
  }
}

/**
 * Takes `bytes` of free memory and gives it back. A virtual machine hands free pages back to its host, and then the first
 * touch of each costs a fault of the host too: a factor of 1.5 to 4, at random. After this the next writer finds pages that
 * the host has already given.
 */
export function touchFreePages(bytes: number): void {
  const path = join('/dev/shm', `otto-bench-touch-${process.pid}`);
  fillFile(path, bytes);
  unlinkSync(path);
}
