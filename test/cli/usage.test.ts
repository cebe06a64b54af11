import { expect, test } from 'vitest';
import { STORE_CHOICES } from '../../src/data/store.ts';
import { Project, project, type Result } from './project.ts';

const TASKS = `
otto: {tasks: [build]}
tasks:
  build: {bash: echo building}
  test: {bash: echo testing}
`;

const fails = (stderr: string): Result => ({ code: 2, stdout: '', stderr });

test.each([
  [['rnu', 'build'], 'otto: there is no task "rnu"\n  hint: did you mean "run"?\n'],
  [['-V'], 'otto: otto run has no option "-V"\n  hint: did you mean --version?\n'],
  [['run', 'biuld'], 'otto: there is no task "biuld"\n  hint: did you mean "build"?\n'],
  [['run', 'xyz'], 'otto: there is no task "xyz"\n  hint: the tasks are: build, test\n'],
  [['run', 'x', 'build', 'y'], 'otto: there is no task "x" or "y"\n  hint: the tasks are: build, test\n'],
  [['hitsory'], 'otto: there is no task "hitsory"\n  hint: did you mean "history"?\n'],
  [['run', 'history'], 'otto: there is no task "history"\n  hint: the tasks are: build, test\n'],
  [
    ['bench', '--ways', 'fiels'],
    'otto: there is no way "fiels" to pass data\n  hint: did you mean "files"?\n',
  ],
  [
    ['Bench', '--sizes', 'big'],
    'otto: "big" is no size\n  hint: for example 10MiB, 2 GB, or a number of bytes\n',
  ],
  [['bench', '--quick', '--full'], 'otto: --quick and --full exclude each other\n'],
  [['bench', '--values', '3'], 'otto: --values needs --size\n  hint: for example --size 10MiB\n'],
  [
    ['--keep-gonig', 'build'],
    'otto: otto run has no option "--keep-gonig"\n  hint: did you mean --keep-going?\n',
  ],
  [['run', '-z'], 'otto: otto run has no option "-z"\n  hint: "otto help run" shows all options\n'],
  [['list', '--jsn'], 'otto: otto list has no option "--jsn"\n  hint: did you mean --json?\n'],
  [
    ['list', 'build'],
    'otto: otto list takes no further word, but was given "build"\n  hint: "otto help list" shows what it takes\n',
  ],
  [['-j4', 'list'], 'otto: otto list has no option "-j"\n  hint: "otto help list" shows all options\n'],
  [['run', '-j', '0', 'build'], 'otto: -j takes a whole number above 0, not "0"\n  hint: for example -j4\n'],
  [['run', '-jx', 'build'], 'otto: -j takes a whole number above 0, not "x"\n  hint: for example -j4\n'],
  [['run', '-j'], 'otto: -j needs a value: -j N\n  hint: "otto help run" shows all options\n'],
  [['run', '--fast=yes'], 'otto: --fast takes no value, but was given "yes"\n  hint: write --fast alone\n'],
  [
    ['run', '--fast', '--store', 'files'],
    'otto: --fast and --store files exclude each other\n  hint: --fast means --store shm\n',
  ],
  [
    ['run', '--store', 'shmm', 'build'],
    `otto: --store names the store "shmm", which there is not\n  hint: did you mean "shm"? there are ${STORE_CHOICES.join(', ')}\n`,
  ],
  [
    ['run', '--output', 'fancy'],
    'otto: there is no output mode "fancy"\n  hint: there are prefixed, grouped, raw, quiet, json\n',
  ],
  [['run', '--output', 'quite'], 'otto: there is no output mode "quite"\n  hint: did you mean "quiet"?\n'],
  [
    ['build', '--fast'],
    'otto: task "build" has no option "--fast"\n' +
      '  hint: options of run come before the first task: otto run --fast build\n',
  ],
  [['help', 'lits'], 'otto: there is no command or task "lits"\n  hint: did you mean "list"?\n'],
  [['Data', '--jsn'], 'otto: otto Data has no option "--jsn"\n  hint: did you mean --json?\n'],
  [['Data', '-x'], 'otto: otto Data has no option "-x"\n  hint: "otto help Data" shows all options\n'],
  [
    ['help', 'run', 'list'],
    'otto: otto help takes no further word, but was given "list"\n  hint: "otto help help" shows what it takes\n',
  ],
  [
    ['-o', 'nowhere', 'build'],
    'otto: -o names "nowhere", where there is no ottofile\n' +
      '  hint: name a file, or a directory with one of otto.yml, .otto.yml, otto.yaml, .otto.yaml, Ottofile, OTTOFILE\n',
  ],
])('otto %s', (args, stderr) => {
  using dir = project(TASKS);
  expect(dir.otto(args)).toEqual(fails(stderr));
});

