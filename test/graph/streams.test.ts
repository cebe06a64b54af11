import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { plainly } from '../../src/graph/plan.ts';
import { hasStreams, liveProducers, streamsInto, streamsOutOf } from '../../src/graph/streams.ts';
import { valid } from '../ottofile/read.ts';
import { planOf } from '../support/plan.ts';

function plan(tasks: string) {
  const ottofile = valid(`tasks: {${tasks}}`);
  return planOf(ottofile, [...ottofile.tasks.keys()].map(plainly));
}

const live = (tasks: string, name = 'c'): readonly string[] => liveProducers(plan(tasks), name as TaskName);

const GEN = 'p: {streaming: true, bash: x}';

test.each([
  ['names the stream', `${GEN}, c: {before: p, bash: cat $OTTO_INPUT_STREAM}`, ['p']],
  ['names it by its task', `${GEN}, c: {before: p, bash: cat $OTTO_INPUT_PIPE_P}`, ['p']],
  ['is streaming itself', `${GEN}, c: {before: p, streaming: true, bash: x}`, ['p']],
  ['reads stdin', 'p: {bash: x}, c: {stdin_from: p, bash: cat}', ['p']],
  ['follows by "after"', 'p: {streaming: true, after: c, bash: x}, c: {bash: cat $OTTO_INPUT_STREAM}', ['p']],
  ['names nothing of it', `${GEN}, c: {before: p, bash: x}`, []],
  ['names another stream', `${GEN}, c: {before: p, bash: cat $OTTO_INPUT_STREAM_Q}`, []],
  ['needs a task that does not stream', 'p: {bash: x}, c: {before: p, bash: x}', []],
  ['has no script', `${GEN}, c: {before: p}`, []],
  ['reads its values', `${GEN}, c: {before: p, bash: 'cat $OTTO_INPUT_STREAM; echo \${INPUT[p.n]}'}`, []],
  ['asks for its values', `${GEN}, c: {before: p, if: 'INPUT["p.n"] > 0', bash: cat $OTTO_INPUT_STREAM}`, []],
  ['reads a task that is tried again', 'p: {retries: 1, bash: x}, c: {stdin_from: p, bash: cat}', []],
  [
    'reads items of a foreach',
    'p: {streaming: true, foreach: {items: [1, 2]}, bash: x}, c: {before: p, bash: cat $OTTO_INPUT_STREAM_P_1}',
    [],
  ],
])('a task that %s', (_, tasks, producers) => {
  expect(live(tasks)).toEqual(producers);
});

test('each item of a foreach reads the stream for itself', () => {
  const made = plan(`${GEN}, c: {before: p, foreach: {items: [1, 2]}, bash: cat $OTTO_INPUT_STREAM}`);
  expect(streamsOutOf(made, 'p' as TaskName).map(({ consumer }) => consumer)).toEqual(['c:1', 'c:2']);
  expect(liveProducers(made, 'c:2' as TaskName)).toEqual(['p']);
  expect(streamsInto(made, 'c' as TaskName)).toEqual([]);
});

test('a stream and a stdout of one task are two', () => {
  const made = plan(`${GEN}, c: {stdin_from: p, bash: cat}`);
  expect(streamsInto(made, 'c' as TaskName)).toEqual([
    { producer: 'p', consumer: 'c', what: 'stdout', isWanted: true, isLive: true },
    { producer: 'p', consumer: 'c', what: 'stream', isWanted: false, isLive: false },
  ]);
});

test('most plans have no streams', () => {
  expect(hasStreams(plan('a: {bash: x}, b: {before: a, bash: x}'))).toBe(false);
  expect(hasStreams(plan(GEN))).toBe(true);
});
