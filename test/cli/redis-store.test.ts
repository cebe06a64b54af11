import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { project } from './project.ts';

const ENDS = `tasks:
  make:
    bash: |
      OUTPUT[api]='{}'
      redis-cli -s "$OTTO_REDIS_SOCK" SET "$OTTO_TASK:hand" "zwölf" > redis.txt
  py: {python: 'OUTPUT["n"] = 2**70'}
  use:
    before: [make, py]
    bash: |
      echo "\${INPUT[make.api]} \${INPUT[make.hand]}"
      redis-cli -s "$OTTO_REDIS_SOCK" GET py:n
  fails: {before: [make], bash: 'kill -9 "$(redis-cli -s "$OTTO_REDIS_SOCK" INFO server | sed -n "s/^process_id:\\([0-9]*\\).*/\\1/p")"; OUTPUT[k]=v; exit 3'}
  waits: {bash: 'echo "$OTTO_REDIS_SOCK" > socket.txt.new; redis-cli -s "$OTTO_REDIS_SOCK" INFO server > server.txt; mv socket.txt.new socket.txt; sleep 1000'}
`;

test('values pass through Redis, by the API and by hand, in both directions', () => {
  using here = project(ENDS);
  const { code, stdout } = here.otto(['run', '--store', 'redis', '--output', 'raw', 'use']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '{} zwölf\n1180591620717411303424\n' });
});

test('a run whose server is killed keeps what was set, and tells it', () => {
  using here = project(ENDS);
  const { code, stderr } = here.otto(['run', '--store', 'redis', 'fails']);
  expect(code).toBe(1);
  expect(stderr).toContain('otto has started it again with everything that was set');
  expect(here.otto(['data', 'get', 'make', 'hand']).stdout).toBe('zwölf');
  expect(here.otto(['data', 'get', 'fails', 'k']).stdout).toBe('v');
});

test('nothing runs where redis-server is missing, or OTTO_REDIS_URL names none', () => {
  using here = project(ENDS);
  const missing = here.otto(['run', '--store', 'redis', 'make'], { env: { PATH: '/nowhere' } });
  expect([missing.code, existsSync(join(here.directory, 'redis.txt'))]).toEqual([2, false]);
  expect(missing.stderr).toContain('cannot start redis-server: it is not on PATH');
  const wrong = here.otto(['run', '--store', 'redis', 'make'], { env: { OTTO_REDIS_URL: 'secret' } });
  expect([wrong.code, wrong.stderr.includes('secret')]).toEqual([2, false]);
});

test.each([
  ['redis://127.0.0.1:1', 'nothing listens there (ECONNREFUSED)'],
  ['redis://nowhere.invalid', /no host of that name is known|could not be looked up/],
])('nothing runs where nothing answers at %s', (url, words) => {
  using here = project(ENDS);
  const { code, stderr } = here.otto(['run', '--store', 'redis', 'make'], { env: { OTTO_REDIS_URL: url } });
  expect([code, existsSync(here.path('redis.txt'))]).toEqual([2, false]);
  expect(stderr).toMatch(words);
  expect(stderr).toContain('unset OTTO_REDIS_URL: otto then starts a server of its own');
});

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('after %s to otto no server is left', async (signal) => {
  using here = project(ENDS);
  const otto = here.start(['run', '--store', 'redis', 'waits'], 'ignore');
  const ended = once(otto, 'exit');
  const path = join(here.directory, 'socket.txt');
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 30_000 });
  const socket = readFileSync(path, 'utf8').trim();
  const pid = /process_id:(\d+)/.exec(readFileSync(join(here.directory, 'server.txt'), 'utf8'))?.[1];
  expect(realpathSync(socket)).toBe(socket);
  otto.kill(signal);
  await ended;
  await vi.waitFor(() => expect(existsSync(socket)).toBe(false), { timeout: 30_000 });
  await vi.waitFor(() => expect(isAlive(Number(pid))).toBe(false), { timeout: 30_000 });
  // Ends what a killed otto has left.
  here.otto(['clean']);
});

const STOPS = `tasks:
  stops:
    bash: |
      kill -STOP "$(redis-cli -s "$OTTO_REDIS_SOCK" INFO server | sed -n "s/^process_id:\\([0-9]*\\).*/\\1/p")"
      echo > ready
      otto.set k v
      otto.set l v
`;

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a run whose server is stopped', async (signal) => {
  using here = project(STOPS);
  const otto = here.start(['run', '--store', 'redis', 'stops'], 'ignore');
  const ended = once(otto, 'exit');
  await vi.waitFor(() => expect(existsSync(here.path('ready'))).toBe(true), { timeout: 30_000 });
  otto.kill(signal);
  expect(await ended).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
});

test('redis-cli finds what outputs make of values', () => {
  using here = project(`tasks:
  make: {outputs: {n: int}, bash: 'OUTPUT[n]=" 42 "'}
  use: {before: [make], bash: 'redis-cli -s "$OTTO_REDIS_SOCK" GET make:n'}
`);
  const { code, stdout } = here.otto(['run', '--store', 'redis', '--output', 'raw', 'use']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
