import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { rootsOf, treeLines } from '../../src/graph/tree.ts';

const edges = (record: Record<string, string[]>) =>
  new Map(Object.entries(record)) as unknown as ReadonlyMap<TaskName, readonly TaskName[]>;
const draw = (record: Record<string, string[]>) => {
  const dependencies = edges(record);
  return treeLines(dependencies, rootsOf(dependencies, dependencies.keys())).map(
    ({ branches, task, again }) => branches + task + (again ? ' *' : ''),
  );
};

test('each root stands above what it needs; what several need is drawn once', () => {
  expect(
    draw({ all: ['test', 'lint'], test: ['build'], lint: ['build'], build: ['fetch'], fetch: [] }),
  ).toEqual(['all', '├─ test', '│  └─ build', '│     └─ fetch', '└─ lint', '   └─ build *']);
});

test('tasks without edges are lines of their own, and no tasks are no lines', () => {
  expect(draw({ a: [], b: [] })).toEqual(['a', 'b']);
  expect(draw({})).toEqual([]);
});

test('a thousand layers of which each needs all of the one before have a line for each edge', () => {
  const layer = (n: number) => Array.from({ length: 3 }, (_, i) => `${n}-${i}`);
  const record: Record<string, string[]> = {};
  for (let n = 0; n < 1000; n++) for (const name of layer(n)) record[name] = n === 0 ? [] : layer(n - 1);
  const dependencies = edges(record);
  expect(treeLines(dependencies, rootsOf(dependencies, dependencies.keys()))).toHaveLength(999 * 9 + 3);
});
