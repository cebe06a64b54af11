import { MAX_VARIABLE_BYTES } from '../../data/script-params.ts';
import type { Traits } from '../way.ts';

/** What SQLite and Redis hold in one value by hand; through otto larger ones are kept beside it, or in pieces. */
export const SQLITE_VALUE_BYTES = 1_000_000_000;
export const REDIS_VALUE_BYTES = 512 * 2 ** 20;

const STORE: Traits = {
  largestBytes: null,
  largestValue: 'the disk',
  types: 'all',
  whileRunning: 'no',
  kept: 'yes',
  readers: 'any number',
  needs: 'nothing',
  write: 'OUTPUT[key]=value',
  read: '${INPUT[task.key]}',
};
const CAPTURE: Traits = { ...STORE, types: 'string, bytes' };
const STREAM: Traits = {
  ...STORE,
  largestValue: 'no limit',
  types: 'bytes',
  whileRunning: 'both tasks run at once',
  kept: 'the first 16 MiB, or as keep_stream says',
  readers: 'any number; each gets all',
};

/** What each way can do. test/measure/limits.test.ts proves every cell, or names the test that does. */
export const LIMITS = {
  files: STORE,
  shm: { ...STORE, largestValue: 'memory, then the disk', needs: 'the compiled part' },
  socket: { ...STORE, whileRunning: 'otto-recv --wait, --follow' },
  sqlite: {
    ...STORE,
    largestValue: 'the disk; above 512 MiB beside the database',
    whileRunning: 'otto-recv --wait, --follow; queries by hand',
    needs: 'SQLite in Node (22.5) or better-sqlite3',
  },
  redis: {
    ...STORE,
    largestValue: 'memory; above 512 MiB in pieces',
    whileRunning: 'otto-recv --wait, --follow; every command of Redis',
    needs: 'redis-server',
  },
  env: {
    ...CAPTURE,
    largestBytes: MAX_VARIABLE_BYTES,
    largestValue: '128 KiB each, with its name; about 2 MB in all',
    types: 'string',
    write: 'export OTTO_OUT_KEY=value',
    read: '$OTTO_IN_TASK_KEY',
  },
  'output-file': { ...CAPTURE, write: 'echo key=value >> "$OTTO_OUTPUT"', read: '${INPUT[task.key]}' },
  markers: {
    ...CAPTURE,
    write: 'echo "<OTTO:OUTPUT:KEY>value</OTTO:OUTPUT:KEY>"',
    read: '${INPUT[task.key]}',
  },
  stream: { ...STREAM, write: 'command > "$OTTO_OUTPUT_STREAM"', read: 'command < "$OTTO_INPUT_STREAM"' },
  stdin: { ...STREAM, write: 'command', read: 'command' },
} as const satisfies Record<string, Traits>;
