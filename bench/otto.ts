import { join } from 'node:path';
import { packageRoot } from '../src/data/installation.ts';

/** What is measured: the bundle and the helpers as users get them, not the sources. */

export const commandLine = join(packageRoot, 'dist', 'cli.js');
export const SET = join(packageRoot, 'build', 'Release', 'otto-mmap-set');
export const GET = join(packageRoot, 'build', 'Release', 'otto-mmap-get');
