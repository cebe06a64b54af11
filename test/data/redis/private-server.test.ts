import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { FailureError } from '../../../src/base/failure.ts';
import type { TaskName } from '../../../src/base/task-name.ts';
import { A, A_B, C, contentOf, RedisRig, type RigOptions, wordsOf } from './rig.ts';

const rigs: RedisRig[] = [];
const rig = (options?: RigOptions): RedisRig => {
  const made = new RedisRig(options);
  rigs.push(made);
  return made;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const made of rigs.splice(0)) await made.close();
});

/** A zombie is what nobody has collected yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const serverPid = (made: RedisRig): number =>
  Number(/process_id:(\d+)/.exec(made.cli('INFO', 'server'))?.[1]);

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** A shell of its own has started the server, and tells how it ends. */
const watcherOf = (server: number): number => parentOf(parentOf(server));

test('a type is that of the very bytes that were set with it', async () => {
  const made = await rig().started(A);
  for (const key of ['kept', 'overwritten', 'restored by hand']) await made.put(A, key, '[1]', 'json');
  made.cli('SET', 'a:overwritten', '[2]');
  made.cli('SET', 'a:restored by hand', 'x');
  made.cli('SET', 'a:restored by hand', '[1]');
  expect(await made.sealed(A)).toEqual(['kept json [1]', 'overwritten raw [2]', 'restored by hand json [1]']);
});

test('what hands add stands behind the rest, by name; what they delete is gone', async () => {
  const made = await rig().started(A);
  for (const key of ['z', 'gone']) await made.put(A, key, '1');
  for (const key of ['y', 'b', 'é']) made.cli('SET', `a:${key}`, 'by hand');
  made.cli('DEL', 'a:gone');
  expect(await made.sealed(A)).toEqual(['z string 1', 'b raw by hand', 'y raw by hand', 'é raw by hand']);
});

test('redis-cli finds what a task has set, its bytes as they are', async () => {
  const made = await rig().started(A);
  await made.put(A, 'dict', '{"a":[1,2]}', 'json');
  await made.putFile(A, 'large', Buffer.alloc(10_000_000, 'abc'));
  expect(made.cli('GET', 'a:dict')).toBe('{"a":[1,2]}');
  expect(made.cli('STRLEN', 'a:large')).toBe('10000000');
  expect(made.cli('GETRANGE', 'a:large', '9999996', '-1')).toBe(
    Buffer.alloc(10_000_000, 'abc').toString('latin1', 9_999_996),
  );
});

test('the longest task name that fits owns a key; a value that would read as its has another name', async () => {
  const made = await rig().started(A, A_B);
  made.cli('SET', 'a:b:c', 'by hand');
  await made.put(A, 'b:c', 'of a');
  expect(made.cli('GET', 'a:b:c')).toBe('by hand');
  expect(await made.sealed(A_B)).toEqual(['c raw by hand']);
  expect(await made.sealed(A)).toEqual(['b:c string of a']);
});

test('what is no value of a running task is told and not taken', async () => {
  const made = await rig().started(A, A_B);
  await made.put(A, 'k', 'sealed');
  await made.sealed(A);
  made.cli('SET', 'a:late', 'x');
  made.cli('SET', 'c:early', 'x');
  made.cli('SET', 'nobody', 'x');
  made.cli('SET', 'a:', 'x');
  made.cli('HSET', 'a:b:hash', 'field', 'x');
  expect(await made.sealed(A_B)).toEqual([]);
  expect(made.problems()).toEqual([
    { kind: 'redis-key', name: 'a:', problem: { kind: 'no-task', meant: null } },
    { kind: 'redis-key', name: 'a:late', problem: { kind: 'task-not-running', task: A, hasEnded: true } },
    { kind: 'redis-key', name: 'c:early', problem: { kind: 'task-not-running', task: C, hasEnded: false } },
    { kind: 'redis-key', name: 'nobody', problem: { kind: 'no-task', meant: null } },
    { kind: 'redis-key', name: 'a:b:hash', problem: { kind: 'type', type: 'hash' } },
  ]);
  await made.backend.open(C);
  expect(await made.sealed(C)).toEqual([]);
});

