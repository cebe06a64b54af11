import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { isMisfit, type ParamValue, valueFor } from '../../src/graph/param-value.ts';
import { type ParamProblem, resolveParams } from '../../src/graph/param-values.ts';
import type { ParamDefinition } from '../../src/ottofile/model.ts';
import { flag, MANY, nargs, param } from '../support/params.ts';

type Tasks = Readonly<
  Record<string, { readonly params?: readonly ParamDefinition[]; readonly before?: string }>
>;
type Given = Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;

const asValue = (value: string | boolean | readonly string[]): ParamValue =>
  typeof value === 'string'
    ? { kind: 'text', text: value }
    : typeof value === 'boolean'
      ? { kind: 'flag', on: value }
      : { kind: 'list', items: value };
const plain = (value: ParamValue) =>
  value.kind === 'text' ? value.text : value.kind === 'flag' ? value.on : value.items;

/** `tasks` in an order in which dependencies come first. */
function resolve(tasks: Tasks, given: Given = {}) {
  const names = Object.keys(tasks) as TaskName[];
  const dependencies = new Map(
    names.map((name) => [name, (tasks[name]?.before ?? '').split(' ').filter(Boolean) as TaskName[]]),
  );
  return resolveParams({
    order: names,
    dependencies,
    tasks: new Map(names.map((name) => [name, { params: tasks[name]?.params ?? [] }])),
    given: new Map(
      Object.entries(given).map(([task, values]) => [
        task as TaskName,
        new Map(Object.entries(values).map(([name, value]) => [name, asValue(value)])),
      ]),
    ),
  });
}

function valuesOf(tasks: Tasks, given: Given = {}) {
  const found = resolve(tasks, given);
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return Object.fromEntries(
    [...found.value].map(([task, values]) => [
      task,
      Object.fromEntries([...values].map(([name, value]) => [name, plain(value)])),
    ]),
  );
}

function problemsOf(tasks: Tasks, given: Given = {}): readonly ParamProblem[] {
  const found = resolve(tasks, given);
  return found.ok ? [] : found.error;
}

const X = param('--x', { default: 'd' });

describe('a param that is not given', () => {
  test.each([
    ['an option is empty', param('--x'), ''],
    ['an option with default', X, 'd'],
    ['a list is empty', param('--x', { nargs: nargs(2, 3) }), []],
    ['a default of one is a list of one', param('--x', { nargs: nargs(0, 3), default: 'd' }), ['d']],
    [
      'a default list, also outside its choices',
      param('x', { nargs: nargs(0, 3), default: ['d', 'e'], choices: ['a'] }),
      ['d', 'e'],
    ],
    ['a flag that is off', flag('--x'), false],
    ['a flag that is on', flag('--x', true), true],
    ['a positional that may have no value', param('x', { nargs: nargs(0, MANY) }), []],
    ['a positional with default', param('x', { default: '' }), ''],
  ])('%s', (_, definition, expected) => {
    expect(valuesOf({ a: { params: [definition] } })).toEqual({ a: { x: expected } });
  });

  test.each([
    ['a positional', param('x')],
    ['a positional that takes values', param('x', { nargs: nargs(1, MANY) })],
  ])('%s must be given, also where the task is only a dependency', (_, definition) => {
    const problems = problemsOf({ a: { params: [definition] }, b: { before: 'a' } });
    expect(problems).toEqual([{ kind: 'missing', task: 'a', param: definition }]);
  });
});

