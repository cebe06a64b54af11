import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ParsedOttofile, parseOttofile } from '../../src/ottofile/parse.ts';
import { task } from './read.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'otto-include-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes files and reads the first one. */
function project(files: Readonly<Record<string, string>>): ParsedOttofile {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const [main = ''] = Object.entries(files)[0] ?? [];
  const content = new TextEncoder().encode(files[main] ?? '');
  return parseOttofile({ path: join(root, main), content }, { userHome: root, stores: ['files', 'shm'] });
}

const shown = ({ diagnostics }: ParsedOttofile): string[] =>
  diagnostics.map(
    ({ severity, file, at, message, hint = '' }) =>
      `${severity} ${relative(root, file)}:${at.line}:${at.column} ${message} (${hint.replaceAll(root, '…')})`,
  );

function valid(files: Readonly<Record<string, string>>) {
  const parsed = project(files);
  if (parsed.ottofile === null) throw new Error(shown(parsed).join('\n'));
  return parsed.ottofile;
}

const names = (parsed: Pick<ParsedOttofile, 'taskNames'>) => [...parsed.taskNames];

test('the tasks of an included file are named after it, and keep their directory and their file', () => {
  const ottofile = valid({
    'otto.yml':
      'include: {lib: lib/tasks.yml}\notto: {envs: {A: main}, fresh: hash}\ntasks: {build: {before: lib:pack}}',
    'lib/tasks.yml':
      'otto: {envs: {A: lib}, dotenv: .env, name: other, jobs: 7, tasks: [pack]}\ntasks: {pack: {dir: sub, input: x, bash: x}}',
  });
  expect([...ottofile.tasks.keys()]).toEqual(['build', 'lib:pack']);
  expect(ottofile).toMatchObject({ jobs: null, defaults: [], envs: [{ name: 'A', value: 'main' }] });
  expect(task(ottofile, 'build').before).toEqual(['lib:pack']);
  expect(task(ottofile, 'lib:pack')).toMatchObject({
    localName: 'pack',
    directory: join(root, 'lib/sub'),
    fresh: 'mtime',
    at: { file: join(root, 'lib/tasks.yml'), line: 2 },
    file: {
      path: join(root, 'lib/tasks.yml'),
      directory: join(root, 'lib'),
      prefix: 'lib:',
      envs: [{ name: 'A', value: 'lib' }],
      dotenv: [{ text: '.env' }],
    },
  });
});

test('names in an included file mean its own tasks first', () => {
  const ottofile = valid({
    'otto.yml': 'include: {lib: lib}\ntasks: {build: {bash: x}, main: {bash: x}}',
    'lib/otto.yml': `
tasks:
  build: {bash: x}
  pack: {before: [build, main, "lib:list"], bash: x}
  list: {after: each, bash: x}
  each: {before: list, foreach: {items_from: list.files}, bash: x}
`,
  });
  expect(task(ottofile, 'lib:pack').before).toEqual(['lib:build', 'main', 'lib:list']);
  expect(task(ottofile, 'lib:list').after).toEqual(['lib:each']);
  expect(task(ottofile, 'lib:each').foreach?.source).toEqual({
    kind: 'items_from',
    task: 'lib:list',
    key: 'files',
  });
});

test('an included file may include others, and a file may be included under two names', () => {
  const ottofile = valid({
    'otto.yml': 'include: {a: a/, b: ./a/otto.yml}\notto: {tasks: ["*"]}\ntasks: {x: {before: "a:deep:y"}}',
    'a/otto.yml': 'include: {deep: ../deep.yml}\ntasks: {x: {before: [deep:y], bash: x}}',
    'deep.yml': 'tasks: {y: {bash: x}}',
  });
  expect([...ottofile.tasks.keys()]).toEqual(['x', 'a:x', 'a:deep:y', 'b:x', 'b:deep:y']);
  expect(task(ottofile, 'b:x').before).toEqual(['b:deep:y']);
  expect(ottofile.defaults).toEqual(['x']);
});

test('default tasks may be those of an included file', () => {
  const files = { 'otto.yml': 'include: {l: l.yml}\notto: {tasks: "l:a"}', 'l.yml': 'tasks: {a: {bash: x}}' };
  expect(valid(files).defaults).toEqual(['l:a']);
});

test('files that include each other are shown as a path', () => {
  const parsed = project({
    'otto.yml': 'include:\n  a: a/otto.yml\n',
    'a/otto.yml': 'include:\n  b: ../b.yml\n',
    'b.yml': 'include:\n  main: link.yml\n',
  });
  expect(shown(parsed)).toEqual([expect.stringContaining('error b.yml:2:9 there is no file "link.yml"')]);
  symlinkSync('otto.yml', join(root, 'link.yml'));
  const again = project({ 'otto.yml': 'include:\n  a: a/otto.yml\n' });
  expect(shown(again)).toEqual([
    'error b.yml:2:9 files include each other: otto.yml -> a/otto.yml -> b.yml -> otto.yml (remove one of these includes)',
  ]);
});