test('a key of no task is told once, with the one that was meant', async () => {
  const tasks = ['build', 'lib:pack'] as TaskName[];
  const made = await rig({ tasks }).started(...tasks);
  for (const name of ['lib:pakc:c:d', 'nobody', 'nobody']) made.cli('SET', name, 'x');
  expect(await made.sealed('build' as TaskName)).toEqual([]);
  made.cli('SET', 'nobody', 'again');
  expect(await made.sealed('lib:pack' as TaskName)).toEqual([]);
  expect(made.problems()).toEqual([
    { kind: 'redis-key', name: 'lib:pakc:c:d', problem: { kind: 'no-task', meant: 'lib:pack:c:d' } },
    { kind: 'redis-key', name: 'nobody', problem: { kind: 'no-task', meant: null } },
  ]);
});

test('the keys of a server are listed once, however many tasks there are', async () => {
  const tasks = Array.from({ length: 60 }, (_, index) => `t${index}` as TaskName);
  const made = await rig({ tasks }).started(...tasks);
  for (const task of tasks) {
    await made.put(task, 'api', 'x');
    made.cli('SET', `${task}:hand`, 'y');
    expect(await made.sealed(task)).toEqual(['api string x', 'hand raw y']);
  }
  for (const task of tasks) await made.backend.release(task);
  expect(/cmdstat_scan:calls=(\d+)/.exec(made.cli('INFO', 'commandstats'))?.[1]).toBe('1');
});

test('what was set by hand while otto was cut off from the server counts, too', async () => {
  const made = await rig().started(A);
  await made.put(A, 'api', '{}', 'json');
  made.cli('EVAL', "redis.call('SET', 'a:hand', 'x') redis.call('SET', 'a:api', 'y')", '0');
  made.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await made.sealed(A)).toEqual(['api raw y', 'hand raw x']);
});

test('a value that expires is one until then', async () => {
  const made = await rig().started(A);
  for (const key of ['gone', 'stays']) await made.put(A, key, 'x');
  made.cli('PEXPIRE', 'a:gone', '1');
  made.cli('PEXPIRE', 'a:stays', '100000');
  await vi.waitFor(() => expect(made.cli('EXISTS', 'a:gone')).toBe('0'));
  expect(await made.sealed(A)).toEqual(['stays string x']);
});

test('a task that empties the server takes what running ones had set, and that is told', async () => {
  const made = await rig().started(A, C);
  await made.put(A, 'k', 'of one that has ended');
  const [entry] = await made.backend.seal(A, { newFile: () => '' });
  await made.put(C, 'before', 'x');
  made.cli('FLUSHALL');
  await made.put(C, 'after', 'y');
  made.cli('SET', 'c:hand', 'z');
  expect(await made.sealed(C)).toEqual(['after string y', 'hand raw z']);
  await made.backend.release(A);
  expect(entry && contentOf(entry).toString()).toBe('of one that has ended');
  expect(made.problems()).toEqual([{ kind: 'redis-emptied' }]);
});

test('more keys than are told one by one are found all the same', async () => {
  const made = await rig().started(A);
  made.cli('EVAL', "for i = 1, 12000 do redis.call('SET', 'a:' .. i, i) end", '0');
  expect((await made.sealed(A)).length).toBe(12_000);
  made.cli('SET', 'a:late', 'x');
  await made.backend.release(A);
  expect(made.cli('DBSIZE')).toBe('0');
});

test('a value that is changed after its task has ended stays, and that is told', async () => {
  const made = await rig().started(A);
  await made.put(A, 'k', 'sealed');
  const [entry] = await made.backend.seal(A, { newFile: () => '' });
  made.cli('SET', 'a:k', 'too late');
  await made.backend.release(A);
  expect(entry && contentOf(entry).toString()).toBe('sealed');
  expect(made.problems()).toEqual([
    { kind: 'redis-key', name: 'a:k', problem: { kind: 'task-not-running', task: A, hasEnded: true } },
  ]);
  expect(made.cli('EXISTS', 'a:k')).toBe('0');
});

