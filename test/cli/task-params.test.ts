import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CLI, Project, project, type Result } from './project.ts';

const SHOP = `
tasks:
  compile:
    help: compiles
    params: {--mode: {default: debug, choices: [debug, release]}, -h: {default: false}}
    bash: echo "$mode"
  check:
    before: compile
    params: {--mode: {default: debug}}
    bash: echo "$mode"
  deploy:
    help: |
      Deploys the shop.

      To one machine.
    before: [compile, check]
    params:
      -m|--mode: {default: release, help: "how to\\nbuild it"}
      -q|--quick: {default: false, help: no checks}
      --loud: {default: true}
      host: {metavar: HOST, help: where to}
      files: {nargs: "*", default: [a, b c], choices: [a, b c, "d"]}
    bash: echo "$mode $host"
  all: {before: deploy}
  inner: {params: {target: {}}, bash: echo "$target"}
  middle: {before: inner, params: {target: {}}, bash: echo "$target"}
  outer: {before: middle, params: {target: {}}, bash: echo "$target"}
  each:
    foreach: {items: [a, b], as: letter}
    params: {-c: {default: "1"}}
    python: print(letter, c)
  number:
    foreach: {range: 9..10}
    node: console.log(item)
`;

const fails = (stderr: string): Result => ({ code: 2, stdout: '', stderr });

describe('help of a task', () => {
  const DEPLOY = `Usage: otto deploy [OPTIONS] HOST [FILES]...

Deploys the shop.

To one machine.

Arguments:
  HOST        where to
  [FILES]...  (one of: a, 'b c', d; default: a 'b c')

Options:
  -m, --mode MODE  how to build it (default: release)
  -q, --quick      no checks
      --loud       (default: true)
  -h, --help       show this help

Runs after: compile, check
`;
  test.each([
    [['deploy', '--help']],
    [['run', 'deploy', '-h']],
    [['run', 'check', 'deploy', '-qh']],
    [['help', 'deploy']],
  ])('otto %j', (args) => {
    using dir = project(SHOP);
    expect(dir.otto(args)).toEqual({ code: 0, stdout: DEPLOY, stderr: '' });
  });

  test('leaves -h to a task that declares it, and tells of --Serial', () => {
    using dir = project(SHOP);
    expect(dir.otto(['compile', '--help']).stdout).toMatch(
      /Options:\n {6}--mode MODE.*\n {2}-h\n {6}--help {7}show this help\n$/,
    );
    expect(dir.otto(['compile', '-h']).stdout).toBe('compile | debug\n');
    const each = dir.otto(['help', 'each:a']).stdout;
    expect(each).toMatch(
      /^Usage: otto each \[OPTIONS\]\n\nOptions:\n {2}-c C {10}\(default: 1\)\n {6}--Serial {2}run for one item after the other\n/,
    );
  });
});

