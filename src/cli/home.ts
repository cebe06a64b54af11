import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Ottofile } from '../ottofile/model.ts';

/** Where runs are kept: OTTO_HOME, else the project's own place, else ~/.otto. Absolute. */
export function ottoHome(ottofile: Pick<Ottofile, 'home'> | null): string {
  return resolve(process.env.OTTO_HOME || (ottofile?.home ?? join(homedir(), '.otto')));
}
