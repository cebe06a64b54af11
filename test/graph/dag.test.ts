import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { buildGraph } from '../../src/graph/dag.ts';
import { type Plan, plainly } from '../../src/graph/plan.ts';
import { findCycles, type Linked } from '../../src/ottofile/links.ts';
import type { TaskDefinition } from '../../src/ottofile/model.ts';
import { planOf as planTasks } from '../support/plan.ts';

const name = (text: string | number): TaskName => String(text) as TaskName;
const names = (...list: string[]): TaskName[] => list.map(name);

type Links = { readonly before?: string[]; readonly after?: string[] };

function tasks(links: Readonly<Record<string, Links>>): Map<TaskName, Linked> {
  return new Map(
    Object.entries(links).map(([task, { before = [], after = [] }]) => [
      name(task),
      { before: names(...before), after: names(...after) },
    ]),
  );
}

const plan = (links: Readonly<Record<string, Links>>, ...requested: string[]): Plan =>
  planOf(tasks(links), names(...requested));

/** A plan reads nothing more of such a task until it is run. */
const withLinks = (links: Linked) => ({ ...links, params: [], foreach: null }) as unknown as TaskDefinition;

const planOf = (links: ReadonlyMap<TaskName, Linked>, requested: readonly TaskName[]): Plan =>
  planTasks(
    { tasks: new Map([...links].map(([task, own]) => [task, withLinks(own)])) },
    requested.map(plainly),
  );

test('a task brings in what it waits for, and runs after it', () => {
  expect(plan({ c: { before: ['b'] }, b: { before: ['a'] }, a: {}, other: {} }, 'c').order).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('a task brings in what its "after" names and what names it in "after"', () => {
  const links = { build: { after: ['pack'] }, pack: {}, sign: { after: ['pack'] } };
  expect(plan(links, 'build').order).toEqual(['build', 'sign', 'pack']);
  expect(plan(links, 'pack').order).toEqual(['build', 'sign', 'pack']);
});

test('a task that only names another in "before" is not brought in by it', () => {
  expect(plan({ a: {}, b: { before: ['a'] } }, 'a').order).toEqual(['a']);
});

test('both directions give one dependency, "before" first and in declared order', () => {
  const links = { a: { after: ['z'] }, b: {}, c: { after: ['z'] }, z: { before: ['b', 'a'] } };
  const { dependencies, readers } = plan(links, 'z');
  expect(dependencies.get(name('z'))).toEqual(['b', 'a', 'c']);
  expect(readers.get(name('a'))).toEqual(['z']);
  expect(readers.get(name('z'))).toEqual([]);
});

test('requested tasks run in the order in which they were named when nothing else decides', () => {
  expect(plan({ a: {}, b: {}, c: {} }, 'c', 'a').order).toEqual(['c', 'a']);
  expect(plan({ a: {}, b: { before: ['a'] } }, 'b', 'a', 'b').order).toEqual(['a', 'b']);
});

test('a chain and a fan of 10,000 tasks are planned without recursion', () => {
  const size = 10_000;
  const chain = new Map<TaskName, Linked>();
  for (let i = 0; i < size; i++) chain.set(name(i), { before: i === 0 ? [] : [name(i - 1)], after: [] });
  expect(planOf(chain, [name(size - 1)]).order.map(Number)).toEqual([...chain.keys()].map(Number));
  expect(findCycles(buildGraph(chain).dependencies)).toEqual([]);
  const fan = new Map<TaskName, Linked>([[name('top'), { before: [...chain.keys()], after: [] }]]);
  for (const task of chain.keys()) fan.set(task, { before: [], after: [name('top')] });
  expect(planOf(fan, [name('top')]).dependencies.get(name('top'))).toHaveLength(size);
});

test('a cycle is given as the path that closes it', () => {
  const cyclesOf = (links: Readonly<Record<string, Links>>) =>
    findCycles(buildGraph(tasks(links)).dependencies);
  expect(cyclesOf({ a: { before: ['b'] }, b: { before: ['a'] } })).toEqual([['a', 'b', 'a']]);
  expect(
    cyclesOf({ x: { before: ['a'] }, a: { before: ['b'] }, b: { after: ['c'] }, c: { after: ['a'] } }),
  ).toEqual([]);
  expect(
    cyclesOf({ x: { before: ['a'] }, a: { after: ['b'] }, b: { after: ['c'] }, c: { after: ['a'] } }),
  ).toEqual([['a', 'c', 'b', 'a']]);
  expect(cyclesOf({ a: { before: ['a'] } })).toEqual([['a', 'a']]);
});

test('a cycle of 10,000 tasks is found', () => {
  const size = 10_000;
  const ring = new Map<TaskName, Linked>();
  for (let i = 0; i < size; i++) ring.set(name(i), { before: [name((i + 1) % size)], after: [] });
  expect(findCycles(buildGraph(ring).dependencies)[0]).toHaveLength(size + 1);
});

/** Any graph of up to 12 tasks, cycles included. */
const anyLinks = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const some = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }).map(name), { maxLength: 4 });
  const task = fc.record({ before: some, after: some });
  return fc
    .array(task, { minLength: size, maxLength: size })
    .map((list) => new Map<TaskName, Linked>(list.map((links, i) => [name(i), links])));
});

/** Edges only towards smaller numbers, so there is no cycle. */
const acyclicLinks = anyLinks.map(
  (links) =>
    new Map(
      [...links].map(([task, { before, after }]) => [
        task,
        {
          before: before.filter((b) => Number(b) < Number(task)),
          after: after.filter((a) => Number(a) > Number(task)),
        },
      ]),
    ),
);

test('every plan is closed and in order: each task once, after all that it waits for', () => {
  fc.assert(
    fc.property(acyclicLinks, fc.nat(), (links, pick) => {
      const start = name(pick % links.size);
      const { order, dependencies, readers } = planOf(links, [start]);
      expect(new Set(order).size).toBe(order.length);
      expect(order).toContain(start);
      for (const [at, task] of order.entries()) {
        for (const need of dependencies.get(task) ?? []) {
          expect(order.indexOf(need)).toBeGreaterThanOrEqual(0);
          expect(order.indexOf(need)).toBeLessThan(at);
          expect(readers.get(need)).toContain(task);
        }
        for (const follower of links.get(task)?.after ?? []) expect(order).toContain(follower);
      }
    }),
  );
});

test('a graph has cycles exactly when taking tasks away one by one gets stuck, and every path shown is one', () => {
  fc.assert(
    fc.property(anyLinks, (links) => {
      const { dependencies } = buildGraph(links);
      const cycles = findCycles(dependencies);
      expect(cycles.length > 0).toBe(getsStuck(dependencies));
      for (const path of cycles) {
        expect(path.at(-1)).toBe(path[0]);
        for (const [i, task] of path.slice(0, -1).entries())
          expect(dependencies.get(task)).toContain(path[i + 1]);
      }
    }),
  );
});

function getsStuck(dependencies: ReadonlyMap<TaskName, readonly TaskName[]>): boolean {
  const left = new Set(dependencies.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const task of left) if (!dependencies.get(task)?.some((need) => left.has(need))) left.delete(task);
  }
  return left.size > 0;
}
