import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './project.ts';

const MAKEFILE = 'a:\n\techo $@\n';

test('without --out the ottofile goes to stdout, and nothing is written', () => {
  using dir = new Project({ Makefile: MAKEFILE });
  const { code, stdout, stderr } = dir.otto(['convert']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  dir.write('otto.yml', stdout);
  expect(dir.otto(['run', 'a']).stdout).toContain('a');
});

test('a file is replaced only with --force', () => {
  using dir = new Project({ Makefile: MAKEFILE, 'otto.yml': 'mine\n' });
  const refused = dir.otto(['convert', '--out', 'otto.yml']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('otto.yml is there already');
  expect(readFileSync(dir.path('otto.yml'), 'utf8')).toBe('mine\n');
  expect(dir.otto(['convert', '--out', 'otto.yml', '--force']).code).toBe(0);
  expect(readFileSync(dir.path('otto.yml'), 'utf8')).toContain('tasks:');
});

test('make looks for names in an order, and so does otto', () => {
  using dir = new Project({ Makefile: 'third:\n', makefile: 'second:\n' });
  expect(dir.otto(['convert']).stdout).toContain('second:');
  dir.write('GNUmakefile', 'first:\n');
  expect(dir.otto(['convert']).stdout).toContain('first:');
  expect(dir.otto(['convert', 'Makefile']).stdout).toContain('third:');
});

test('no Makefile, and one that cannot be read', () => {
  using dir = new Project({ 'sub/keep': '' });
  expect(dir.otto(['convert'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('otto convert FILE'),
  });
  expect(dir.otto(['convert', 'gone'])).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
  expect(dir.otto(['convert', 'sub'])).toMatchObject({ code: 2, stderr: expect.stringContaining('EISDIR') });
});

test('reports name the file as it can be opened from here', () => {
  using dir = new Project({
    'sub/Makefile': 'include more.mk\na:\n\ttrue\n',
    'sub/more.mk': 'vpath %.c src\n',
  });
  const { code, stderr } = dir.otto(['convert', 'sub/Makefile']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^sub\/more\.mk:1: "vpath" cannot be converted\n {2}hint: /);
});

test('a task named convert is the task', () => {
  using dir = new Project({ Makefile: MAKEFILE, 'otto.yml': 'tasks: {convert: {bash: echo task}}\n' });
  expect(dir.otto(['convert']).stdout).toContain('task');
  expect(dir.otto(['Convert']).stdout).toContain('made from Makefile');
});

test.each([
  ['a NUL byte', Buffer.from('a:\n\techo \0\n')],
  ['bytes that are not UTF-8', Buffer.from('# gr\xf6\xdfe\na:\n', 'latin1')],
  ['a program', readFileSync(process.execPath).subarray(0, 100_000)],
])('%s is no Makefile, and nothing is written', (_what, bytes) => {
  using dir = new Project({ 'good.mk': 'include Makefile\nb:\n\techo b\n' });
  writeFileSync(dir.path('Makefile'), bytes);
  expect(dir.otto(['convert', '--out', 'otto.yml'])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^otto: Makefile is no Makefile: it is not text in UTF-8.*\n {2}hint: .*iconv.*\n$/,
    ),
  });
  expect(existsSync(dir.path('otto.yml'))).toBe(false);
  expect(dir.otto(['convert', 'good.mk']).stderr).toContain('the included file "Makefile" cannot be read');
});
