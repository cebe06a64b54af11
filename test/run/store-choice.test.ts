import { expect, test } from 'vitest';
import { chooseStore, LARGE_BYTES, type StoreFacts } from '../../src/run/store-choice.ts';

const text = (bytes: number) => ({ type: 'string' as const, bytes });
const json = (bytes: number) => ({ type: 'json' as const, bytes });
const raw = (bytes: number) => ({ type: 'bytes' as const, bytes });

/** Nothing speaks against shared memory. */
const LARGE: StoreFacts = { past: [text(LARGE_BYTES)], readers: ['python'], memoryBytes: 2 ** 30 };

test.each<[what: string, facts: Partial<StoreFacts>, store: string, why: object]>([
  ['much text for Python', {}, 'shm', { kind: 'large', bytes: LARGE_BYTES, readers: 1 }],
  [
    'much text for bash',
    { readers: ['bash', 'node'] },
    'shm',
    { kind: 'large', bytes: LARGE_BYTES, readers: 2 },
  ],
  [
    'text in many values',
    { past: Array.from({ length: 1024 }, () => json(1024)) },
    'shm',
    { kind: 'large', bytes: LARGE_BYTES, readers: 1 },
  ],
  ['nobody reads it', { readers: [] }, 'files', { kind: 'no-readers' }],
  ['nobody with a client reads it', { readers: ['other'] }, 'files', { kind: 'no-readers' }],
  ['the compiled part is missing', { memoryBytes: null }, 'files', { kind: 'not-built' }],
  ['it has not run yet', { past: null }, 'files', { kind: 'unknown' }],
  ['it sets nothing', { past: [] }, 'files', { kind: 'no-values' }],
  [
    'one byte too little',
    { past: [text(LARGE_BYTES - 1)] },
    'files',
    { kind: 'small', bytes: LARGE_BYTES - 1 },
  ],
  [
    'bytes lie in files of their own',
    { past: [raw(2 ** 28), text(LARGE_BYTES - 1)] },
    'files',
    { kind: 'bytes', bytes: 2 ** 28 + LARGE_BYTES - 1 },
  ],
  ['only Node reads it', { readers: ['node', 'node'] }, 'files', { kind: 'node-only', bytes: LARGE_BYTES }],
  [
    'more than half of the room',
    { memoryBytes: 2 * LARGE_BYTES - 1 },
    'files',
    { kind: 'no-room', bytes: LARGE_BYTES, memoryBytes: 2 * LARGE_BYTES - 1 },
  ],
  [
    'just half of the room',
    { memoryBytes: 2 * LARGE_BYTES },
    'shm',
    { kind: 'large', bytes: LARGE_BYTES, readers: 1 },
  ],
  [
    'no limit',
    { memoryBytes: Number.POSITIVE_INFINITY },
    'shm',
    { kind: 'large', bytes: LARGE_BYTES, readers: 1 },
  ],
  [
    'the first rule that holds decides',
    { readers: [], past: null, memoryBytes: null },
    'files',
    { kind: 'no-readers' },
  ],
])('%s', (_, facts, store, why) => {
  expect(chooseStore({ ...LARGE, ...facts })).toEqual({ store, why });
});
