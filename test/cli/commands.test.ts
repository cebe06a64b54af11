import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { CLI, Project, project } from './project.ts';

const CLASH = `
otto: {tasks: [hello]}
tasks:
  hello: {bash: echo hello}
  clean: {bash: echo task clean}
  list: {help: a task like a command, bash: echo task list}
  run: {bash: echo task run}
`;

test('a word is the task when there is one, else the command; capitalised it is the command', () => {
  using dir = project(CLASH);
  expect(dir.otto(['list']).stdout).toBe('list | task list\n');
  expect(dir.otto(['run', 'list']).stdout).toBe('list | task list\n');
  expect(dir.otto(['List']).stdout).toMatch(/^hello {2}\(default\)\n/);
  expect(dir.otto(['Clean']).stdout).not.toContain('task clean');
  expect(dir.otto(['list', '--json']).stderr).toContain('hint: the command is "otto List"');
  expect(dir.otto(['history']).stdout).toContain('otto run list');
  expect(dir.otto(['run', 'run']).stdout).toBe('run | task run\n');
  expect(dir.otto(['run']).stdout).toBe('hello | hello\n');
});

test('a task keeps its name against a command also while the ottofile has errors', () => {
  using dir = project('tasks: {clean: {bash: echo, before: [gone]}}');
  expect(dir.otto(['clean'])).toMatchObject({ code: 2, stdout: '' });
});

test('"otto" runs the default tasks, with options too', () => {
  using dir = project(CLASH);
  expect(dir.otto([])).toMatchObject({ code: 0, stdout: 'hello | hello\n' });
  expect(dir.otto(['-j1', '-k'])).toMatchObject({ code: 0, stdout: 'hello | hello\n' });
  expect(dir.otto(['-n'])).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
});

test('a dry run shows the order, one task a line, and leaves nothing', () => {
  using dir = project(
    'tasks: {c: {before: b, bash: echo}, b: {before: a}, a: {bash: touch ran}, d: {after: b}}',
  );
  expect(dir.otto(['run', '-n', 'c'])).toEqual({ code: 0, stdout: 'a\nd\nb\nc\n', stderr: '' });
  expect(existsSync(dir.home)).toBe(false);
  expect(existsSync(dir.path('ran'))).toBe(false);
});

test('several tasks are run together, also those whose names begin with a dash', () => {
  using dir = project('tasks: {a: {bash: echo A}, "-b": {bash: echo B}}');
  expect(dir.otto(['run', '-j1', '--', '-b', 'a']).stdout).toBe('-b | B\na  | A\n');
  expect(dir.otto(['-j1', '--', '-b']).stdout).toBe('-b | B\n');
});

test('the list has a line for each task, in the order of the file', () => {
  using dir = project(`
otto: {about: "builds\\nthings", tasks: [b]}
tasks:
  b: {help: "second\\nmore"}
  a long name: {help: first}
  日本:
`);
  expect(dir.otto(['list'])).toEqual({
    code: 0,
    stdout: 'builds\n\nb            second (default)\na long name  first\n日本\n',
    stderr: '',
  });
});

test('the list as JSON has everything programs need', () => {
  using dir = project('otto: {name: p, tasks: [b]}\ntasks:\n  a: {after: b, python: x}\n  b: {help: h}\n');
  expect(JSON.parse(dir.otto(['list', '--json']).stdout)).toMatchObject({
    ottofile: dir.path('otto.yml'),
    project: 'p',
    about: null,
    defaults: ['b'],
    tasks: [
      { name: 'a', help: null, before: [], after: ['b'], dependencies: [], language: 'python', line: 3 },
      { name: 'b', help: 'h', before: [], after: [], dependencies: ['a'], language: null, line: 4 },
    ],
  });
});

test('the ottofile is found from below, by -o and by OTTOFILE; -o wins', () => {
  using dir = new Project({
    'otto.yml': 'tasks: {top: }',
    'sub/deep/x': '',
    'other/Ottofile': 'tasks: {other: }',
    'mine.yml': 'tasks: {mine: }',
  });
  const list = (args: string[], env = {}) => dir.otto([...args, 'list'], { cwd: 'sub/deep', env }).stdout;
  expect(list([])).toBe('top\n');
  expect(list(['-o', '../../other'])).toBe('other\n');
  expect(list(['-o../../mine.yml'])).toBe('mine\n');
  expect(list([], { OTTOFILE: dir.path('mine.yml') })).toBe('mine\n');
  expect(list(['-o', '../../other'], { OTTOFILE: dir.path('mine.yml') })).toBe('other\n');
  expect(dir.otto(['list', '-o', 'other']).stdout).toBe('other\n');
});

test('help and version need no ottofile and mind no broken one', () => {
  using empty = new Project({});
  using broken = project('tasks: [');
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const dir of [empty, broken]) {
    for (const args of [['version'], ['--version'], ['Version']])
      expect(dir.otto(args)).toEqual({ code: 0, stdout: `otto ${version}\n`, stderr: '' });
    for (const args of [['help'], ['--help'], ['-h']])
      expect(dir.otto(args)).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringContaining('\nCommands:\n'),
      });
  }
});

