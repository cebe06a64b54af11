import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { loadNodeSqlite } from '../../src/data/sqlite/driver.ts';
import { BareOtto } from '../support/bare-otto.ts';
import { type Project, project, type Result } from './project.ts';

/** An otto that was installed without install scripts. equal-stores.test.ts passes every value through it. */

const bare = new BareOtto({ sqlite: false });
afterAll(() => bare[Symbol.dispose]());
const otto = (dir: Project, ...args: string[]): Result => dir.otto(args, { cli: bare.cli });

test.each([['--fast'], ['--store', 'shm']])('%s %s names what is missing before anything runs', (...args) => {
  using dir = project('tasks: {t: {bash: touch ran}}');
  const { code, stderr } = otto(dir, 'run', ...args, 't');
  expect([code, existsSync(dir.path('ran'))]).toEqual([2, false]);
  expect(stderr).toMatch(
    /^otto: the addon otto\.node is not there: it has not been compiled\n {2}hint: build it/,
  );
});

test('a task that names the store shm is told with its place, before anything runs', () => {
  using dir = project(`tasks:
  first: {bash: touch ran}
  last:
    before: [first]
    store: shm
    bash: touch ran
`);
  const { code, stderr } = otto(dir, 'run', 'last');
  expect([code, existsSync(dir.path('ran'))]).toEqual([2, false]);
  expect(stderr).toContain(
    'otto.yml:5:12  error: task "last" names the store "shm", which cannot be used here',
  );
});

test('the store sqlite works where Node brings a binding, and else says which ones it looked for', async () => {
  using dir = project('tasks: {t: {bash: touch ran}}');
  const { code, stderr } = otto(dir, 'run', '-q', '--store', 'sqlite', 't');
  const isThere = (await loadNodeSqlite()) !== null;
  expect([code, existsSync(dir.path('ran'))]).toEqual(isThere ? [0, true] : [2, false]);
  expect(stderr).toMatch(
    isThere
      ? /^$/
      : /needs SQLite: neither better-sqlite3 nor node:sqlite loads\n {2}hint: "npm rebuild better-sqlite3"/,
  );
});

test('auto takes files, also for large values, and says why', () => {
  using dir = project(`otto: {store: auto}
tasks:
  large: {python: 'OUTPUT["x"] = "y" * 2000000'}
  read: {before: [large], bash: 'echo "\${#INPUT[large.x]}"'}
`);
  for (let run = 0; run < 2; run++) expect(otto(dir, 'run', 'read').stdout).toContain('2000000');
  expect(otto(dir, 'run', '-n', '--explain', 'read').stdout).toContain(
    'store files: auto: the compiled part is not there',
  );
});

test('captures and streams need nothing compiled', () => {
  using dir = project(`tasks:
  captured:
    markers: true
    bash: 'echo "<OTTO:OUTPUT:m>1</OTTO:OUTPUT:m>"; echo f=2 >> "$OTTO_OUTPUT"; export OTTO_OUT_e=3'
  stream: {streaming: true, bash: 'echo 4 > "$OTTO_OUTPUT_STREAM"'}
  end:
    before: [captured, stream]
    bash: 'echo "$OTTO_IN_CAPTURED_M \${INPUT[captured.f]} \${INPUT[captured.e]} $(cat "$OTTO_INPUT_STREAM")"'
`);
  for (const store of ['files', 'socket', 'redis']) {
    const { code, stdout, stderr } = otto(dir, 'run', '--output', 'raw', '--store', store, 'end');
    expect({ store, code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({
      store,
      code: 0,
      stdout: '1 2 3 4\n',
      stderr: '',
    });
  }
});

test.each(['otto-send k v', 'otto-recv t k', 'otto-mmap-set k v', 'otto-mmap-get t k'])(
  '%s says how to compile it',
  (command) => {
    using dir = project(`tasks: {t: {bash: '${command}'}}`);
    const { code, stderr } = otto(dir, 'run', '--store', 'socket', 't');
    expect(code).toBe(1);
    expect(stderr).toContain(`${command.split(' ')[0]}: not compiled on this machine; install g++`);
  },
);

test('otto doctor lists each missing part with what to do', () => {
  using dir = project('tasks: {t: {bash: "true"}}');
  const { stdout } = otto(dir, 'doctor');
  for (const part of ['bash builtins', 'addon', 'helpers', 'libotto.so'])
    expect(stdout).toMatch(new RegExp(`^missing +${part} .*\\n +hint: .*npm rebuild`, 'm'));
  expect(stdout).toContain(
    'everything works without it, but these commands; tasks have otto.set and otto.get',
  );
});
