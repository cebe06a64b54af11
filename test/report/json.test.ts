import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonReporter } from '../../src/report/json.ts';
import type { Outcome, RunEvent } from '../../src/run/events.ts';
import { AT, describeFailure, ended, exit, finished, output, play, started, task } from './rig.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const schema = JSON.parse(readFileSync(join(DOCS, 'events.schema.json'), 'utf8'));
const isEvent = new Ajv({
  strict: true,
  strictRequired: false,
  allErrors: true,
}).compile(schema);

interface Line {
  readonly type: string;
  readonly task?: string;
  readonly stream?: string;
  readonly text?: string;
  readonly base64?: string;
  readonly [key: string]: unknown;
}

function linesOf(...events: readonly RunEvent[]): Line[] {
  let written = '';
  play(
    jsonReporter((bytes) => {
      written += bytes.toString();
    }, describeFailure),
    events,
  );
  expect(written === '' || written.endsWith('\n')).toBe(true);
  return written
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

function bytesOf(lines: readonly Line[], name: string, stream = 'stdout'): Buffer {
  const own = lines.filter(
    (line) => line.type === 'task-output' && line.task === name && line.stream === stream,
  );
  return Buffer.concat(
    own.map(({ text, base64 }) =>
      text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text),
    ),
  );
}

const failed = (reason: Extract<Outcome, { kind: 'failed' }>['reason']): Outcome => ({
  kind: 'failed',
  reason,
});
const retrying: RunEvent = {
  type: 'task-retrying',
  task: task('a'),
  attempt: 1,
  attempts: 3,
  delayMs: 2000,
  reason: { kind: 'exit', code: 1 },
};

const AT_A = { file: '/p/otto.yml', line: 3, column: 8, sourceLine: '    A: $(sleep 9)' };

const EVERY: readonly RunEvent[] = [
  started('a', 'b'),
  { type: 'task-stale', task: task('a'), why: { kind: 'forced' } },
  { type: 'task-started', task: task('a'), at: AT },
  output('a', 'x\n'),
  output('a', Buffer.from([0xff, 10]), 'stderr'),
  { type: 'task-notice', task: task('a'), notice: { kind: 'leftover-processes', count: 2 } },
  { type: 'run-notice', notice: { kind: 'leftover-processes', count: 2 } },
  { type: 'task-notice', task: task('a'), notice: { kind: 'unended-processes', pids: [7, 8] } },
  { type: 'task-progress', task: task('a'), done: 30, total: 100, text: 'half' },
  { type: 'task-progress', task: task('a'), done: 3, total: null, text: '' },
  retrying,
  { type: 'task-store', task: task('a'), store: 'shm', why: { kind: 'large', bytes: 1 << 20, readers: 2 } },
  { type: 'tasks-added', parent: task('a'), tasks: [task('a:1')] },
  ...[
    { kind: 'succeeded' } as const,
    { kind: 'fresh' } as const,
    exit(3),
    failed({ kind: 'signal', signal: 'SIGKILL' }),
    failed({ kind: 'timeout', limitMs: 5, variable: { name: 'A', at: AT_A } }),
    failed({ kind: 'interrupted' }),
    failed({ kind: 'stopped' }),
    failed({ kind: 'timeout', limitMs: 10 }),
    failed({ kind: 'not-started', command: '/d', code: 'ENOENT', isDirectory: true }),
    failed({ kind: 'otto', failure: { kind: 'usage', message: 'm' } }),
    { kind: 'skipped', because: { kind: 'dependency', task: task('x') } } as const,
    { kind: 'skipped', because: { kind: 'condition' } } as const,
  ].map((outcome) => finished('a', outcome)),
  {
    type: 'stream-kept',
    task: task('a'),
    stream: { what: 'stream', bytes: 10, xxh128: '0123456789abcdef0123456789abcdef', keptBytes: 4 },
  },
  {
    type: 'values-kept',
    task: task('a'),
    values: [{ key: 'k', type: 'bytes', bytes: 3, xxh128: '0'.repeat(32) }],
  },
  { type: 'interrupted', signal: 'SIGHUP', count: 1 },
  ended('failed'),
];