test.each(['run', 'list', 'history', 'clean', 'data', 'help', 'version'])(
  'help for %s shows its options',
  (command) => {
    using dir = new Project({});
    const asked = dir.otto(['help', command]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(`Usage: otto ${command}`);
    expect(asked.stdout).toContain('-h, --help');
    for (const flag of ['-h', '--help']) expect(dir.otto([command, flag])).toEqual(asked);
  },
);

test('the command line says which exit code a run has', () => {
  using dir = project('tasks: {good: {bash: "true"}, bad: {bash: exit 7}}');
  expect(dir.otto(['good']).code).toBe(0);
  expect(dir.otto(['bad']).code).toBe(1);
  expect(dir.otto(['-k', 'bad', 'good']).code).toBe(1);
});

test('quiet shows nothing of what succeeds', () => {
  using dir = project('tasks: {good: {bash: echo chatter}}');
  for (const args of [
    ['-q', 'good'],
    ['--output', 'quiet', 'good'],
  ])
    expect(dir.otto(args)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('verbose tells where the run is kept and when tasks start and end', () => {
  using dir = project('tasks: {good: {bash: "true"}}');
  const { stderr } = dir.otto(['-v', 'good']);
  expect(stderr).toContain(`otto: the run is kept in ${dir.home}/`);
  expect(stderr).toMatch(/otto: task "good" started\notto: task "good" succeeded after \d/);
});

test('the store is the one named last by: ottofile, environment, command line', () => {
  using dir = project('otto: {store: files}\ntasks: {s: {bash: echo "$OTTO_STORE"}}');
  expect(dir.otto(['s']).stdout).toBe('s | files\n');
  expect(dir.otto(['s'], { env: { OTTO_STORE: 'shm' } }).stdout).toBe('s | shm\n');
  expect(dir.otto(['--store', 'files', 's'], { env: { OTTO_STORE: 'shm' } }).stdout).toBe('s | files\n');
  expect(dir.otto(['--fast', 's']).stdout).toBe('s | shm\n');
});

test('a reader that goes away is no error', async () => {
  const tasks = Array.from({ length: 5000 }, (_, i) => `t${i}: {help: ${'x'.repeat(50)}}`);
  using dir = project(`tasks: {${tasks.join(', ')}}`);
  const child = dir.start(['list']);
  child.stdout?.destroy();
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr as Readable)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a home that cannot be written is told before anything runs', () => {
  using dir = project('tasks: {a: {bash: touch ran}}');
  dir.write('file', '');
  const { code, stderr } = dir.otto(['a'], { env: { OTTO_HOME: dir.path('file/home') } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^otto: cannot create .*file\/home.*: not a directory \(ENOTDIR\)\n/);
  expect(existsSync(dir.path('ran'))).toBe(false);
});

test('output that cannot be written is told once, and the run goes on', async () => {
  using dir = project('tasks: {a: {bash: echo 1; touch ran}}');
  const full = openSync('/dev/full', 'w');
  const child = dir.start(['a'], ['ignore', full, 'pipe']);
  closeSync(full);
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr as Readable)]);
  expect(code).toBe(1);
  expect(stderr.match(/otto: cannot write to stdout: ENOSPC/g)).toHaveLength(1);
  expect(existsSync(dir.path('ran'))).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a run that %s interrupts exits with %d', async (signal, expected) => {
  using dir = project('tasks: {a: {bash: "echo started; sleep 1000"}}');
  const child = dir.start(['a']);
  const closed = once(child, 'close');
  await once(child.stdout as Readable, 'data');
  child.kill(signal);
  expect(await closed).toEqual([expected, null]);
});

test('a current directory that is gone is told', () => {
  using dir = new Project({ 'gone/x': '' });
  const script = `cd gone && rm -r ../gone && exec "${process.execPath}" "${CLI}" list`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: dir.directory, encoding: 'utf8' });
  expect(stderr).toBe('otto: cannot look into the current directory: no such file or directory (ENOENT)\n');
  expect(status).toBe(2);
});

test("OTTO_HOME wins over a project's own home", () => {
  using dir = project('otto: {home: state}\ntasks: {a: {bash: "true"}}');
  expect(dir.otto(['a']).code).toBe(0);
  expect(existsSync(join(dir.home, 'otto.db'))).toBe(true);
  expect(existsSync(dir.path('state'))).toBe(false);
});

test("a project's own home is used without OTTO_HOME", () => {
  using dir = project('otto: {home: state}\ntasks: {a: {bash: "true"}}');
  expect(dir.otto(['a'], { env: { OTTO_HOME: '' } }).code).toBe(0);
  expect(existsSync(dir.path('state/otto.db'))).toBe(true);
});
