import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Ottofile } from '../ottofile/model.ts';

/** Where values go that shared memory has no room for: `OTTO_SPILL_DIR/otto-<uid>`, else `spill` in otto's home. Absolute. */
export function spillRoot(home: string): string {
  const chosen = process.env.OTTO_SPILL_DIR;
  return chosen ? join(resolve(chosen), `otto-${process.getuid?.() ?? 0}`) : join(home, 'spill');
}

/** Where runs are kept: OTTO_HOME, else the project's own place, else ~/.otto. Absolute. */
export function ottoHome(ottofile: Pick<Ottofile, 'home'> | null): string {
  return resolve(process.env.OTTO_HOME || (ottofile?.home ?? join(homedir(), '.otto')));
}
