import { expect, test } from 'vitest';
import { problems, read } from './read.ts';

test('all problems of a file are reported at once, in the order of their places', () => {
  const text = `
otto:
  jobs: 0
  taks: [build]
  store: shmm
tasks:
  build:
    before: [tset, build]
    bash: [1]
  test:
    store: {x: 1}
    bash: a
    node: b
`;
  expect(problems(text)).toEqual([
    'error 3:9 "jobs" must be a whole number above 0, not "0" (for example 4)',
    'warning 4:3 "otto" has an unknown key "taks"; it is ignored (did you mean "tasks"?)',
    'error 5:10 there is no store "shmm" (did you mean "shm"? there are files, shm)',
    'error 8:14 task "build" names "tset" in "before", but there is no such task (did you mean "test"?)',
    'error 8:20 task "build" names itself in "before" (remove it there)',
    'error 9:11 "bash" must be a script, not a list (write it as a block: "bash: |")',
    'error 11:12 "store" must be text, not a mapping (write "store: some text")',
    'error 13:5 task "test" has two scripts, "bash" and "node"; it can have one (make two tasks of it)',
  ]);
});

test('a diagnostic carries the file and the line as it stands there', () => {
  const [diagnostic] = read('tasks:\r\n\tx: 1\r\n').diagnostics;
  expect(diagnostic).toEqual({
    severity: 'error',
    file: '/project/otto.yml',
    at: { line: 2, column: 1 },
    sourceLine: '\tx: 1',
    message: 'YAML does not allow tabs as indentation',
    hint: 'indent with spaces',
  });
});

test('warnings alone do not keep a file from being used', () => {
  const { ottofile, diagnostics } = read('tasks: {a: {hlep: x}}');
  expect(ottofile).not.toBeNull();
  expect(diagnostics).toHaveLength(1);
});

const TOP = 'write tasks under "tasks:", each as "name:" with its keys';

test.each([
  ['an empty file', '', [`error 1:1 the file is empty (${TOP})`]],
  ['only comments', '# nothing\n', [`error 1:1 the file is empty (${TOP})`]],
  ['a list', '- a\n', [`error 1:1 an ottofile must be a mapping at its top level (${TOP})`]],
  ['a text', 'hello\n', [`error 1:1 an ottofile must be a mapping at its top level (${TOP})`]],
  [
    'two documents',
    'tasks: {}\n---\ntasks: {}\n',
    ['error 2:1 the file holds more than one YAML document (an ottofile is one document: remove the "---")'],
  ],
  [
    'a NUL',
    'tasks: {}\n#\0',
    ['error 2:2 the file holds a NUL character (an ottofile is plain text in UTF-8)'],
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from('tasks: {}\n# \xff', 'latin1'),
    ['error 2:3 the file is not valid UTF-8 (save it as UTF-8)'],
  ],
  [
    'two of a key',
    'tasks:\n  a: {}\n  b: {}\n  a: {}\n',
    ['error 4:3 "a" stands twice here; the first is on line 2 (keep one of them)'],
  ],
  [
    'an alias without anchor',
    'tasks: {a: *x}',
    [
      'error 1:12 this alias names no anchor that stands before it (an anchor is written "&name"; put a text that begins with "*" in quotes)',
    ],
  ],
  [
    'an alias before its anchor',
    'tasks: {a: *x, b: &x {}}',
    [
      'error 1:12 this alias names no anchor that stands before it (an anchor is written "&name"; put a text that begins with "*" in quotes)',
    ],
  ],
  [
    'a merge of a text',
    'tasks: {a: {<<: x}}',
    [
      'error 1:13 "<<" takes a mapping or a list of mappings, by alias (for example "<<: *common", where another place has "&common")',
    ],
  ],
  [
    'a key that is a list',
    'tasks: {? [a] : {}}',
    [
      'error 1:11 a key must be a single word or text (write it as "key: value"; "{" or "[" at the beginning of a text needs quotes)',
    ],
  ],
  [
    'a name without letters',
    'tasks: {"": {}}',
    ['error 1:9 a task name must not be empty (choose another name)'],
  ],
  [
    'a name with a control character',
    'tasks: {"a\\nb": {}}',
    ['error 1:9 a task name must not contain control characters (choose another name)'],
  ],
  [
    'half a character as a name',
    'tasks: {"\\ud800": {}}',
    ['error 1:9 a task name must be valid Unicode (choose another name)'],
  ],
  [
    'tasks as a list',
    'tasks: [a]',
    [
      'error 1:8 "tasks" must be a mapping: "key: value" lines, indented (each task is a key: "NAME:", and below it, indented, for example "bash: echo hello")',
    ],
  ],
  [
    'a task that is a text',
    'tasks: {a: ls}',
    [
      'error 1:12 task "a" must be a mapping: "key: value" lines, indented (a script stands under a key: "a: {bash: …}")',
    ],
  ],
  [
    'NUL in a script',
    'tasks: {a: {bash: "\\0"}}',
    [
      'error 1:19 "bash" holds a character that no program can be given (NUL or half a pair) (remove the character)',
    ],
  ],
])('%s', (_, text, expected) => {
  expect(problems(text)).toEqual(expected);
});