describe('otto help', () => {
  test('lists the tasks', () => {
    using dir = project(SHOP);
    for (const args of [['--help'], ['help'], ['-o', '.', '-h'], ['help', '-o', 'otto.yml']]) {
      const { code, stdout } = dir.otto(args);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /\n\nTasks of otto\.yml:\n {2}compile {2}compiles\n {2}check\n {2}deploy {3}Deploys the shop\.\n/,
      );
    }
  });

  test('is there where the ottofile has errors, and where there is none', () => {
    using dir = new Project({
      'broken/otto.yml': 'tasks: {a: {before: b}}',
      'empty/otto.yml': 'otto: {name: x}',
    });
    expect(dir.otto(['help'], { cwd: 'broken' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('\notto.yml has errors: "otto list" shows them.\n'),
      stderr: '',
    });
    expect(dir.otto(['-h'], { cwd: 'empty' }).stdout).toContain('\notto.yml has no tasks.\n');
    const without = dir.otto(['help'], { env: { OTTOFILE: 'nowhere' } });
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(without.stdout).not.toContain('otto.yml');
    expect(dir.otto(['help', 'a'], { cwd: 'broken' })).toEqual(
      fails('otto: otto.yml has errors, so that task "a" cannot be shown\n  hint: "otto list" shows them\n'),
    );
  });

  test('tells of a word what it is: the task before the command, capitalised always the command', () => {
    using dir = project('tasks: {clean: {help: mine}, List: {help: mine}, run: {help: mine}}');
    const [task, command] = [/^Usage: otto clean\n\nmine\n/, /^Usage: otto clean \[OPTIONS\]/];
    for (const args of [
      ['help', 'clean'],
      ['clean', '--help'],
    ])
      expect(dir.otto(args).stdout).toMatch(task);
    for (const args of [
      ['help', 'Clean'],
      ['Help', 'Clean'],
      ['Clean', '--help'],
    ])
      expect(dir.otto(args).stdout).toMatch(command);
    expect(dir.otto(['help', 'clean']).stdout).toMatch(/\nThe command of this name: otto help Clean\n$/);
    expect(dir.otto(['help', 'List']).stdout).toMatch(/^Usage: otto list \[OPTIONS\]/);
    expect(dir.otto(['help', 'run']).stdout).toMatch(/^Usage: otto run \[OPTIONS\]/);
    expect(dir.otto(['run', 'run', '--help']).stdout).toMatch(/^Usage: otto run\n\nmine\n/);
  });

  test('does not take a task for the command because the ottofile has errors', () => {
    using dir = project('tasks: {clean: {before: x}}');
    expect(dir.otto(['help', 'clean']).stderr).toMatch(/^otto: otto.yml has errors, so that task "clean"/);
    expect(dir.otto(['help', 'Clean'])).toMatchObject({ code: 0, stderr: '' });
  });
});

test.each([
  [
    ['deploy'],
    'task "deploy" needs a value for HOST\n  hint: usage: otto deploy [OPTIONS] HOST [FILES]...\n',
  ],
  [
    ['run', 'all'],
    'task "deploy" needs a value for HOST; another task needs it\n' +
      '  hint: name it behind the others: … deploy [OPTIONS] HOST [FILES]...\n',
  ],
  [['outer'], 'task "outer" needs a value for TARGET\n  hint: usage: otto outer TARGET\n'],
  [
    ['deploy', 'here', '--mode', 'fast'],
    '"fast" is no choice for --mode of task "compile"; it comes from task "deploy"\n' +
      '  hint: the choices are: debug, release\n',
  ],
  [
    ['check', '--mode', 'debug', 'deploy', 'here', '--mode=release'],
    '--mode of task "compile" inherits two values: "release" from task "deploy", and "debug" from task "check"\n' +
      '  hint: one that is given to compile itself wins: compile --mode MODE\n',
  ],
  [
    ['each:a', '-c2', 'each:b'],
    'task "each" and its items are named more than once with different values: c "2", and none\n' +
      '  hint: give it the same values each time\n',
  ],
])('otto %j: nothing runs', (args, stderr) => {
  using dir = project(SHOP);
  expect(dir.otto(args)).toEqual(fails(`otto: ${stderr}`));
});

test('values reach dependencies, and the item of a foreach is a variable', () => {
  using dir = project(SHOP);
  const { stdout } = dir.otto(['run', 'all', 'each:a', '-c2', 'number', 'deploy', 'here', '-mrelease']);
  const lines = stdout.replace(/ +\|/g, ':').split('\n').sort();
  const expected = [
    'check: release',
    'compile: release',
    'deploy: release here',
    'each:a: a 2',
    'number:09: 9',
    'number:10: 10',
  ];
  expect(lines).toEqual(['', ...expected]);
});

test('a word that is not UTF-8 is refused, and a replacement character that was meant is not', () => {
  using dir = project('tasks: {t: {params: {x: }, bash: printf %s "$x"}}');
  const run = (word: string) =>
    spawnSync('bash', ['--norc', '-c', `"$0" "$1" t ${word}`, process.execPath, CLI], {
      cwd: dir.directory,
      env: { PATH: process.env.PATH, OTTO_HOME: dir.home },
      encoding: 'utf8',
    });
  expect(run("$'a\\xff'")).toMatchObject({
    status: 2,
    stdout: '',
    stderr: 'otto: "a\ufffd" is not valid UTF-8\n  hint: pass bytes in a file, and name it here\n',
  });
  expect(run("$'a\\xef\\xbf\\xbd'").stdout).toBe('t | a\ufffd\n');
});
