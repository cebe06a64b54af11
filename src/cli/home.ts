import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Ottofile } from '../ottofile/model.ts';

/** Where runs are kept: the project's own place, else OTTO_HOME, else ~/.otto. Absolute. */
export function ottoHome(ottofile: Pick<Ottofile, 'home'> | null): string {
  return resolve(ottofile?.home ?? (process.env.OTTO_HOME || join(homedir(), '.otto')));
}
