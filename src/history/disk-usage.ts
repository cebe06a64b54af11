import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes per unit of `st_blocks`, whatever the file system's own block size is. */
const BLOCK_BYTES = 512;

/**
 * The bytes on disk that removing the directory gives back: allocated blocks, not lengths (files may have holes), and a file
 * with several names only when all of them are in the directory.
 */
export function bytesToFree(directory: string): number {
  const shared = new Map<string, { bytes: number; namesElsewhere: number }>();
  let bytes = 0;
  for (const path of pathsIn(directory)) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const size = stat.blocks * BLOCK_BYTES;
    if (stat.isDirectory() || stat.nlink === 1) bytes += size;
    else {
      const key = `${stat.dev}:${stat.ino}`;
      const file = shared.get(key) ?? { bytes: size, namesElsewhere: stat.nlink };
      file.namesElsewhere--;
      shared.set(key, file);
    }
  }
  for (const file of shared.values()) if (file.namesElsewhere === 0) bytes += file.bytes;
  return bytes;
}

function* pathsIn(directory: string): Generator<string> {
  yield directory;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* pathsIn(path);
    else yield path;
  }
}
