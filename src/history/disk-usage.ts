import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Bytes per unit of `st_blocks`, whatever the file system's own block size is. */
const BLOCK_BYTES = 512;

/** The bytes on disk that removing the directory gives back. */
export const bytesToFree = (directory: string): number => bytesToFreeEach([directory])[0] ?? 0;

/**
 * The bytes that removing the directories, one after the other, gives back each time: allocated blocks, not lengths (files may
 * have holes), and a file with several names with the last of them.
 */
export function bytesToFreeEach(directories: readonly string[]): number[] {
  const names = new Map<string, number>();
  return directories.map((directory) => {
    let bytes = 0;
    for (const path of pathsIn(directory)) {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (stat.isDirectory() || isLastName(names, stat)) bytes += stat.blocks * BLOCK_BYTES;
    }
    return bytes;
  });
}

/** Counts the names of a file that go; `left` holds how many there are besides. */
function isLastName(left: Map<string, number>, { dev, ino, nlink }: Stats): boolean {
  if (nlink === 1) return true;
  const key = `${dev}:${ino}`;
  const others = (left.get(key) ?? nlink) - 1;
  left.set(key, others);
  return others === 0;
}

function* pathsIn(directory: string): Generator<string> {
  yield directory;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* pathsIn(path);
    else yield path;
  }
}