test.each([
  ['jobs: -1', '"jobs" must be a whole number above 0, not "-1" (for example 4)'],
  ['jobs: 1.5', '"jobs" must be a whole number above 0, not "1.5" (for example 4)'],
  ['jobs: many', '"jobs" must be a whole number above 0, not "many" (for example 4)'],
  ['name: [a]', '"name" must be text, not a list (write "name: some text")'],
  ['memory: lots', '"memory" must be a size, not "lots" (for example 2GiB, 512 MB, or a number of bytes)'],
  ['memory: 0', '"memory" must be a size, not "0" (for example 2GiB, 512 MB, or a number of bytes)'],
  ['store: redis', 'there is no store "redis" (there are files, shm)'],
  ['api: x', '"api" must be a version, not "x" (this otto knows "api: 1")'],
  [
    'api: 2',
    'the file asks for version "2" of the ottofile format; this otto knows version 1 (use a newer otto, or write "api: 1" when the file needs no more)',
  ],
  ['tasks: [a]', 'the default task "a" does not exist (add it under "tasks:", or remove the name here)'],
  ['tasks: {a: 1}', '"tasks" must be a list of task names, not a mapping (write "tasks: [one, other]")'],
  [
    'tasks: [[a]]',
    '"tasks" must be a list of task names; this item is not a name (write "tasks: [one, other]")',
  ],
  [
    'retention: 3',
    '"retention" must be a mapping: "key: value" lines, indented (check the indentation, and that a space follows each ":")',
  ],
  ['retention: {keep_days: -1}', '"keep_days" must be a number of days, not "-1" (for example 30)'],
  [
    'retention: {auto_prune: maybe}',
    '"auto_prune" must be true or false, not "maybe" (write one of these two words)',
  ],
  [
    'envs: [A]',
    '"envs" must be a mapping of names to values, not a list (write "NAME: value" lines, indented)',
  ],
  [
    'envs: {A: [1]}',
    'the variable "A" must be text, not a list or mapping (put the value in quotes, or let a task set it with OUTPUT)',
  ],
  ['envs: {"A=B": 1}', '"A=B" cannot be the name of a variable (use letters, digits and "_")'],
  [
    'envs: {A: "\\0"}',
    'the value of "A" holds a character that no variable can (NUL or half a pair) (remove the character)',
  ],
  ['envs: {OTTO_TASK: x}', 'OTTO_TASK is set by otto itself (choose another name)'],
])('otto: {%s}', (key, message) => {
  expect(problems(`otto: {${key}}`).map((line) => line.replace(/^error \d+:\d+ /, ''))).toEqual([message]);
});

test.each(['$', '5$', '$5', 'a $ b', '100%', 'a$X', '${X:-b}', '$(date)'])(
  'the value %s is fine',
  (value) => {
    expect(problems(`otto: {envs: {A: "${value}"}}`)).toEqual([]);
  },
);

test('a variable may be as long as Linux lets it be, and no longer', () => {
  const longest = 131_072 - 'A='.length - 1;
  expect(problems(`otto: {envs: {A: ${'x'.repeat(longest)}}}`)).toEqual([]);
  expect(problems(`otto: {envs: {A: ${'x'.repeat(longest + 1)}}}`)).toEqual([
    'error 1:18 the value of "A" is too long: a variable with its name can have 131071 bytes (let a task set it: otto.set key - < file)',
  ]);
});

