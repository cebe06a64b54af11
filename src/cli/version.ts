import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../data/installation.ts';

/** This otto's own version, as its package says. */
export function ottoVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
