import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataProject } from './data-rig.ts';
import { CLI, Project } from './project.ts';

const OTTOFILE = `
otto: {name: demo}
tasks:
  build: {bash: "OUTPUT[version]=1; OUTPUT[sha]=2"}
  quiet: {bash: "true"}
  large: {bash: "head -c 30000000 /dev/zero | otto.set zeros -; printf 'a\\\\033[31mb' | otto.set red -"}
`;

let dir: DataProject;
let run: string;
beforeAll(() => {
  dir = new DataProject({ 'otto.yml': OTTOFILE });
  dir.otto(['run', 'quiet']);
  dir.otto(['run', 'build', 'quiet', 'large']);
  run = JSON.parse(dir.otto(['data', '--json']).stdout).run;
});
afterAll(() => dir[Symbol.dispose]());

test.each([
  [['nobody'], 'there is no task "nobody" in the run RUN', 'its tasks are: build, quiet, large'],
  [['biuld'], 'there is no task "biuld" in the run RUN', 'did you mean "build"?'],
  [['lst'], 'there is no task "lst" in the run RUN', 'did you mean "otto data list"?'],
  [
    ['exprot', 'latest', 'x'],
    'otto data lists one run and one task at a time',
    'did you mean "otto data export"?',
  ],
  [['chekc', 'latest'], 'there is no run "chekc" in the history', 'did you mean "otto data check"?'],
  [['1999', 'build'], 'there is no run "1999" in the history', 'otto history lists the runs'],
  [['a', 'b', 'c'], 'otto data lists one run and one task at a time'],
  [['get'], 'otto data get takes a task and a key', 'for example: otto data get build version'],
  [['get', 'a', 'b', 'c', 'd'], 'otto data get takes a task and a key'],
  [
    ['get', 'build', 'vresion'],
    'task "build" has no value "vresion" in the run RUN',
    'did you mean "version"?',
  ],
  [['get', 'build', 'x'], 'task "build" has no value "x" in the run RUN', 'its values are: version, sha'],
  [['get', 'quiet', 'x'], 'task "quiet" has no value "x" in the run RUN', 'it has left none'],
  [['get', 'build.x'], 'task "build" has no value "x" in the run RUN', 'its values are: version, sha'],
  [['get', 'build'], 'of task "build" no key is named', 'its values are: version, sha'],
  [['get', 'biuld.sha'], 'there is no value "biuld.sha" in the run RUN', 'did you mean "build.sha"?'],
  [['get', '1999', 'build', 'sha'], 'there is no run "1999" in the history'],
  [['get', '\u001b[2J.x'], 'there is no value "\\x1b[2J.x" in the run RUN'],
  [['export'], 'otto data export takes a run and a directory', 'for example: otto data export latest values'],
  [['export', 'latest'], '"latest" is a run: say also where to', 'otto data export latest DIR'],
  [['export', 'nobody', 'out'], 'there is no run "nobody" in the history'],
  [['check', 'nowhere'], 'there is no run and no file "nowhere"', 'otto history lists the runs'],
  [
    ['check', 'otto.yml'],
    '"otto.yml" is neither a run nor a region nor an export',
    'name a run; in shared memory a file',
  ],
  [['check', '.'], '"." is neither a run nor a region nor an export'],
  [['check', 'a', 'b'], 'otto data check takes one run, file or directory at a time'],
  [['--force'], 'otto data list has no option "--force"', '"otto help data" shows all options'],
  [['export', 'out', '--json'], 'otto data export has no option "--json"'],
  [['check', '--frce'], 'otto data has no option "--frce"', 'did you mean --force?'],
])('otto data %j is refused', (args, message, hint = '') => {
  const { code, stdout, stderr } = dir.otto(['data', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [first, second = ''] = stderr.split('\n');
  expect(first).toBe(`otto: ${message.replace('RUN', run)}`);
  expect(second).toContain(hint);
  expect(readdirSync(dir.directory).sort()).toEqual(['home', 'otto.yml']);
});

test('the beginning of several names is no run', () => {
  const year = run.slice(0, 4);
  for (const args of [
    ['data', year],
    ['data', 'get', year, 'build.sha'],
    ['data', 'export', year, 'x'],
    ['data', 'check', year],
  ])
    expect(dir.otto(args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        `^otto: several runs begin with "${year}"\n  hint: for example .*${run}\n$`,
      ),
    });
});

test('without a run there is nothing to show', () => {
  using empty = new Project({ 'otto.yml': OTTOFILE });
  const message = 'there is no run of this project in the history';
  for (const args of [['data'], ['data', 'get', 'a.b'], ['data', 'export', 'out'], ['data', 'check']])
    expect(empty.otto(args)).toEqual({
      code: 2,
      stdout: '',
      stderr: `otto: ${message}\n  hint: a run makes one: otto run TASK; --all looks in every project\n`,
    });
});

test('outside of a project, and with --all, runs of every project count', () => {
  using other = new Project({ 'otto.yml': 'tasks: {x: }' });
  using outside = new Project({});
  const env = { OTTO_HOME: dir.home };
  expect(other.otto(['data', 'get', 'build.sha'], { env }).code).toBe(2);
  expect(other.otto(['data', 'get', 'build.sha', '--all'], { env }).stdout).toBe('2');
  expect(outside.otto(['data', 'get', run, 'build.sha'], { env }).stdout).toBe('2');
});

test('a task of that name is the task, and Data the command', () => {
  using own = new Project({ 'otto.yml': 'tasks: {data: {bash: "OUTPUT[k]=v; echo task"}}' });
  expect(own.otto(['data']).stdout).toBe('data | task\n');
  expect(own.otto(['Data', 'get', 'data.k']).stdout).toBe('v');
});

test('words after -- are never options', () => {
  using own = new Project({ 'otto.yml': 'tasks: {"-t": {bash: "OUTPUT[--k]=v"}}' });
  own.otto(['run', '--', '-t']);
  expect(own.otto(['data', 'get', '--', '-t', '--k']).stdout).toBe('v');
});

test('an export goes into a directory, not onto a file', () => {
  using own = new DataProject({ 'otto.yml': 'tasks: {t: {bash: "OUTPUT[k]=v"}}', file: 'mine' });
  own.otto(['run', 't']);
  for (const options of [[], ['--force']])
    expect(own.otto(['data', 'export', 'file', ...options])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^otto: cannot write file: .*ENOTDIR\)\n {2}hint: name another directory\n$/,
      ),
    });
});

