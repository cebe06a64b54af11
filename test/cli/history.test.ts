import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from './project.ts';

const OTTOFILE = `
otto: {name: shop}
tasks:
  good:
    bash: |
      printf 'out\\0\\377'; printf 'no newline' >&2
      OUTPUT[v]=1
  bad: {bash: "exit 3"}
  "odd: name/1": {before: [bad], bash: "true"}
`;

const runsOf = (stdout: string) =>
  (JSON.parse(stdout) as { command: string[] }[]).map(({ command }) => command.at(-1));

test('history filters by result, task and time', () => {
  using dir = project(OTTOFILE);
  dir.otto(['run', 'good']);
  dir.otto(['run', 'bad']);
  dir.otto(['run', 'odd: name/1']);
  const found = (...args: string[]) => runsOf(dir.otto(['history', '--json', ...args]).stdout);
  expect(found()).toEqual(['odd: name/1', 'bad', 'good']);
  expect(found('--result', 'failed')).toEqual(['odd: name/1', 'bad']);
  expect(found('--result', 'succeeded')).toEqual(['good']);
  expect(found('--result', 'running')).toEqual([]);
  expect(found('--task', 'bad', '-n', '1')).toEqual(['odd: name/1']);
  expect(found('--task', 'odd: name/1')).toEqual(['odd: name/1']);
  expect(found('--since', '1h', '--until', '0s')).toEqual(['odd: name/1', 'bad', 'good']);
  expect(found('--until', '1h')).toEqual([]);
  const today = new Date().toISOString().slice(0, 10);
  expect(found('--since', today, '--until', today).length).toBeLessThanOrEqual(3);
  expect(found('--since', '2026-01-01', '--until', '9998-12-31').length).toBe(3);
  const [{ run }] = JSON.parse(dir.otto(['history', '--json', 'good']).stdout);
  expect(found('--since', run)).toHaveLength(3);
});

