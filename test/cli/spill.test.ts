import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, Project, type Result } from './project.ts';

/**
 * What a run with --fast does when shared memory has little room or none. Each run sees a /dev/shm of its own, a small tmpfs in a
 * mount namespace: like Docker's, which has 64 MiB. That takes root.
 */

interface Machine {
  /** Size of /dev/shm, as mount(8) takes it; null: there is no /dev/shm. */
  readonly memory: string | null;
  /** Size of the file system that OTTO_SPILL_DIR is on; the project's own when not given. */
  readonly disk?: string;
  /** Shell commands that run just before otto. */
  readonly before?: string;
}

const SHELL = `
set -e
case $SHM_SIZE in
  none) mount -t tmpfs -o ro,size=4k tmpfs /dev/shm ;;
  *) mount -t tmpfs -o "size=$SHM_SIZE" tmpfs /dev/shm ;;
esac
if [ "$DISK_SIZE" ]; then mount -t tmpfs -o "size=$DISK_SIZE" tmpfs "$OTTO_SPILL_DIR"; fi
eval "$BEFORE"
code=0
"$@" || code=$?
find /dev/shm "\${OTTO_SPILL_DIR:-$OTTO_HOME/spill}" -mindepth 1 > "$LEFT_FILE" 2>/dev/null || :
exit $code
`;

interface Outcome extends Result {
  /** What lies in shared memory and in the spill directory when otto has ended. */
  readonly left: readonly string[];
}

function otto(project: Project, args: readonly string[], machine: Machine): Outcome {
  const spill = project.path('spill');
  mkdirSync(spill, { recursive: true });
  const leftFile = project.path('left.txt');
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'bash', '-c', SHELL, '-', process.execPath, CLI, ...args],
    {
      cwd: project.directory,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        OTTO_HOME: project.home,
        ...(machine.disk === undefined ? {} : { OTTO_SPILL_DIR: spill }),
        DISK_SIZE: machine.disk ?? '',
        SHM_SIZE: machine.memory ?? 'none',
        BEFORE: machine.before ?? '',
        LEFT_FILE: leftFile,
      },
      encoding: 'utf8',
      timeout: 120_000,
      killSignal: 'SIGKILL',
    },
  );
  const left = existsSync(leftFile) ? readFileSync(leftFile, 'utf8').split('\n').filter(Boolean) : [];
  // The directories of a user stay; what runs made in them does not.
  return { code: status, stdout, stderr, left: left.filter((path) => !/\/otto-\d+$/.test(path)) };
}

const output = (project: Project, task: string): Record<string, unknown> => {
  const folder = readdirSync(project.home).find((name) => /-[0-9a-f]{8}$/.test(name)) ?? '';
  return JSON.parse(
    readFileSync(join(project.home, folder, 'latest/tasks', task, `output.${task}.json`), 'utf8'),
  );
};

const count = (text: string, words: string): number => text.split(words).length - 1;

/** 30 MiB each through bash, Python and Node, and many small ones, read back by the next language. */
const CHAIN = `
otto: {name: chain}
tasks:
  first:
    bash: |
      head -c 30000000 /dev/zero | tr '\\0' 'a' | otto.set big -
      OUTPUT[small]=from-bash
      OUTPUT[five]=$(head -c 5000000 /dev/zero | tr '\\0' 'v')
  second:
    before: [first]
    python: |
      data = INPUT["first.big"]
      assert data == "a" * 30000000, len(data)
      assert INPUT["first.five"] == "v" * 5000000
      OUTPUT["big"] = b"b" * 30000000
      OUTPUT["passed"] = INPUT.view("first.big")
      OUTPUT["small"] = {"from": "python", "saw": INPUT["first.small"]}
      for i in range(3000):
          OUTPUT["k%d" % i] = "x" * 1000
  third:
    before: [second]
    node: |
      const view = INPUT.view('second.big');
      if (view.length !== 30000000 || view[29999999] !== 98) throw new Error('wrong view');
      if (!INPUT['second.passed'].equals(Buffer.alloc(30000000, 'a'))) throw new Error('wrong bytes');
      for (let i = 0; i < 3000; i++) if (INPUT['second.k' + i] !== 'x'.repeat(1000)) throw new Error('wrong ' + i);
      OUTPUT.big = Buffer.alloc(30000000, 'c');
      OUTPUT.small = INPUT['second.small'].saw;
  fourth:
    before: [third]
    bash: |
      echo "small: \${INPUT[third.small]}"
      echo "big: $(otto.get third.big | tr -d c | wc -c) $(otto.get third.big | wc -c)"
      OUTPUT[done]=yes
`;

