import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI, project } from './project.ts';

interface Line {
  readonly type: string;
  readonly task: string;
  readonly stream: string;
  readonly text?: string;
  readonly base64?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

const PARALLEL = `
tasks:
${Array.from(
  { length: 20 },
  (_, n) => `  t${n}:
    bash: |
      for i in {1..100}; do echo "t${n} out $i"; echo "t${n} err $i ü" >&2; done
      printf '\\xff\\xfe t${n} end'
`,
).join('')}
  all: {before: [${Array.from({ length: 20 }, (_, n) => `t${n}`).join(', ')}]}
`;

test('json: the output of each task, put together, is its logs; nothing else is on stdout', () => {
  using dir = project(PARALLEL);
  const { code, stdout, stderr } = dir.otto(['run', '--output', 'json', '-j', '8', 'all']);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line));
  expect([lines[0]?.type, lines.at(-1)?.type]).toEqual(['run-started', 'run-finished']);
  const ended = lines.filter(({ type, stdout: log }) => type === 'task-finished' && log !== undefined);
  expect(ended.length).toBeGreaterThanOrEqual(20);
  for (const { task, ...logs } of ended.filter((line) => line.task !== 'all')) {
    for (const stream of ['stdout', 'stderr'] as const) {
      const pieces = lines.filter(
        (line) => line.type === 'task-output' && line.task === task && line.stream === stream,
      );
      const bytes = Buffer.concat(
        pieces.map(({ text, base64 }) =>
          text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text),
        ),
      );
      expect(bytes.equals(readFileSync(logs[stream] ?? ''))).toBe(true);
    }
  }
});

test('json: what keeps a run from starting is told on stderr only', () => {
  using dir = project('tasks: {a: {bash: "exit 3"}}');
  expect(dir.otto(['run', '--output', 'json', 'b'])).toMatchObject({ code: 2, stdout: '' });
  const failed = dir.otto(['run', '--output', 'json', 'a']);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toBe('otto: task "a" failed with exit code 3\n');
});

test('raw: stdout is what the tasks wrote there, whatever the bytes', () => {
  using dir = project(PARALLEL);
  const { status, stdout } = spawnSync(process.execPath, [CLI, 'run', '--output', 'raw', '-j1', 't3', 't4'], {
    cwd: dir.directory,
    env: { ...process.env, OTTO_HOME: dir.home },
  });
  expect(status).toBe(0);
  const log = (task: string) => readFileSync(join(latest(dir.home), 'tasks', task, 'stdout.log'));
  expect(stdout.equals(Buffer.concat([log('t3'), log('t4')]))).toBe(true);
});

test('grouped: blocks of tasks that ran at once are not mixed, also when both streams are one slow pipe', () => {
  using dir = project(PARALLEL);
  const slow = `while IFS= read -r line; do printf '%s\\n' "$line"; done`;
  const command = `"$0" "$1" run --output grouped -j 8 all 2>&1 | { ${slow}; }`;
  const { stdout } = spawnSync('bash', ['-c', command, process.execPath, CLI], {
    cwd: dir.directory,
    env: { ...process.env, OTTO_HOME: dir.home },
    encoding: 'latin1',
    maxBuffer: 1 << 26,
  });
  const blocks = stdout.split(/^(?:===|!!!) /m).slice(1);
  expect(blocks.length).toBeGreaterThanOrEqual(20);
  for (const block of blocks.filter((text) => !text.startsWith('all'))) {
    const name = block.slice(0, block.indexOf(':'));
    const own = block
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !line.startsWith('otto:'));
    expect(own).toHaveLength(201);
    expect(own.every((line) => line.includes(`${name} `))).toBe(true);
  }
});

test('grouped: a block of many megabytes is complete', () => {
  using dir = project(`
tasks:
  a:
    bash: |
      head -c 20000000 /dev/zero | tr '\\0' 'x' | fold -w 99
      echo problem >&2
      exit 3
`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', '--output', 'grouped', 'a'], {
    cwd: dir.directory,
    env: { ...process.env, OTTO_HOME: dir.home },
    maxBuffer: 1 << 26,
  });
  expect(status).toBe(1);
  const log = readFileSync(join(latest(dir.home), 'tasks/a/stdout.log'));
  expect(stdout.subarray(0, log.length).equals(log)).toBe(true);
  expect(stderr.toString()).toMatch(
    /^!!! a: failed with exit code 3 in .*\nproblem\notto: failed: 1 failed in /,
  );
});

test('a wrong "dir" is told as such', () => {
  using dir = project('tasks: {a: {dir: nope, bash: "true"}}');
  expect(dir.otto(['run', 'a']).stderr).toContain(
    `task "a" could not be started: its directory "${dir.path('nope')}" was not found\n  hint: its "dir" in the ottofile`,
  );
});

test('the line of the ottofile is named for bash', () => {
  using dir = project('tasks:\n  a:\n    bash: |\n      true\n      nosuchcommand\n');
  expect(dir.otto(['run', '-q', 'a']).stderr).toContain('  | otto.yml:5: nosuchcommand: command not found\n');
});

test('colours: FORCE_COLOR without a terminal, never against NO_COLOR', () => {
  using dir = project('tasks: {a: {bash: "echo x"}}');
  const shown = (env: Record<string, string>) => dir.otto(['run', 'a'], { env }).stdout;
  expect(shown({ FORCE_COLOR: '1' })).toBe('\u001b[36ma |\u001b[0m x\n');
  for (const env of [{}, { FORCE_COLOR: '0' }, { FORCE_COLOR: '' }, { FORCE_COLOR: '1', NO_COLOR: '1' }])
    expect(shown(env as Record<string, string>)).toBe('a | x\n');
});

/** The directory of the newest run in a home with one project. */
function latest(home: string): string {
  return spawnSync('bash', ['-c', 'cd "$0"/*/latest && pwd -P', home], { encoding: 'utf8' }).stdout.trim();
}