test('values larger than a string of Redis are lists of pieces', async () => {
  const made = await rig({ maxStringBytes: 5_000_000 }).started(A);
  const data = Buffer.alloc(9_000_001, 'pieces');
  for (const key of ['whole', 'spoilt']) await made.putFile(A, key, data);
  expect(made.cli('TYPE', 'a:whole')).toBe('list');
  expect(made.cli('LLEN', 'a:whole')).toBe('3');
  made.cli('RPUSH', 'a:spoilt', 'x');
  const [entry, ...others] = await made.backend.seal(A, { newFile: () => '' });
  expect([entry?.key, entry?.type, others.length]).toEqual(['whole', 'bytes', 0]);
  expect(entry && contentOf(entry).equals(data)).toBe(true);
  expect(made.problems()).toMatchObject([{ name: 'a:spoilt', problem: { kind: 'type', type: 'list' } }]);
});

test('a large value that was set by hand comes as a file, exact', async () => {
  const made = await rig().started(A);
  const { OTTO_REDIS_SOCK: socket = '' } = made.backend.environment;
  const data = Buffer.alloc(9_000_001, 'by hand\0\xff');
  execFileSync('redis-cli', ['-s', socket, '-x', 'SET', 'a:large'], { input: data });
  const [entry] = await made.backend.seal(A, { newFile: () => '' });
  expect([entry?.key, entry?.type, entry?.bytes]).toEqual(['large', 'raw', data.length]);
  expect(entry && contentOf(entry).equals(data)).toBe(true);
});

test('a server that is killed comes back with everything that was set, by whom ever', async () => {
  const made = await rig().started(A);
  await made.put(A, 'api', '{}', 'json');
  await made.putFile(A, 'large', Buffer.alloc(5_000_000, 1));
  made.cli('SET', 'a:hand', 'x');
  const killed = serverPid(made);
  process.kill(killed, 'SIGKILL');
  await made.put(A, 'after', '1');
  expect(serverPid(made)).not.toBe(killed);
  made.cli('SET', 'a:second hand', 'y');
  const sealed = await made.backend.seal(A, { newFile: () => '' });
  expect(sealed.map(({ key, type, bytes }) => `${key} ${type} ${bytes}`)).toEqual([
    'api json 2',
    'large bytes 5000000',
    'after string 1',
    'hand raw 1',
    'second hand raw 1',
  ]);
  expect(made.problems()).toEqual([{ kind: 'redis-restarted' }]);
  await made.backend.close();
  expect(readFileSync(join(made.runDirectory, 'redis.log'), 'utf8')).toContain('DB loaded from');
});

test('values that are under way when the server is killed are set all the same', async () => {
  const made = await rig().started(A);
  const puts = Array.from({ length: 40 }, (_, index) =>
    made.putFile(A, `k${index}`, Buffer.alloc(500_000, index)),
  );
  await puts[3];
  process.kill(serverPid(made), 'SIGKILL');
  await Promise.all(puts);
  const entries = await made.backend.seal(A, { newFile: () => '' });
  expect(entries.length).toBe(40);
  for (const entry of entries)
    expect(contentOf(entry).equals(Buffer.alloc(500_000, Number(entry.key.slice(1)))), entry.key).toBe(true);
});

test('a socket that a task has removed is there again for the next one', async () => {
  const made = await rig().started(A);
  await made.put(A, 'k', 'v');
  rmSync(made.backend.environment.OTTO_REDIS_SOCK ?? '');
  await made.backend.open(C);
  expect(made.cli('GET', 'a:k')).toBe('v');
});

test('the shell that watches over the server does not leave it alone when it is killed', async () => {
  const made = await rig().started(A);
  await made.put(A, 'k', 'v');
  const first = serverPid(made);
  process.kill(watcherOf(first), 'SIGKILL');
  await vi.waitFor(() => expect(isAlive(first)).toBe(false));
  expect(await made.sealed(A)).toEqual(['k string v']);
});

test('a run directory whose path is too long for a socket has it elsewhere, for its owner only', async () => {
  const made = await rig({ runDirectory: `${'long '.repeat(20)}/"$(x)\\` }).started(A);
  await made.put(A, 'k', 'v');
  expect(made.cli('GET', 'a:k')).toBe('v');
  const elsewhere = dirname(made.backend.environment.OTTO_REDIS_SOCK ?? '');
  expect(elsewhere.startsWith(made.root)).toBe(false);
  await made.backend.close();
  expect(existsSync(elsewhere)).toBe(false);
});

