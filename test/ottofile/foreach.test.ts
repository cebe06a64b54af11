import { expect, test } from 'vitest';
import { problems, task, valid } from './read.ts';

const sourceOf = (foreach: string) =>
  task(valid(`tasks: {a: {foreach: {${foreach}}, bash: x}}`), 'a').foreach?.source;

test('a foreach has defaults', () => {
  expect(task(valid('tasks:\n  a:\n    foreach:\n      items: [x]\n    bash: x\n'), 'a').foreach).toEqual({
    source: { kind: 'items', items: ['x'] },
    as: 'item',
    parallel: true,
    maxItems: 1000,
    at: { file: '/project/otto.yml', line: 4, column: 14, sourceLine: '      items: [x]' },
  });
});

test('every key of foreach is read', () => {
  const { foreach } = task(
    valid('tasks: {a: {foreach: {glob: "src/**/*.c", as: file, parallel: false, max_items: 3}, bash: x}}'),
    'a',
  );
  expect(foreach).toMatchObject({
    source: { kind: 'glob', pattern: 'src/**/*.c' },
    as: 'file',
    parallel: false,
    maxItems: 3,
  });
});

test.each([
  ['1..10', 1, 10, 2],
  ['1-10', 1, 10, 2],
  ['01..3', 1, 3, 2],
  ['10..8', 10, 8, 2],
  ['3 .. 3', 3, 3, 1],
  ['-2..2', -2, 2, 1],
  ['"-3..-1"', -3, -1, 1],
])('the range %s', (range, from, to, width) => {
  expect(sourceOf(`range: ${range}`)).toEqual({ kind: 'range', from, to, width });
});

test('items are the texts that were written; none is allowed', () => {
  expect(sourceOf('items: [1.10, yes, null, ~, "a b", ü/ñ, "$(x)", "new\\nline"]')).toEqual({
    kind: 'items',
    items: ['1.10', 'yes', 'null', '~', 'a b', 'ü/ñ', '$(x)', 'new\nline'],
  });
  expect(sourceOf('items: one')).toEqual({ kind: 'items', items: ['one'] });
  expect(sourceOf('items: []')).toEqual({ kind: 'items', items: [] });
});

test('as many items as max_items says may be given', () => {
  expect(sourceOf('range: 1..1000')).toMatchObject({ to: 1000 });
  expect(sourceOf('range: 1..5000, max_items: 5000')).toMatchObject({ to: 5000 });
});

test('items_from takes the longest name of a task', () => {
  const ottofile = valid(`
tasks:
  a: {bash: x}
  a.b: {bash: x}
  c: {before: [a, a.b], foreach: {items_from: a.b.c}, bash: x}
  d: {before: [a, a.b], foreach: {items_from: a.c.d}, bash: x}
  e: {after: f, bash: x}
  f: {foreach: {items_from: e.list}, bash: x}
`);
  expect(task(ottofile, 'c').foreach?.source).toEqual({ kind: 'items_from', task: 'a.b', key: 'c' });
  expect(task(ottofile, 'd').foreach?.source).toEqual({ kind: 'items_from', task: 'a', key: 'c.d' });
  expect(task(ottofile, 'f').foreach?.source).toEqual({ kind: 'items_from', task: 'e', key: 'list' });
});

test.each([
  ['foreach: [a]', '"foreach" must be a mapping, not a list'],
  ['foreach: {}', '"foreach" does not say for what (it takes one of items, glob, range, items_from)'],
  ['foreach: {as: x}', '"foreach" does not say for what'],
  ['foreach: {items: [a], glob: x}', '"foreach" has "items" and "glob"'],
  ['foreach: {items: {a: b}}', '"items" must be a list of texts, not a mapping'],
  ['foreach: {items: [a, b, a]}', 'the item "a" stands twice here'],
  ['foreach: {items: [a, ~, null, ~]}', 'the item "~" stands twice here'],
  ['foreach: {items: ["a\\nb", "a\\nb"]}', 'the item "a\\x0ab" stands twice here'],
  [
    'before: ["rep:x"]',
    'task "a" names "rep:x" in "before", but there is no such task (items cannot be named alone: "rep"',
  ],
  ['foreach: {items: [""]}', `the item "" cannot be part of a task's name`],
  ['foreach: {glob: ""}', '"glob" is empty'],
  ['foreach: {range: 1}', '"range" must be a range, not "1"'],
  ['foreach: {range: a..b}', '"range" must be a range, not "a..b"'],
  ['foreach: {range: 1..9999999999999999}', '"range" must be a range'],
  [
    'foreach: {range: 0..1000}',
    '"foreach" has 1001 items; at most 1000 are allowed (write "max_items: 1001"',
  ],
  ['foreach: {range: 1..999999999999}', '"foreach" has 999999999999 items'],
  ['foreach: {items: [a, b], max_items: 1}', '"foreach" has 2 items; at most 1 are allowed'],
  ['foreach: {items: [a], max_items: 0}', '"max_items" must be a whole number above 0'],
  ['foreach: {items: [a], as: "a b"}', '"as" is "a b": a variable is made of letters'],
  ['foreach: {items: [a], as: PATH}', '"as" is "PATH": programs take this variable'],
  ['foreach: {items: [a], parallel: maybe}', '"parallel" must be true or false'],
  ['foreach: {items_from: b}', '"items_from" names "b", which is no key of a task (write it as task.key)'],
  ['foreach: {items_from: b.}', '"items_from" names "b.", which is no key of a task'],
  [
    'foreach: {items_from: lits.x}',
    '"items_from" names "lits.x", which is no key of a task (did you mean "list"?)',
  ],
  ['foreach: {items_from: list.x}', 'the items come from "list", which does not run before this task'],
  ['foreach: {items_from: a.x}', 'task "a" takes its items from itself'],
  [
    'before: list, foreach: {items_from: list.fiels}',
    'does not declare the key "fiels" (did you mean "files"?)',
  ],
  ['foreach: {items: [x, one]}', 'the item "one" would run as "a:one", which is a task'],
])('{%s} is a problem', (keys, message) => {
  const found = problems(
    `tasks: {a: {${keys}, bash: x}, list: {outputs: [files], bash: x}, "a:one": {bash: x}, rep: {foreach: {range: 1..3}, bash: x}}`,
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
  expect(found[0]).toMatch(/ \(.+\)$/);
});

test('a number of a range is padded in the name of its task', () => {
  const [problem] = problems('tasks: {a: {foreach: {range: 8..10}, bash: x}, "a:09": {bash: x}}');
  expect(problem).toContain('the item "09" would run as "a:09", which is a task');
});
