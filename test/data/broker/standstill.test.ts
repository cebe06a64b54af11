import { expect, test } from 'vitest';
import type { TaskName } from '../../../src/base/task-name.ts';
import { circleFrom, standstillWords } from '../../../src/data/broker/standstill.ts';
import { BrokerRig } from './rig.ts';

type Graph = Readonly<Record<string, readonly string[]>>;

function circle(first: string, graph: Graph, busy: readonly string[] = []): readonly string[] | null {
  const waits = new Map(
    Object.entries(graph).map(([task, others]) => [task as TaskName, new Set(others as TaskName[])]),
  );
  return circleFrom(first as TaskName, waits, (task) => !busy.includes(task));
}

test.each<[string, Graph, readonly string[], readonly string[] | null]>([
  ['nobody waits for it', { a: ['b'] }, [], null],
  ['two wait for each other', { a: ['b'], b: ['a'] }, [], ['a', 'b']],
  ['three do', { a: ['b'], b: ['c'], c: ['a'] }, [], ['a', 'b', 'c']],
  ['it waits for itself', { a: ['a'] }, [], ['a']],
  ['it waits for two that wait for each other', { a: ['b'], b: ['c'], c: ['b'] }, [], null],
  ['the other one does something else as well', { a: ['b'], b: ['a'] }, ['b'], null],
  ['the other one waits for one that goes on, too', { a: ['b'], b: ['a', 'c'] }, [], null],
  ['by two ways, one of which is open', { a: ['b', 'c'], b: ['a'], c: ['a'] }, ['c'], null],
  ['by two ways, both closed', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [], ['a', 'b']],
])('%s', (_, graph, busy, expected) => {
  expect(circle('a', graph, busy)).toEqual(expected);
});

test('the words name all of them', () => {
  const words = (names: readonly string[]) => standstillWords(names as TaskName[]).split(',')[0];
  expect(words(['a'])).toBe('"a" waits for itself');
  expect(words(['a', 'b'])).toBe('"a" and "b" wait for each other');
  expect(words(['a', 'b', 'c'])).toBe('"a" waits for "b" waits for "c" waits for "a"');
});

test('who came last is told when all stand still, and the other one when that one has ended', async () => {
  const rig = new BrokerRig();
  rig.run.onLook = () => true;
  const [one, two] = [await rig.enter('one'), await rig.enter('two')];
  const first = one.get('two', 'k', 'wait');
  const second = await two.get('one', 'k', 'wait');
  expect(second?.kind === 'error' && [second.code, second.text]).toEqual([
    'deadlock',
    '"two" and "one" wait for each other, and would do so for ever: let one of them set its value before it waits',
  ]);
  await two.set('k', 'v');
  expect(await first).toMatchObject({ kind: 'value' });
  await rig.store.close();
});

test('tasks that wait for each other and go on may do so', async () => {
  const rig = new BrokerRig();
  const [one, two, sender] = [await rig.enter('one'), await rig.enter('two'), await rig.client('one')];
  const looked = new Promise<void>((resolve) => {
    let looks = 0;
    rig.run.onLook = () => {
      looks += 1;
      if (looks === 10) resolve();
      return looks % 2 === 0;
    };
  });
  const first = one.get('two', 'k', 'wait');
  const second = two.get('one', 'k', 'wait');
  await looked;
  await sender.set('k', 'v');
  expect(await second).toMatchObject({ kind: 'value' });
  await two.set('k', 'v');
  expect(await first).toMatchObject({ kind: 'value' });
  await rig.store.close();
});