test.each([
  [['--since', 'yesterday'], '--since takes a time, not "yesterday"'],
  [['--until', '2026-02-30'], '--until takes a time, not "2026-02-30"'],
  [['--since', '2026-11-20T25'], '--since takes a time'],
  [['--result', 'failde'], 'did you mean "failed"?'],
  [['--result', 'failed', '--failed'], 'exclude each other'],
  [['a', '--task', 'b'], 'name two tasks'],
  [['good', '--log'], '--log needs a run and a task'],
  [['latest', '--stdout'], '--stdout needs a task, too'],
  [['latest', 'good', '--since', '1h'], '--since is for lists of runs'],
  [['latest', 'good', '--json', '--log'], 'exclude each other'],
  [['latest', 'goood'], 'did you mean "good"?'],
  [['nothing', 'good'], 'there is no run "nothing"'],
])('history %j is refused with words', (args, words) => {
  using dir = project(OTTOFILE);
  dir.otto(['run', 'good']);
  expect(dir.otto(['history', ...args])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
});

test('history RUN TASK tells how one task went and where everything is', () => {
  using dir = project(OTTOFILE);
  dir.otto(['run', 'good']);
  const { code, stdout } = dir.otto(['history', 'latest', 'good']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^task +good\nrun +\S+\nresult +succeeded\ntime +\S+\nstarted +\S+Z\nscript +\S+\/script\.sh\n/,
  );
  expect(stdout).toContain('VALUE  TYPE      SIZE\nv      string  1 byte\n');
  const json = JSON.parse(dir.otto(['history', 'latest', 'good', '--json']).stdout);
  expect(json).toMatchObject({ name: 'good', result: 'succeeded', values: [{ key: 'v', type: 'string' }] });
  dir.otto(['run', 'odd: name/1']);
  expect(dir.otto(['history', 'latest', 'bad']).stdout).toContain('result   failed with exit code 3\n');
  expect(dir.otto(['history', 'latest', 'odd: name/1']).stdout).toContain('did not start: it needs "bad"');
});

test('the logs of a task come out byte for byte', () => {
  using dir = project(OTTOFILE);
  dir.otto(['run', 'good']);
  const log = (option: string) => dir.otto(['history', 'latest', 'good', option]).stdout;
  expect(log('--stderr')).toBe('no newline');
  // The bytes as Node decodes them; the file holds them as they are.
  expect(log('--stdout')).toBe('out\0\ufffd');
  expect(log('--log')).toBe('out\0\ufffdno newline');
  const { stdout: path } = JSON.parse(dir.otto(['history', 'latest', 'good', '--json']).stdout);
  expect(readFileSync(path)).toEqual(Buffer.from([0x6f, 0x75, 0x74, 0, 0xff]));
  dir.otto(['run', 'odd: name/1']);
  expect(dir.otto(['history', 'latest', 'odd: name/1', '--log'])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('of a task that was tried again each attempt has its reason and its logs', () => {
  using dir = project(`tasks:
  once: {bash: echo once}
  again:
    retries: {times: 10, delay: 0}
    timeout: 10s
    bash: |
      echo "out $OTTO_ATTEMPT"; echo "err $OTTO_ATTEMPT" >&2
      if ((OTTO_ATTEMPT == 2)); then kill -9 $$; fi
      exit $((OTTO_ATTEMPT < 11 ? OTTO_ATTEMPT : 0))
`);
  dir.otto(['run', 'once', 'again']);
  const { stdout } = dir.otto(['history', 'latest', 'again']);
  expect(stdout).toContain('\nattempts    11\n');
  expect(stdout).toMatch(
    /\nattempt 1 +failed with exit code 1; logs: \S+\/attempts\/1\nattempt 2 +was ended by SIGKILL;/,
  );
  expect(stdout).toMatch(/\nattempt 9 .*exit code 9.*\nattempt 10 .*exit code 10.*\nscript /);
  const json = JSON.parse(dir.otto(['history', 'latest', 'again', '--json']).stdout);
  expect(json.attempts).toHaveLength(10);
  expect(json.attempts[1]).toMatchObject({ attempt: 2, reason: { kind: 'signal', signal: 'SIGKILL' } });
  expect(readFileSync(json.attempts[1].stderr, 'utf8')).toBe('err 2\n');
  const log = (...args: string[]) => dir.otto(['history', 'latest', 'again', ...args]);
  expect(log('--log', '--attempt', '10').stdout).toBe('out 10\nerr 10\n');
  expect([log('--log').stdout, log('--log', '--attempt', '11').stdout]).toEqual(
    Array(2).fill('out 11\nerr 11\n'),
  );
  expect(log('--log', '--attempt', '12')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there was no attempt 12'),
  });
  expect(log('--attempt', '1').stderr).toContain('--attempt needs --log, --stdout or --stderr');
  expect(dir.otto(['history', 'latest', '--attempt', '1']).stderr).toContain('--attempt needs a task, too');
  expect(dir.otto(['history', 'latest', 'once']).stdout).not.toContain('attempt');
  expect(dir.otto(['history', 'latest', 'once', '--stdout', '--attempt', '2']).stderr).toContain(
    'the task was tried once',
  );
});

test('stats counts runs and failures of each task, with and without otto.db', () => {
  using dir = project(OTTOFILE);
  for (let turn = 0; turn < 6; turn++) dir.otto(['run', 'good']);
  dir.otto(['run', 'odd: name/1']);
  const stats = () => JSON.parse(dir.otto(['stats', '--json']).stdout);
  const found = stats();
  expect(found.runs).toMatchObject({ succeeded: 6, failed: 1, failureRate: 1 / 7, trend: { count: 3 } });
  expect(found.tasks).toMatchObject([
    { task: 'good', succeeded: 6, failed: 0, trend: { count: 3 } },
    { task: 'bad', succeeded: 0, failed: 1, failureRate: 1, spread: null },
    { task: 'odd: name/1', succeeded: 0, failed: 0, skipped: 1, last: null },
  ]);
  rmSync(join(dir.home, 'otto.db'));
  expect(stats()).toEqual(found);
  expect(existsSync(join(dir.home, 'otto.db'))).toBe(true);
  const { stdout } = dir.otto(['stats', 'good', 'bad']);
  expect(stdout).toMatch(/^TASK {2}RUNS {2}FAILED .*\ngood +6 +0% .* succeeded\nbad +1 +100% .* failed\n/);
  expect(stdout).not.toContain('odd');
  expect(dir.otto(['stats', 'god'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "good"?'),
  });
  expect(dir.otto(['stats', '--until', '1d'])).toEqual({ code: 0, stdout: 'no runs\n', stderr: '' });
});

test('where the home cannot be read nothing says that there were no runs', () => {
  using dir = project('tasks: {a: {bash: "true"}}');
  dir.write('file', '');
  for (const home of ['file', 'file/below'])
    for (const args of [['history'], ['stats'], ['data'], ['clean', '--dry-run']])
      expect(dir.otto(args, { env: { OTTO_HOME: home } })).toEqual({
        code: 2,
        stdout: '',
        stderr: `otto: cannot read ${home}: not a directory (ENOTDIR)\n`,
      });
  expect(dir.otto(['history'], { env: { OTTO_HOME: 'none' } })).toEqual({
    code: 0,
    stdout: 'no runs\n',
    stderr: '',
  });
});

test('a run that somebody has damaged is told, and keeps no other from being shown', () => {
  using dir = project('tasks: {a: {bash: "echo hi"}}');
  dir.otto(['run', '-q', 'a']);
  dir.otto(['run', '-q', 'a']);
  const [older, newer] = JSON.parse(dir.otto(['history', '--json']).stdout).map(
    ({ directory }: { directory: string }) => directory,
  );
  const record = JSON.parse(readFileSync(join(newer, 'run.json'), 'utf8'));
  writeFileSync(join(newer, 'run.json'), JSON.stringify({ ...record, tasks: [null] }));
  rmSync(join(dir.home, 'otto.db'));
  const { code, stdout, stderr } = dir.otto(['history']);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^otto: cannot read .*run\.json: not a run record\n$/),
  });
  expect(stdout.split('\n')).toHaveLength(3);
  rmSync(join(older, 'tasks/a'), { recursive: true });
  writeFileSync(join(older, 'tasks/a'), 'no directory');
  expect(dir.otto(['history', basename(older), 'a'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^otto: cannot read .*tasks\/a: not a directory \(ENOTDIR\)\n$/),
  });
});
