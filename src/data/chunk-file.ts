import { closeSync, openSync, promises, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { attempt, attemptAsync } from '../base/io-failure.ts';

type Chunk = string | Uint8Array;

const BATCH_BYTES = 1024 * 1024;

/**
 * Writes a file from pieces, atomically: under a temporary name first, which takes the place of `path` at the end. Small
 * files cost four system calls and no trip through the thread pool; large ones are written in batches.
 */
export async function writeChunks(path: string, chunks: AsyncIterable<Chunk>): Promise<void> {
  const temporary = `${path}.new`;
  const batch = new Batch();
  let file: FileHandle | undefined;
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      if (batch.bytes < BATCH_BYTES) continue;
      file ??= await attemptAsync('write', path, () => promises.open(temporary, 'w', 0o600));
      await writeAll(file, path, batch.take());
    }
    if (file === undefined) {
      writeSmall(path, temporary, batch.take());
      return;
    }
    await writeAll(file, path, batch.take());
    await file.close();
    await attemptAsync('write', path, () => promises.rename(temporary, path));
  } catch (error) {
    await file?.close().catch(() => {});
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Creates or replaces a small file in place; for files that nobody reads before the writer is done. */
export function writeNow(path: string, data: Chunk): void {
  attempt('write', path, () => {
    const fd = openSync(path, 'w', 0o600);
    try {
      writeFileSync(fd, data);
    } finally {
      closeSync(fd);
    }
  });
}

function writeSmall(path: string, temporary: string, data: Buffer): void {
  writeNow(temporary, data);
  attempt('write', path, () => renameSync(temporary, path));
}

function writeAll(file: FileHandle, path: string, data: Buffer): Promise<void> {
  return attemptAsync('write', path, () => file.writeFile(data));
}

class Batch {
  #chunks: Buffer[] = [];
  bytes = 0;

  push(chunk: Chunk): void {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#chunks.push(bytes);
    this.bytes += bytes.length;
  }

  take(): Buffer {
    const data = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    const all = data ?? Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.bytes = 0;
    return all;
  }
}
