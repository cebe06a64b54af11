import { describe, expect, test } from 'vitest';
import type { FindFiles } from '../../src/graph/foreach.ts';
import { itemEnvironment } from '../../src/graph/item-environment.ts';
import { type Plan, plainly, type RequestedTask } from '../../src/graph/plan.ts';
import { ownerOf, type PlanProblem, planRun } from '../../src/graph/plan-run.ts';
import { parse, task } from '../run/rig.ts';
import { planOf } from '../support/plan.ts';

const read = (tasks: string) => parse(`tasks:\n${tasks}`, '/project/otto.yml');

const plan = (tasks: string, ...requested: (string | RequestedTask)[]): Plan =>
  planOf(read(tasks), asked(requested));

const asked = (requested: readonly (string | RequestedTask)[]): RequestedTask[] =>
  requested.map((one) => (typeof one === 'string' ? plainly(task(one)) : one));

function problems(
  tasks: string,
  requested: readonly string[],
  findFiles: FindFiles = () => [],
): PlanProblem[] {
  const planned = planRun(read(tasks), asked(requested), findFiles);
  if (planned.ok) throw new Error('it can be planned');
  return [...planned.error];
}

const ABC = '{before: [prep], foreach: {items: [a, b, c]}, bash: ":"}';
const FAN = `  prep: {bash: ":"}\n  each: ${ABC}\n  all: {before: [each], bash: ":"}`;