describe('values are handed on', () => {
  test('to dependencies that declare the param, as long as each link does', () => {
    const tasks = {
      deepest: { params: [X] },
      deep: { params: [X], before: 'deepest' },
      lower: { params: [X] },
      gap: { before: 'lower' },
      top: { params: [X], before: 'deep gap' },
    };
    expect(valuesOf(tasks, { top: { x: '1' } })).toEqual({
      deepest: { x: '1' },
      deep: { x: '1' },
      lower: { x: 'd' },
      top: { x: '1' },
    });
  });

  test('but not defaults, nor upwards, nor to a task with a value of its own', () => {
    const tasks = {
      one: { params: [param('--x', { default: 'one' })] },
      two: { params: [X], before: 'one' },
      top: { params: [param('--x', { default: 'top' })], before: 'two' },
    };
    expect(valuesOf(tasks)).toEqual({ one: { x: 'one' }, two: { x: 'd' }, top: { x: 'top' } });
    expect(valuesOf(tasks, { two: { x: '2' } })).toEqual({
      one: { x: '2' },
      two: { x: '2' },
      top: { x: 'top' },
    });
    expect(valuesOf(tasks, { two: { x: '2' }, top: { x: '3' } })).toEqual({
      one: { x: '2' },
      two: { x: '2' },
      top: { x: '3' },
    });
  });

  test('flags with another default keep what was said, not whether it was said', () => {
    const tasks = { low: { params: [flag('--x', true)] }, top: { params: [flag('--x')], before: 'low' } };
    expect(valuesOf(tasks, { top: { x: true } })).toEqual({ low: { x: true }, top: { x: true } });
    expect(valuesOf(tasks, { top: { x: false } })).toEqual({ low: { x: false }, top: { x: false } });
  });

  test('in the form that the dependency declares', () => {
    const tasks = {
      list: { params: [param('x', { nargs: nargs(0, 2) })] },
      flag: { params: [flag('--x')] },
      text: { params: [param('-x')] },
      top: { params: [param('--x')], before: 'list flag text' },
    };
    expect(valuesOf(tasks, { top: { x: 'true' } })).toEqual({
      list: { x: ['true'] },
      flag: { x: true },
      text: { x: 'true' },
      top: { x: 'true' },
    });
  });

  test('a positional that a dependent hands on is given', () => {
    const tasks = { low: { params: [param('x')] }, top: { params: [param('--x')], before: 'low' } };
    expect(valuesOf(tasks, { top: { x: '' } })).toEqual({ low: { x: '' }, top: { x: '' } });
  });

  test('through a chain of 10,000 tasks', () => {
    const tasks: Record<string, { params: ParamDefinition[]; before: string }> = {};
    for (let at = 0; at < 10_000; at++)
      tasks[`t${at}`] = { params: [X], before: at === 0 ? '' : `t${at - 1}` };
    expect(valuesOf(tasks, { t9999: { x: '1' } }).t0).toEqual({ x: '1' });
  });
});

describe('two values', () => {
  const tasks = {
    low: { params: [X] },
    left: { params: [X], before: 'low' },
    right: { params: [X], before: 'low' },
    top: { params: [X], before: 'left right' },
  };

  test('that are the same are one', () => {
    expect(valuesOf(tasks, { left: { x: '1' }, right: { x: '1' } }).low).toEqual({ x: '1' });
    expect(valuesOf(tasks, { top: { x: '1' } }).low).toEqual({ x: '1' });
  });

  test('that differ are a conflict, which names both tasks that were given one', () => {
    expect(problemsOf(tasks, { top: { x: '1' }, right: { x: '2' } })).toEqual([
      {
        kind: 'conflict',
        task: 'low',
        param: X,
        values: [
          { value: asValue('2'), from: 'right' },
          { value: asValue('1'), from: 'top' },
        ],
      },
    ]);
  });

  test('are none where the task has its own', () => {
    expect(valuesOf(tasks, { top: { x: '1' }, right: { x: '2' }, low: { x: '3' } }).low).toEqual({ x: '3' });
  });
});

test('an inherited value that is none for the dependency is a problem, once a param', () => {
  const choice = param('--x', { choices: ['a', 'b'] });
  const tasks = {
    one: { params: [choice] },
    two: { params: [flag('--x')] },
    three: { params: [param('--x', { nargs: nargs(2, 2) })] },
    four: { params: [param('x')] },
    left: { params: [param('--x')], before: 'one two' },
    top: { params: [param('--x')], before: 'left one three' },
  };
  expect(problemsOf(tasks, { top: { x: 'c' } }).map(({ task, kind }) => [task, kind])).toEqual([
    ['one', 'unfit'],
    ['two', 'unfit'],
    ['three', 'unfit'],
    ['four', 'missing'],
  ]);
  expect(problemsOf(tasks, { top: { x: 'c' }, four: { x: '1' } })[0]).toEqual({
    kind: 'unfit',
    task: 'one',
    param: choice,
    given: { value: asValue('c'), from: 'top' },
    misfit: { kind: 'no-choice', text: 'c' },
  });
});

test.each([
  [param('--x', { nargs: nargs(1, 2) }), [], { kind: 'count', count: 0 }],
  [param('--x', { nargs: nargs(1, 2) }), ['a', 'b', 'c'], { kind: 'count', count: 3 }],
  [param('--x'), ['a', 'b'], { kind: 'count', count: 2 }],
  [param('--x', { nargs: nargs(0, 9), choices: ['a'] }), ['a', 'b'], { kind: 'no-choice', text: 'b' }],
  [flag('--x'), ['yes'], { kind: 'no-flag', text: 'yes' }],
])('%# is no value', (definition, texts, misfit) => {
  const found = valueFor(definition, texts);
  expect(isMisfit(found)).toBe(true);
  expect(found).toEqual(misfit);
});