describe('every event', () => {
  const lines = linesOf(...EVERY);

  test('is one line that the schema takes, with no field that it does not name', () => {
    expect(lines).toHaveLength(EVERY.length);
    for (const line of lines) {
      expect(isEvent(line), JSON.stringify([line, isEvent.errors])).toBe(true);
      const known = Object.keys(schema.$defs[line.type].properties);
      expect(Object.keys(line).filter((key) => !known.includes(key))).toEqual([]);
    }
  });

  test('has its row in the document', () => {
    const document = readFileSync(join(DOCS, 'events.md'), 'utf8');
    for (const { type } of lines) expect(document).toContain(`| \`${type}\` |`);
    expect(new Set(lines.map(({ type }) => type)).size).toBe(schema.oneOf.length);
  });

  test('that is not one is not taken', () => {
    expect(isEvent({ ...lines[0], version: 2 })).toBe(false);
    expect(isEvent({ type: 'task-output', task: 'a', stream: 'stdout' })).toBe(false);
    expect(isEvent({ ...lines[3], base64: 'eA==' })).toBe(false);
  });
});

test('words, logs and numbers go with them', () => {
  const lines = linesOf(
    finished('a', exit(127)),
    finished('b', { kind: 'fresh' }),
    retrying,
    ended('failed'),
  );
  expect(lines).toMatchObject([
    {
      message: 'failed with exit code 127',
      hint: expect.stringContaining('was not found'),
      stdout: '/run/tasks/a/stdout.log',
    },
    { message: 'is up to date' },
    { message: 'attempt 1 of 3 failed with exit code 1; again in 2.0s' },
    { counts: { failed: 1, fresh: 1, succeeded: 0 } },
  ]);
  expect(lines[1]).not.toHaveProperty('stdout');
});

test('output comes in whole lines, and before the event that ends it', () => {
  const lines = linesOf(output('a', 'on'), output('b', 'x\n'), output('a', 'e\ntwo\nthr'), finished('a'));
  expect(lines.map(({ type, task: name, text }) => [type, name, text])).toEqual([
    ['task-output', 'b', 'x\n'],
    ['task-output', 'a', 'one\ntwo\n'],
    ['task-output', 'a', 'thr'],
    ['task-finished', 'a', undefined],
  ]);
});

test('a long line comes in pieces that split no character', () => {
  const text = `x${'ü€😀'.repeat(100_000)}`;
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 4097) }, (_, n) =>
    output('a', bytes.subarray(n * 4097, (n + 1) * 4097)),
  );
  const lines = linesOf(...chunks, finished('a'));
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.every(({ base64, text: part = '' }) => base64 === undefined && part.length <= 65_536)).toBe(
    true,
  );
  expect(bytesOf(lines, 'a').equals(bytes)).toBe(true);
});

test('whatever comes, the pieces make the output of each task again', () => {
  const anyChunk = fc.record({
    who: fc.constantFrom('a', 'b'),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('\n', 'x', 'ü', '😀') }).map((text) => Buffer.from(text)),
    ),
  });
  fc.assert(
    fc.property(fc.array(anyChunk), (chunks) => {
      const lines = linesOf(
        ...chunks.map(({ who, bytes }) => output(who, Buffer.from(bytes))),
        finished('a'),
        finished('b'),
      );
      for (const who of ['a', 'b']) {
        const own = chunks.filter((chunk) => chunk.who === who).map(({ bytes }) => bytes);
        expect(bytesOf(lines, who).equals(Buffer.concat(own))).toBe(true);
      }
      for (const line of lines) expect(isEvent(line)).toBe(true);
    }),
  );
});