test.each([
  ['/proc/otto/values', /^otto: cannot create \/proc\/otto.*: no such file or directory \(ENOENT\)\n$/],
  ['loop/x', /^otto: cannot look at loop\/x: too many symbolic links encountered \(ELOOP\)\n$/],
])('an export to %s, where nothing can be made, ends with the reason', (directory, stderr) => {
  using own = new DataProject({ 'otto.yml': 'tasks: {t: {bash: "OUTPUT[k]=v"}}' });
  symlinkSync('loop', own.path('loop'));
  own.otto(['run', 't']);
  expect(own.otto(['data', 'export', directory])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(stderr),
  });
});

test('an export replaces nothing unless it is told to', () => {
  using own = new DataProject({ 'otto.yml': OTTOFILE, 'out/values/build/sha': 'precious' });
  own.otto(['run', 'build']);
  const refused = own.otto(['data', 'export', 'out']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toBe(
    'otto: cannot write out/values/build/sha: file already exists (EEXIST)\n' +
      '  hint: name another directory, or replace files with --force\n',
  );
  expect(readdirSync(own.path('out'))).toEqual(['values']);
  expect(own.otto(['data', 'export', 'latest', 'out', '--force']).code).toBe(0);
  expect(readFileSync(own.path('out/values/build/sha'), 'utf8')).toBe('2');
  expect(own.otto(['data', 'export', 'out', '--force']).code).toBe(0);
});

test('an export follows no link in its directory', () => {
  using own = new DataProject({
    'otto.yml': OTTOFILE,
    'elsewhere/sha': 'precious',
    'a/x': '',
    'b/values/x': '',
  });
  own.otto(['run', 'build']);
  symlinkSync('../elsewhere', own.path('a/values'));
  symlinkSync('../../elsewhere', own.path('b/values/build'));
  for (const directory of ['a', 'b'])
    expect(own.otto(['data', 'export', directory, '--force'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /values(\/build)?: not a directory \(ENOTDIR\)\n {2}hint: name another directory\n/,
      ),
    });
  mkdirSync(own.path('c/values/build'), { recursive: true });
  symlinkSync('../../../elsewhere/sha', own.path('c/values/build/sha'));
  expect(own.otto(['data', 'export', 'c']).code).toBe(1);
  expect(own.otto(['data', 'export', 'c', '--force']).code).toBe(0);
  expect(lstatSync(own.path('c/values/build/sha')).isFile()).toBe(true);
  expect(readFileSync(own.path('elsewhere/sha'), 'utf8')).toBe('precious');
});

test('exported files have the mode that the umask says, large ones too', () => {
  const { PATH, HOME } = process.env;
  const command = `umask 027; "${process.execPath}" "${CLI}" data export moded`;
  spawnSync('bash', ['-c', command], { cwd: dir.directory, env: { PATH, HOME, OTTO_HOME: dir.home } });
  const mode = (file: string): number => statSync(dir.path(`moded/${file}`)).mode & 0o777;
  expect(['index.json', 'values/build/sha', 'values/large/zeros'].map(mode)).toEqual([0o640, 0o640, 0o640]);
  spawnSync('rm', ['-r', dir.path('moded')]);
});

test('a reader that goes away while a large value is printed is no error', async () => {
  const child = dir.start(['data', 'get', 'large.zeros']);
  await once(child.stdout as Readable, 'data');
  child.stdout?.destroy();
  expect(await once(child, 'close')).toEqual([0, null]);
});

/** What comes out on a terminal. */
function onTerminal(...args: string[]): { readonly code: number | null; readonly shown: string } {
  const { PATH, HOME } = process.env;
  const program = `
import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))`;
  const { status, stdout } = spawnSync(
    'python3',
    ['-c', program, process.execPath, CLI, 'data', 'get', ...args],
    {
      cwd: dir.directory,
      env: { PATH, HOME, OTTO_HOME: dir.home, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  );
  return { code: status, shown: stdout };
}

test('a terminal is sent text only, unless --force says otherwise', () => {
  expect(onTerminal('build.sha')).toEqual({ code: 0, shown: '2' });
  expect(onTerminal('large.red')).toEqual({
    code: 2,
    shown:
      'otto: the value "red" of task "large" holds bytes that are not for a terminal\r\n' +
      '  hint: send it to a file or a program, take its JSON (--json), or insist (--force)\r\n',
  });
  expect(onTerminal('large.red', '--json')).toEqual({ code: 0, shown: '"a\\u001b[31mb"\r\n' });
  expect(onTerminal('large.red', '--force')).toEqual({ code: 0, shown: 'a\u001b[31mb' });
});