test('a cycle is shown as a path, at one of its links', () => {
  expect(problems('tasks:\n  a: {before: [b]}\n  b: {before: [a]}\n')).toEqual([
    'error 2:16 tasks wait for each other: a -> b -> a (each waits for the next one: remove one of these links)',
  ]);
  expect(
    problems('tasks:\n  a: {}\n  b: {after: [a], before: [c]}\n  c: {after: [], before: ["a"]}\n'),
  ).toEqual([
    'error 3:15 tasks wait for each other: a -> b -> c -> a (each waits for the next one: remove one of these links)',
  ]);
});

test('a task named in "before" and "after" of the same task is a cycle', () => {
  expect(problems('tasks: {a: {before: b, after: b}, b: }')).toEqual([
    'error 1:21 tasks wait for each other: a -> b -> a (each waits for the next one: remove one of these links)',
  ]);
});

test('several YAML errors are reported, and nothing that only follows from them', () => {
  const found = problems('tasks:\n  a: [x\n  b: }\n  c: ]\n');
  expect(found.length).toBeGreaterThan(1);
  for (const line of found) expect(line).toMatch(/^error \d+:\d+ YAML: /);
});

test.each([
  ["tasks:\n  a:\n    bash: 'x\n  b: {}\n", '3:11', 'the quote that opens here is never closed'],
  ['tasks:\n  a:\n    help: "x\n', '3:11', 'the quote that opens here is never closed'],
  ['tasks:\n  a: {bash: x\n  b: {}\n', '2:6', '"{" opens here and is not closed'],
  ['tasks:\n  a:\n    before: [x, y\n    bash: z\n', '3:13', '"[" opens here and is not closed'],
  ['tasks:\n  a:\n    bash: echo a: b\n', '3:11', 'write it as a block'],
  ['tasks:\n  a:\n    bash: | echo x\n', '3:13', 'begins on the line after'],
  ['tasks:\n  a:\n    help: x\n   bash: y\n', '4:1', 'indent it exactly like'],
  ['tasks:\n  a:\n    bash: @x\n', '3:11', 'in quotes'],
  ['tasks:\n  a: "\\x"\n', '2:7', 'single quotes'],
  ['tasks:\n  a: {}\n  b\n', '3:3', 'ends with ":"'],
])('YAML that does not parse is pointed to where it went wrong, with a hint: %j', (text, place, words) => {
  const [first = ''] = problems(text);
  expect(first).toContain(`error ${place} YAML: `);
  expect(first).toContain(words);
  expect(first).toMatch(/ \(.+\)$/);
});

test('a key at the top level that looks like a task is pointed to its place', () => {
  expect(problems('build: {bash: ls}\ntasks: {}\n')).toEqual([
    'warning 1:1 unknown key "build" at the top level; it is ignored (when it is a task, move it under "tasks:")',
  ]);
  expect(problems('task: {}\n')).toEqual([
    'warning 1:1 unknown key "task" at the top level; it is ignored (did you mean "tasks"?)',
  ]);
});

test('a script whose first line disagrees with its key is warned of', () => {
  expect(problems('tasks:\n  a:\n    bash: |\n      #!/usr/bin/env python3\n')).toEqual([
    'warning 3:11 this is run by bash, whatever its first line says (with "action:" the first line decides)',
  ]);
  expect(problems('tasks:\n  a:\n    bash: |\n      #!/bin/sh -e\n')).toEqual([]);
});

test('control characters of the file reach no message', () => {
  expect(problems('"\\e[31mx": 1')).toEqual([
    'warning 1:1 unknown key "\\x1b[31mx" at the top level; it is ignored',
  ]);
});

test('nesting beyond all reason is an error like others', () => {
  expect(problems(`tasks: ${'['.repeat(100_000)}`)[0]).toMatch(/nested too deeply/);
  expect(problems(`tasks: ${'{a: '.repeat(50_000)}`)[0]).toMatch(/nested too deeply/);
});