test('files that include others many times over are not read without end', () => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `${i}.yml`,
      `include: {a: ${i + 1}.yml, b: ${i + 1}.yml}\ntasks: {t: }`,
    ]),
  );
  const found = shown(project({ ...files, '20.yml': 'tasks: {t: }' }));
  expect(found.some((line) => line.includes('more than 1000 files are included'))).toBe(true);
});

test.each([
  ['lib: nope.yml', 'error otto.yml:1:16 there is no file "nope.yml" (otto looked for …/nope.yml)'],
  ['lib: otto.yml/x', 'error otto.yml:1:16 there is no file "otto.yml/x" (otto looked for …/otto.yml/x)'],
  ['lib: empty', 'error otto.yml:1:16 there is no ottofile in the directory "empty" (name a file, or'],
  ['lib: /dev/null', 'error otto.yml:1:16 "/dev/null" is not a regular file (name an ottofile)'],
  ['lib: ', 'error otto.yml:1:16 the include "lib" names no file (write "lib: path/to/otto.yml")'],
  ['lib: [a]', 'error otto.yml:1:16 "lib" must be text, not a list'],
  ['"": a', 'error otto.yml:1:11 "" cannot be the name of an include'],
])('include: {%s} is a problem, at its place', (include, message) => {
  mkdirSync(join(root, 'empty'));
  const found = shown(
    project({ 'otto.yml': `include: {${include}}\ntasks: {a: {before: "lib:b", bash: x}}` }),
  );
  expect(found[0]).toContain(message);
  // That "lib:b" is no task only follows from it.
  expect(found).toHaveLength(
    include.startsWith('lib: ') && include !== 'lib: ' && !include.includes('[') ? 1 : 2,
  );
});

test('a link that leads to itself is a problem', () => {
  symlinkSync('loop.yml', join(root, 'loop.yml'));
  expect(shown(project({ 'otto.yml': 'include: {a: loop.yml}' }))).toEqual([
    'error otto.yml:1:14 "loop.yml" cannot be read (ELOOP) (look at …/loop.yml)',
  ]);
});

test('problems are told with the file they are in, once each', () => {
  const parsed = project({
    'otto.yml': 'include: {l: l.yml, m: l.yml}\ntasks: {a: {before: [l:bb, l:c], bash: x}}',
    'l.yml': 'tasks:\n  b: {before: [a, bb], hlep: x, bash: x}\n',
  });
  expect(shown(parsed)).toEqual([
    'error otto.yml:2:22 task "a" names "l:bb" in "before", but there is no such task (did you mean "l:b"?)',
    'error otto.yml:2:28 task "a" names "l:c" in "before", but there is no such task (did you mean "l:b"?)',
    'error l.yml:2:19 task "l:b" names "bb" in "before", but there is no such task (did you mean "b"?)',
    'warning l.yml:2:24 task "b" has an unknown key "hlep"; it is ignored (did you mean "help"?)',
    'error l.yml:2:19 task "m:b" names "bb" in "before", but there is no such task (did you mean "b"?)',
  ]);
});

test('a file whose YAML is wrong is told of, and nothing that follows from it', () => {
  const parsed = project({
    'otto.yml': 'include: {l: l.yml}\notto: {tasks: ["l:x"]}\ntasks: {a: {before: "l:b", bash: x}}',
    'l.yml': 'tasks:\n  b: [x\n',
  });
  expect(shown(parsed)).toEqual([expect.stringContaining('error l.yml:2:6 YAML: ')]);
});

test('a task with the name of an included one is refused', () => {
  const parsed = project({
    'otto.yml': 'include: {lib: l.yml}\ntasks:\n  "lib:b": {bash: x}\n',
    'l.yml': 'tasks: {b: {bash: x}}',
  });
  expect(shown(parsed)).toEqual([
    'error otto.yml:3:3 task "lib:b" has the full name of an included task (l.yml:1) (choose another name for one of them)',
  ]);
});

test('a cycle through files is shown by full names, where one of its links stands', () => {
  const parsed = project({
    'otto.yml': 'include: {l: l.yml}\ntasks: {a: {before: "l:b"}}',
    'l.yml': 'tasks:\n  b: {before: a}\n',
  });
  expect(shown(parsed)).toEqual([
    'error otto.yml:2:21 tasks wait for each other: a -> l:b -> a (each waits for the next one: remove one of these links)',
  ]);
});

test('the names of tasks are known when an include fails', () => {
  expect(names(project({ 'otto.yml': 'include: {l: none.yml}\ntasks: {a: }' }))).toEqual(['a']);
});
