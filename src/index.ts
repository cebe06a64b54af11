/** The library's entry, `import { openRegion } from 'otto'`. The command line is dist/cli.js. */
export * from './shm.ts';
