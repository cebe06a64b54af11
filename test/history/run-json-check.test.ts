import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { readRunRecord } from '../../src/history/run-record.ts';
import { runPath } from '../../src/history/state-tree.ts';
import type { RunJson } from '../../src/run/run-json.ts';
import { exitedWith, makeHome, skipped, task, thisProcess, writeRun } from './rig.ts';

const GOOD: RunJson = {
  version: 2,
  state: 'finished',
  result: 'failed',
  process: thisProcess(),
  otto: '0.1.0',
  arguments: ['run', 'a'],
  project: { name: 'demo', directory: '/demo' },
  ottofile: '/demo/otto.yml',
  store: 'files',
  startedAt: '2026-11-20T00:00:00.000Z',
  finishedAt: null,
  durationMs: null,
  tasks: [
    task('a', exitedWith(3)),
    task('b', skipped('a')),
    task('c', null),
    task('d', { kind: 'failed', reason: { kind: 'timeout', limitMs: 5 } }),
    task('e', { kind: 'failed', reason: { kind: 'stream-cut', task: 'd' as TaskName } }),
    { ...task('f', null), streams: [{ what: 'stream', bytes: 3, xxh128: 'ab', keptBytes: 2 }] },
  ],
};

function reader() {
  const home = makeHome();
  const path = runPath(home, writeRun(home));
  return (json: unknown) => {
    writeFileSync(join(path, 'run.json'), JSON.stringify(json));
    return readRunRecord(path);
  };
}

test('what otto writes is a run record, also with fields of a later otto', () => {
  const read = reader();
  expect(read(GOOD).ok).toBe(true);
  expect(read({ ...GOOD, more: 1, tasks: [{ ...GOOD.tasks[0], more: {} }] }).ok).toBe(true);
  expect(
    read({ ...GOOD, version: 1, tasks: [task('b', { kind: 'skipped', because: 'a' } as never)] }).ok,
  ).toBe(true);
});

/** Every place in it, as the keys that lead there. */
const placesIn = (value: unknown): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
        [key],
        ...placesIn(inner).map((rest) => [key, ...rest]),
      ])
    : [];

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

test('whatever stands in it instead, it is a record that can be used or a failure, never an exception', () => {
  const read = reader();
  const places = placesIn(GOOD).filter(([key]) => key !== 'version');
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const found = read(replaced(GOOD, place, value));
      if (!found.ok) {
        expect(found.error.kind).toBe('io');
        return;
      }
      const { tasks, startedAt, project, command } = found.value;
      for (const { name, directory, values, startedAt: at } of tasks)
        expect([
          typeof name,
          typeof directory,
          Array.isArray(values),
          at === null || at.toISOString() !== '',
        ]).toEqual(['string', 'string', true, true]);
      expect([startedAt.toISOString() !== '', typeof project.name, command.join(' ') !== '']).toEqual([
        true,
        'string',
        true,
      ]);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['a task that leads out of the run', { tasks: [{ ...task('a', null), directory: '../../other' }] }],
  ['a task at an absolute path', { tasks: [{ ...task('a', null), directory: '/etc' }] }],
  ['no task at all', { tasks: [null] }],
  ['no process', { state: 'running', process: undefined }],
  ['a time that is none', { startedAt: 'soon' }],
  ['a stream that leads elsewhere', { tasks: [{ ...task('a', null), streams: [{ what: '../x' }] }] }],
  ['an outcome without a reason', { tasks: [task('a', { kind: 'skipped' } as never)] }],
])('%s is no run record', (_what, part) => {
  expect(reader()({ ...GOOD, ...part })).toMatchObject({ ok: false, error: { code: 'not a run record' } });
});