describe('items', () => {
  test('are tasks of their own between what their parent waits for and what waits for it', () => {
    const { order, dependencies, reads, readers, items } = plan(FAN, 'all');
    expect(order).toEqual(['prep', 'each:a', 'each:b', 'each:c', 'each', 'all']);
    expect(dependencies.get(task('each:b'))).toEqual(['prep']);
    expect(dependencies.get(task('each'))).toEqual(['each:a', 'each:b', 'each:c']);
    expect(dependencies.get(task('all'))).toEqual(['each']);
    expect(reads.get(task('each:b'))).toEqual(['prep']);
    expect(reads.get(task('each'))).toEqual([]);
    expect(reads.get(task('all'))).toEqual(['each', 'each:a', 'each:b', 'each:c']);
    expect(readers.get(task('prep'))).toEqual(['each:a', 'each:b', 'each:c']);
    expect(readers.get(task('each:b'))).toEqual(['all']);
    expect(items.get(task('each'))).toEqual(['each:a', 'each:b', 'each:c']);
  });

  test('do the work of the task, which itself only stands for them', () => {
    const { tasks } = plan(
      `  each: {foreach: {items: [a]}, interactive: true, timeout: 1, retries: 2, bash: "echo"}`,
      'each',
    );
    const [item, parent] = ['each:a', 'each'].map((name) => tasks.get(task(name)));
    expect(item).toMatchObject({ role: 'item', item: { parent: 'each', index: 0, value: 'a' } });
    expect(item?.definition).toMatchObject({ interactive: true, timeoutMs: 1000, script: { text: 'echo' } });
    expect(parent).toMatchObject({ role: 'foreach', item: null });
    expect(parent?.definition).toMatchObject({
      interactive: false,
      timeoutMs: null,
      retries: null,
      script: null,
    });
  });

  test('of a range are named with zeros in front, and have the bare number', () => {
    const { tasks, items } = plan('  r: {foreach: {range: 8..11, as: n}, bash: ":"}', 'r');
    expect(items.get(task('r'))).toEqual(['r:08', 'r:09', 'r:10', 'r:11']);
    expect(itemEnvironment(tasks.get(task('r:09')) as never)).toEqual({
      n: '9',
      OTTO_FOREACH_ITEM: '9',
      OTTO_FOREACH_INDEX: '1',
    });
    expect(plan('  r: {foreach: {range: 2..-10}, bash: ":"}', 'r').items.get(task('r'))).toEqual(
      ['02', '01', '00', '-01', '-02', '-03', '-04', '-05', '-06', '-07', '-08', '-09', '-10'].map(
        (id) => `r:${id}`,
      ),
    );
    expect(plan('  r: {foreach: {range: 007-008}, bash: ":"}', 'r').items.get(task('r'))).toEqual([
      'r:007',
      'r:008',
    ]);
  });

  test('of a glob are named like the files, and have the path', () => {
    const found: string[][] = [];
    const findFiles: FindFiles = (...asking) => {
      found.push(asking);
      return ['src/one.txt', 'src/sub/two.txt', 'dir'];
    };
    const { tasks } = planOf(
      read('  g: {foreach: {glob: "src/**"}, bash: ":"}'),
      [plainly(task('g'))],
      findFiles,
    );
    expect(found).toEqual([['src/**', '/project']]);
    expect(tasks.get(task('g:two.txt'))?.item?.value).toBe('src/sub/two.txt');
    expect(tasks.get(task('g:dir'))?.item?.value).toBe('dir');
  });

  test('that are none leave the parent with what it waited for', () => {
    const { order, dependencies, items, reads } = plan(
      '  prep: {bash: ":"}\n  g: {before: [prep], foreach: {glob: x}, bash: ":"}\n  all: {before: [g], bash: ":"}',
      'all',
    );
    expect(order).toEqual(['prep', 'g', 'all']);
    expect(dependencies.get(task('g'))).toEqual(['prep']);
    expect([items.get(task('g')), reads.get(task('g'))]).toEqual([[], []]);
  });

  test('of one task after those of another read all of them', () => {
    const { reads, readers } = plan(
      `  one: {foreach: {items: [a, b]}, bash: ":"}\n  two: {before: [one], foreach: {items: [x, y]}, bash: ":"}`,
      'two',
    );
    expect(reads.get(task('two:y'))).toEqual(['one', 'one:a', 'one:b']);
    expect(readers.get(task('one:a'))).toEqual(['two:x', 'two:y']);
    expect(readers.get(task('one'))).toEqual(['two:x', 'two:y']);
  });

  test('run one after the other with parallel: false or --Serial, without reading each other', () => {
    const waits = (planned: Plan) =>
      planned.items.get(task('each'))?.map((item) => planned.dependencies.get(item));
    const inRow = [['prep'], ['prep', 'each:a'], ['prep', 'each:b']];
    const serial = plan(FAN, { task: task('each'), given: new Map(), serial: true });
    expect(waits(serial)).toEqual(inRow);
    expect(serial.reads.get(task('each:b'))).toEqual(['prep']);
    expect(waits(plan(FAN.replace('[a, b, c]', '[a, b, c], parallel: false'), 'all'))).toEqual(inRow);
    expect(waits(plan(FAN, 'all'))).toEqual([['prep'], ['prep'], ['prep']]);
  });

  test('1000 of one task before 1000 of another share what they read', () => {
    const { reads, items } = plan(
      `  one: {foreach: {range: 1..1000}, bash: ":"}\n  two: {before: [one], foreach: {range: 1..1000}, bash: ":"}`,
      'two',
    );
    const [first, ...others] = (items.get(task('two')) ?? []).map((item) => reads.get(item));
    expect(first).toHaveLength(1001);
    expect(others.every((list) => list === first)).toBe(true);
  });
});

describe('one item alone', () => {
  test('runs after what its parent waits for, and brings nothing that comes after', () => {
    const tasks = `  prep: {bash: ":"}\n  each: {before: [prep], after: [last], foreach: {items: [a, "b:c"]}, bash: ":"}\n  last: {bash: ":"}`;
    const { order, dependencies, readers, tasks: planned } = plan(tasks, 'each:b:c');
    expect(order).toEqual(['prep', 'each:b:c']);
    expect(dependencies.get(task('each:b:c'))).toEqual(['prep']);
    expect(readers.get(task('prep'))).toEqual(['each:b:c']);
    expect(planned.get(task('each:b:c'))?.item?.index).toBe(1);
    expect(plan(tasks, 'each:b:c', 'each:a').order).toEqual(['prep', 'each:a', 'each:b:c']);
    expect(plan(tasks, 'each:a', 'last').order).toEqual(['prep', 'each:a', 'each:b:c', 'each', 'last']);
  });

  test('has the params that were given with it', () => {
    const tasks = `  each: {foreach: {items: [a, b]}, params: {--level: {}}, bash: ":"}`;
    const given = new Map([['level', { kind: 'text', text: '7' } as const]]);
    const { tasks: planned } = plan(tasks, { task: task('each:b'), given, serial: false });
    expect([...planned.keys()]).toEqual(['each:b']);
    expect(planned.get(task('each:b'))?.params.get('level')).toEqual({ kind: 'text', text: '7' });
  });

  test('that does not exist is refused, with those that do', () => {
    expect(problems(FAN, ['each:x', 'each:b'])).toEqual([
      { kind: 'no-item', parent: 'each', id: 'x', ids: ['a', 'b', 'c'] },
    ]);
    expect(problems(FAN, ['each:x', 'all'])).toHaveLength(1);
  });

  test('belongs to the longest name that repeats', () => {
    const { tasks } = read(
      `  a: {foreach: {items: [x]}, bash: ":"}\n  "a:b": {foreach: {items: [x]}, bash: ":"}\n  "a:c": {bash: ":"}`,
    );
    expect(
      ['a:x', 'a:b', 'a:b:x', 'a:c', 'a:c:x', 'b:x', 'a'].map((name) => ownerOf(tasks, name)?.name),
    ).toEqual(['a', 'a:b', 'a:b', 'a:c', 'a', undefined, 'a']);
  });
});

