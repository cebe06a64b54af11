import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { canRun } from '../../src/run/wait-graph.ts';

interface Story {
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  readonly live?: Readonly<Record<string, readonly string[]>>;
  readonly running: readonly string[];
  readonly ended?: readonly string[];
  readonly interactive?: readonly string[];
  readonly jobs?: number;
  readonly waits: Readonly<Record<string, readonly string[]>>;
}

function ask(
  wanted: string,
  { needs = {}, live = {}, running, ended = [], interactive = [], jobs = 9, waits }: Story,
): boolean {
  const set = (names: readonly string[]) => new Set(names as TaskName[]);
  return canRun(
    wanted as TaskName,
    new Map(Object.entries(waits).map(([task, names]) => [task as TaskName, set(names)])),
    {
      needs: (task) => (needs[task] ?? []) as TaskName[],
      live: (task) => (live[task] ?? []) as TaskName[],
      running: set(running),
      ended: set(ended),
      isInteractive: (task) => interactive.includes(task),
      jobs,
    },
  );
}

test.each<[string, boolean, Story]>([
  ['one that runs', true, { running: ['a', 'b'], waits: { a: ['b'] } }],
  ['one that has room to start', true, { running: ['a'], jobs: 2, waits: { a: ['b'] } }],
  ['one whose place the waiting task takes', false, { running: ['a'], jobs: 1, waits: { a: ['b'] } }],
  ['one for which another task makes room', true, { running: ['a', 'c'], jobs: 2, waits: { a: ['b'] } }],
  [
    'one whose places are all taken by tasks that wait for such',
    false,
    { running: ['a', 'c'], jobs: 2, waits: { a: ['b'], c: ['b'] } },
  ],
  ['one that needs the waiting task', false, { needs: { b: ['a'] }, running: ['a'], waits: { a: ['b'] } }],
  [
    'one that needs it by way of others',
    false,
    { needs: { b: ['m'], m: ['a'] }, running: ['a'], waits: { a: ['b'] } },
  ],
  [
    'one that needs a task that waits for what needs the asking one',
    false,
    { needs: { b: ['c'], d: ['a'] }, running: ['a', 'c'], waits: { a: ['b'], c: ['d'] } },
  ],
  [
    'one that needs a task that goes on',
    true,
    { needs: { b: ['c'] }, running: ['a', 'c'], waits: { a: ['b'] } },
  ],
  [
    'one that waits until nothing else runs',
    false,
    { running: ['a'], interactive: ['b'], waits: { a: ['b'] } },
  ],
  ['one beside a task that runs alone', false, { running: ['a'], interactive: ['a'], waits: { a: ['b'] } }],
  [
    'one that reads the stream of the waiting task',
    true,
    { needs: { b: ['a'] }, live: { b: ['a'] }, running: ['a'], waits: { a: ['b'] } },
  ],
  [
    'one that reads its stream and has no place beside it',
    false,
    { needs: { b: ['a'] }, live: { b: ['a'] }, running: ['a'], jobs: 1, waits: { a: ['b'] } },
  ],
  [
    'one that reads the stream of a task that cannot start',
    false,
    { needs: { b: ['m'], m: ['a'] }, live: { b: ['m'] }, running: ['a'], waits: { a: ['b'] } },
  ],
  [
    'one that reads the stream of a task that has room to start',
    true,
    { needs: { b: ['m'] }, live: { b: ['m'] }, running: ['a'], jobs: 3, waits: { a: ['b'] } },
  ],
  ['one that has ended', true, { running: ['a'], ended: ['b'], jobs: 1, waits: { a: ['b'] } }],
])('%s: %s', (_, expected, story) => {
  expect(ask('b', story)).toBe(expected);
});
