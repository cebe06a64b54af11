import { linkSync } from 'node:fs';
import { join } from 'node:path';

let lastNumber = 0;

/** Name of the file that `make` has made; EEXIST makes it try the next name. */
export function createSpoolFile(spool: string, make: (path: string) => void): string {
  for (;;) {
    const name = `${process.pid}-${++lastNumber}.value`;
    try {
      make(join(spool, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Links a file into the spool; its name there, or undefined where that cannot be: another file system, or one without links. */
export function linkInto(spool: string, file: string): string | undefined {
  try {
    return createSpoolFile(spool, (path) => linkSync(file, path));
  } catch {
    return undefined;
  }
}