describe('what keeps a task from being repeated', () => {
  const globbed = (found: readonly string[], more = '') =>
    problems(
      `  g: {foreach: {glob: "*"${more}}, bash: ":"}\n  "g:taken": {bash: ":"}`,
      ['g'],
      () => found,
    ).map((problem) => (problem.kind === 'ottofile' ? problem.diagnostic : problem));

  test('is told with its place', () => {
    expect(globbed(['a/same', 'b/same'])).toMatchObject([
      { at: { line: 2 }, message: 'task "g" has two items of the name "same": "a/same" and "b/same"' },
    ]);
    expect(globbed(['\udcff.txt'])[0]).toMatchObject({
      message:
        'task "g" has the item "\udcff.txt", but a task name, which an item becomes, must be valid Unicode',
      hint: 'leave it out of the list, or write it in another way',
    });
    expect(globbed(['taken'])[0]).toMatchObject({
      message: 'task "g" has the item "taken", but there is a task "g:taken"',
    });
    expect(globbed(['a', 'b', 'c'], ', max_items: 2')[0]).toMatchObject({
      message: 'task "g" has 3 items; at most 2 are allowed',
    });
  });

  test('is told when items of two tasks would have one name', () => {
    const twins = `  a: {foreach: {items: ["b:c"]}, bash: ":"}\n  "a:b": {foreach: {glob: "*"}, bash: ":"}`;
    expect(problems(twins, ['a', 'a:b'], () => ['c'])).toMatchObject([
      { diagnostic: { message: 'task "a:b" has the item "c", but there is a task "a:b:c"' } },
    ]);
  });

  test('is told of all tasks at once', () => {
    const two = `  g: {foreach: {glob: "*"}, bash: ":"}\n  h: {foreach: {glob: "*"}, bash: ":"}`;
    expect(problems(two, ['g', 'h'], () => ['x/a', 'y/a'])).toHaveLength(2);
  });
});

describe('items that a dependency makes', () => {
  const LATE = `  list: {bash: ":"}\n  each: {before: [list], foreach: {items_from: list.files}, bash: ":"}\n  all: {before: [each, list], bash: ":"}`;

  test('take their places when they are known', () => {
    const planned = planOf(read(LATE), [plainly(task('all'))]);
    expect(planned.isOpen(task('each'))).toBe(true);
    expect(planned.order).toEqual(['list', 'each', 'all']);
    expect(planned.readers.get(task('list'))).toEqual(['each', 'all']);
    planned.expand(task('each'), [
      { id: 'x', value: 'x', name: task('each:x'), index: 0 },
      { id: 'y', value: 'y', name: task('each:y'), index: 1 },
    ]);
    expect(planned.isOpen(task('each'))).toBe(false);
    expect(planned.order).toEqual(['list', 'each:x', 'each:y', 'each', 'all']);
    expect(planned.readers.get(task('list'))).toEqual(['each:x', 'each:y', 'all']);
    expect(planned.reads.get(task('all'))).toEqual(['each', 'each:x', 'each:y', 'list']);
    expect(planned.tasks.get(task('each:y'))?.definition.script?.text).toBe(':');
  });

  test('cannot be asked for alone', () => {
    expect(problems(LATE, ['each:x'])).toEqual([{ kind: 'later-item', parent: 'each', id: 'x' }]);
  });
});