describe.each([
  ['16 MiB of shared memory', { memory: '16m' }],
  ['64 MiB of shared memory, as Docker gives', { memory: '64m' }],
  [
    'shared memory that is full',
    { memory: '16m', before: 'head -c 17000000 /dev/zero > /dev/shm/other || :' },
  ],
  ['no shared memory at all', { memory: null }],
  ['a spill directory of its own', { memory: '16m', disk: '400m' }],
] as const)('a run with --fast and %s', (_, machine) => {
  test('works, keeps every value, tells once where they went, and leaves nothing there', () => {
    using project = new Project({ 'otto.yml': CHAIN });
    const { code, stdout, stderr, left } = otto(project, ['run', '--fast', 'fourth'], machine);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('small: from-bash');
    expect(stdout).toContain('big: 0 30000000');
    expect(output(project, 'second')).toMatchObject({
      small: { from: 'python', saw: 'from-bash' },
      k2999: 'x'.repeat(1000),
    });
    expect(output(project, 'fourth')).toEqual({ done: 'yes' });
    expect(count(stderr, 'disk, in ')).toBe(1);
    expect(left.filter((path) => path !== '/dev/shm/other')).toEqual([]);
  });
});

test('with room enough nothing is told', () => {
  using project = new Project({ 'otto.yml': CHAIN });
  const { code, stderr } = otto(project, ['run', '--fast', 'fourth'], { memory: '1g' });
  expect(code).toBe(0);
  expect(stderr).not.toContain('disk');
});

describe('memory and disk full', () => {
  const machine: Machine = { memory: '16m', disk: '20m' };

  test('the task that cannot keep a value fails with the path and a hint; what it had set before stays', () => {
    using project = new Project({
      'otto.yml': `
tasks:
  a:
    bash: |
      otto.set kept early
      head -c 60000000 /dev/zero | otto.set kept - && echo unexpected
      echo "code \${PIPESTATUS[1]}"
      exit 1
`,
    });
    const { code, stdout, stderr, left } = otto(project, ['run', '--fast', 'a'], machine);
    expect(code).toBe(1);
    expect(stdout).not.toContain('unexpected');
    expect(stderr).toMatch(/No space left on device|no space/i);
    expect(stderr).toContain(project.path('spill'));
    expect(output(project, 'a')).toEqual({ kept: 'early' });
    expect(left).toEqual([]);
  });

  test.each([
    ['python', 'python: |\n      OUTPUT["x"] = "early"\n      OUTPUT["x"] = b"z" * 60000000'],
    ['node', "node: |\n      OUTPUT.x = 'early';\n      OUTPUT.x = Buffer.alloc(60000000)"],
  ])('the same from %s', (_, script) => {
    using project = new Project({ 'otto.yml': `tasks:\n  a:\n    ${script}\n` });
    const { code, stderr } = otto(project, ['run', '--fast', 'a'], machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no space/i);
    expect(output(project, 'a')).toEqual({ x: 'early' });
  });
});

describe('a limit', () => {
  const ottofile = (memory: string): string => `
otto: {memory: ${memory}}
tasks:
  a:
    bash: head -c 40000000 /dev/zero | tr '\\0' a | otto.set big -
  b:
    before: [a]
    bash: |
      find "$(dirname "$OTTO_SHM_DIR")" -name '*.value' -size +1M | wc -l
      otto.get a.big | wc -c
`;

  test('in the ottofile sends values to disk that would go beyond it', () => {
    using project = new Project({ 'otto.yml': ottofile('16MiB') });
    const { code, stdout, stderr } = otto(project, ['run', '--fast', 'b'], { memory: '1g' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\b0\n[\s\S]*\b40000000\n/);
    expect(stderr).toMatch(/38\.1 MiB of its values went to disk.*16 MiB.*memory in the ottofile/);
  });

  test('that is not reached changes nothing', () => {
    using project = new Project({ 'otto.yml': ottofile('160MiB') });
    const { code, stdout, stderr } = otto(project, ['run', '--fast', 'b'], { memory: '1g' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\b1\n[\s\S]*\b40000000\n/);
    expect(stderr).not.toContain('disk');
  });
});

test.each([
  ['nothing', 'ENOENT'],
  ['otto.yml', 'ENOTDIR'],
])('OTTO_SPILL_DIR has to name a directory: %s is none', (name, code) => {
  using project = new Project({ 'otto.yml': 'tasks: {a: {bash: echo ran}}' });
  const path = project.path(name);
  const refused = project.otto(['run', '--fast', 'a'], { env: { OTTO_SPILL_DIR: path } });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(`${code})\n  hint: OTTO_SPILL_DIR has to name a directory that exists\n`);
});

test('what a killed run has spilled is removed by the next run and by otto clean', () => {
  using project = new Project({
    'otto.yml': `
tasks:
  die:
    bash: |
      head -c 30000000 /dev/zero | otto.set big -
      kill -9 $PPID
      sleep 60
  next: {bash: echo next}
`,
  });
  const again = `"${process.execPath}" "${CLI}" run --fast die || :; find "$OTTO_HOME/spill" -name '*.value' | wc -l;`;
  for (const args of [['run', '--fast', 'next'], ['clean']]) {
    const { code, stdout, left } = otto(project, args, { memory: '16m', before: again });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1$/m);
    expect(left).toEqual([]);
  }
});