test.each([
  [
    ['CONFIG', 'SET', 'maxmemory', '1mb'],
    /^cannot put a value into redis-server: OOM .*'maxmemory'; .*maxmemory/,
  ],
  [['REPLICAOF', '127.0.0.1', '1'], /READONLY .*replica; a task has made it a replica/],
])('a server that a task has spoilt by %s is told, and what has ended stays', async (words, told) => {
  const made = await rig().started(A, C);
  await made.put(A, 'k', 'v');
  expect(await made.sealed(A)).toEqual(['k string v']);
  made.cli(...words);
  expect(await wordsOf(made.put(C, 'k', 'v'))).toMatch(told);
  await made.backend.release(A);
  await made.backend.close();
  expect(readdirSync(made.runDirectory)).toEqual(['tasks']);
});

test('nothing but what the tasks have is left when it is closed', async () => {
  const made = await rig().started(A);
  const pid = serverPid(made);
  await made.backend.close();
  expect(readdirSync(made.runDirectory)).toEqual(['tasks']);
  expect(isAlive(pid)).toBe(false);
});

test('a machine without redis-server is told what to install', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const failure = await rig()
    .started()
    .catch((error: unknown) => (error instanceof FailureError ? error.failure : error));
  expect(failure).toMatchObject({ kind: 'redis', action: 'start', detail: 'it is not on PATH' });
  expect(failure).toHaveProperty('hint', expect.stringContaining('apt-get install redis-server'));
});

const IMPATIENT = { silenceMs: 1500, hurriedMs: 1500 };
const WAITS_LONG = { silenceMs: 3_600_000, hurriedMs: 300 };

test('a server that is stopped while requests wait is ended, and the next one has all that was answered', async () => {
  const made = await rig({ patience: IMPATIENT }).started(A);
  await made.put(A, 'before', 'x');
  made.cli('SET', 'a:hand', 'y');
  const stopped = serverPid(made);
  process.kill(stopped, 'SIGSTOP');
  const large = made.putFile(A, 'large', Buffer.alloc(9_000_000, 1));
  await Promise.all([made.put(A, 'small', 'z'), large]);
  expect(isAlive(stopped)).toBe(false);
  expect(made.problems()).toEqual([{ kind: 'redis-restarted' }]);
  const sealed = await made.backend.seal(A, { newFile: () => '' });
  expect(sealed.map(({ key, bytes }) => `${key} ${bytes}`).sort()).toEqual([
    'before 1',
    'hand 1',
    'large 9000000',
    'small 1',
  ]);
});

test('a server that is stopped while nobody asks it is noticed, too; one that answers stays', async () => {
  const made = await rig({ patience: IMPATIENT }).started(A);
  await made.put(A, 'k', 'v');
  const first = serverPid(made);
  // Otto asks three times in that time.
  await vi.waitFor(
    () => expect(made.cli('INFO', 'commandstats')).toMatch(/cmdstat_ping:calls=([6-9]|\d\d)/),
    { timeout: 20_000 },
  );
  expect(serverPid(made)).toBe(first);
  process.kill(first, 'SIGSTOP');
  await vi.waitFor(() => expect(isAlive(first)).toBe(false), { timeout: 10_000 });
  expect(await made.sealed(A)).toEqual(['k string v']);
});

test.each(['server', 'shell'])('a run that ends does not wait for a stopped %s', async (which) => {
  const made = await rig({ patience: WAITS_LONG }).started(A);
  const pid = serverPid(made);
  process.kill(pid, 'SIGSTOP');
  if (which === 'shell') process.kill(watcherOf(pid), 'SIGSTOP');
  const put = made.put(A, 'k', 'v');
  made.backend.hurry?.();
  await put;
  expect(await made.sealed(A)).toEqual(['k string v']);
  process.kill(serverPid(made), 'SIGSTOP');
  await made.backend.close();
  expect(readdirSync(made.runDirectory).sort()).toEqual(['redis.log', 'tasks']);
});