test('a task of an included file is suggested by its own name', () => {
  using dir = new Project({
    'otto.yml': 'include: {api: api.yml}\ntasks: {build: , lint: {before: [gen]}}',
    'api.yml': 'include: {lib: lib.yml}\ntasks: {serve: }',
    'lib.yml': 'tasks: {gen: {bash: echo}}',
  });
  expect(dir.otto(['list']).stderr).toMatch(/\n {2}hint: did you mean "api:lib:gen"\?\n/);
  dir.write('otto.yml', 'include: {api: api.yml}\ntasks: {build: }');
  const hint = (...args: string[]) => dir.otto(args).stderr.split('\n')[1];
  expect(hint('gen')).toBe('  hint: did you mean "api:lib:gen"?');
  expect(hint('run', 'gne')).toBe('  hint: did you mean "api:lib:gen"?');
  expect(hint('help', 'lib:gen')).toBe('  hint: did you mean "api:lib:gen"?');
  expect(hint('graph', 'serve')).toBe('  hint: did you mean "api:serve"?');
  expect(hint('buidl')).toBe('  hint: did you mean "build"?');
});

test('without an ottofile the names that were looked for are told', () => {
  using dir = new Project({});
  const stderr =
    `otto: there is no ottofile in ${dir.directory} or a directory above it\n` +
    '  hint: otto looks for otto.yml, .otto.yml, otto.yaml, .otto.yaml, Ottofile, OTTOFILE; -o names another file; the shortest is "tasks: {hello: {bash: echo hello}}"\n';
  for (const args of [[], ['run'], ['run', 'x'], ['x'], ['list']])
    expect(dir.otto(args)).toEqual(fails(stderr));
});

test('without default tasks "otto run" names the tasks, and "otto" lists them', () => {
  using dir = project('tasks: {build: {help: makes it}, test: }');
  expect(dir.otto(['run'])).toEqual(
    fails(
      'otto: no task was named, and otto.yml declares no default tasks\n  hint: the tasks are: build, test\n',
    ),
  );
  expect(dir.otto([])).toEqual({ code: 0, stdout: 'build  makes it\ntest\n', stderr: '' });
});

test('an ottofile without tasks says so', () => {
  using dir = project('otto: {name: x}');
  expect(dir.otto([])).toEqual({ code: 0, stdout: '', stderr: 'otto.yml has no tasks\n' });
  expect(dir.otto(['run']).stderr).toMatch(/^otto: otto\.yml has no tasks\n/);
});

test('a bad value of OTTO_STORE or OTTOFILE is told like the option', () => {
  using dir = project(TASKS);
  expect(dir.otto(['build'], { env: { OTTO_STORE: 'x' } })).toEqual(
    fails(
      `otto: OTTO_STORE names the store "x", which there is not\n  hint: there are ${STORE_CHOICES.join(', ')}\n`,
    ),
  );
  expect(dir.otto(['build'], { env: { OTTOFILE: 'gone.yml' } }).stderr).toMatch(
    /^otto: OTTOFILE names "gone.yml", where there is no ottofile\n/,
  );
});

test('an ottofile that cannot be read is told with the reason', () => {
  using dir = project(TASKS);
  expect(dir.otto(['-o', '/proc/self/mem', 'build'])).toEqual(
    fails('otto: cannot read /proc/self/mem: i/o error (EIO)\n'),
  );
});

test('names on the command line cannot steer the terminal', () => {
  using dir = project(TASKS);
  expect(dir.otto(['run', '\u001b[31mred']).stderr).toBe(
    'otto: there is no task "\\x1b[31mred"\n  hint: the tasks are: build, test\n',
  );
});
