import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PatienceLimits } from '../../../src/data/redis/patience.ts';
import { A, C, RedisRig, wordsOf } from './rig.ts';

const PASSWORD = 's3cret pass';

/** A server as others run it: on a port, with a password and a few databases. */
let server: ChildProcess;
let port: number;
let directory: string;
const rigs: RedisRig[] = [];

const url = (path = ''): string => `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}${path}`;
const rig = (of = url(), patience?: PatienceLimits): RedisRig => {
  const made = new RedisRig({ url: of, ...(patience && { patience }) });
  rigs.push(made);
  return made;
};
const cli = (...words: readonly string[]): string =>
  execFileSync('redis-cli', ['--no-auth-warning', '-a', PASSWORD, '-p', `${port}`, ...words], {
    encoding: 'utf8',
  }).trimEnd();

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as { port: number };
  probe.close();
  return free;
}

async function startServer(): Promise<void> {
  const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--requirepass', PASSWORD, '--databases', '3'];
  server = spawn('redis-server', [...words, '--save', '', '--dir', directory], { stdio: 'ignore' });
  await vi.waitFor(() => expect(cli('PING')).toBe('PONG'), { timeout: 20_000 });
}

async function stopServer(): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'otto-shared-redis-'));
  port = await freePort();
  await startServer();
});
beforeEach(() => {
  cli('FLUSHALL');
  cli('CONFIG', 'SET', 'maxmemory', '0');
});
afterEach(async () => {
  for (const made of rigs.splice(0)) await made.close();
});
afterAll(async () => {
  await stopServer();
  rmSync(directory, { recursive: true, force: true });
});

test('runs share a server, each in a database of its own, beside keys of others', async () => {
  cli('SET', 'a:k', "a stranger's");
  const [first, second] = [await rig().started(A), await rig().started(A)];
  await first.put(A, 'k', 'of the first');
  await second.put(A, 'k', 'of the second');
  first.cli('SET', 'a:hand', 'x');
  expect(first.backend.environment).toEqual({ OTTO_REDIS_URL: url('/1').replace('//:', '//default:') });
  expect(await first.sealed(A)).toEqual(['k string of the first', 'hand raw x']);
  expect(await second.sealed(A)).toEqual(['k string of the second']);
  await first.backend.close();
  expect(cli('-n', '1', 'DBSIZE')).toBe('0');
  expect(second.cli('GET', 'a:k')).toBe('of the second');
  await second.backend.close();
  expect(cli('GET', 'a:k')).toBe("a stranger's");
  expect(cli('-n', '2', 'DBSIZE')).toBe('0');
});

test("a run removes its own tasks' keys, and none that came from elsewhere", async () => {
  const made = await rig(url('/1')).started(A, C);
  await made.put(A, 'k', 'v');
  cli('-n', '1', 'SET', 'cache:x', "a stranger's");
  await made.sealed(A);
  expect(made.problems()).toEqual([
    { kind: 'redis-key', name: 'cache:x', problem: { kind: 'no-task', meant: null } },
  ]);
  await made.backend.close();
  expect(cli('-n', '1', 'KEYS', '*')).toBe('cache:x');
});

test('a run that was killed leaves its database to the next one when its claim has expired', async () => {
  const dead = await rig(url('/1')).started(A);
  await dead.put(A, 'old', 'x');
  dead.cli('SET', 'a:old hand', 'x');
  expect(await wordsOf(rig(url('/1')).started())).toContain('database 1 is used by another run');
  // As 30 seconds without a renewal.
  execFileSync('redis-cli', ['--no-auth-warning', '-a', PASSWORD, '-p', `${port}`, '-n', '1'], {
    input: 'DEL "\\x00otto:claim"\n',
  });
  const next = await rig(url('/1')).started(A);
  expect(await next.sealed(A)).toEqual([]);
  expect(await wordsOf(dead.started(C))).toContain('it has lost what this run had put there');
});

test('a user who must not be told of changes finds all the same what hands have set', async () => {
  cli('ACL', 'SETUSER', 'plain', 'on', '>pass', 'resetkeys', '~*', '+@all', '-client');
  const made = await rig(`redis://plain:pass@127.0.0.1:${port}/1`).started(A);
  await made.put(A, 'k', 'x');
  await made.put(A, 'gone', 'x');
  cli('-n', '1', 'SET', 'a:hand', 'y');
  cli('-n', '1', 'DEL', 'a:gone');
  expect(await made.sealed(A)).toEqual(['k string x', 'hand raw y']);
  await made.backend.release(A);
  cli('ACL', 'DELUSER', 'plain');
  expect(made.problems()).toEqual([]);
});

test('what is changed in other databases of the server is nothing to the run', async () => {
  const made = await rig(url('/1')).started(A);
  await made.put(A, 'k', 'x');
  for (const name of ['a:k', 'a:other', 'nobody']) cli('SET', name, 'of others');
  cli('FLUSHDB');
  for (const name of ['a:k', 'a:other', 'nobody']) cli('SET', name, 'of others');
  expect(await made.sealed(A)).toEqual(['k string x']);
  expect(made.problems()).toEqual([]);
});

test('a database that holds keys of others is not used', async () => {
  cli('-n', '1', 'SET', 'x', '1');
  expect(await wordsOf(rig(url('/1')).started())).toContain("database 1 holds keys that are not otto's");
  for (const database of ['0', '2']) cli('-n', database, 'SET', 'x', '1');
  expect(await wordsOf(rig().started())).toContain('none of its 3 databases is free');
  expect(await wordsOf(rig(url('/9')).started())).toContain('has no database of that number');
});

test('a server that cannot be used is told, and its password never', async () => {
  const wrong = url().replace('s3cret', 'other');
  expect(await wordsOf(rig(wrong).started())).toMatch(
    /^cannot use Redis at 127.0.0.1:\d+: WRONGPASS.*not the server’s$/,
  );
  const unreachable = `redis://:hidden@127.0.0.1:${await freePort()}`;
  expect(await wordsOf(rig(unreachable).started())).toMatch(
    /^cannot reach Redis at 127.0.0.1:\d+: nothing listens there \(ECONNREFUSED\); start it/,
  );
  expect(() => rig('redis://:hidden@')).toThrow('usage');
  expect(() => rig('not a url with hidden')).toThrow('usage');
});

test('a server that has no room keeps the old value, and says so', async () => {
  const made = await rig().started(A);
  await made.put(A, 'k', 'old');
  cli('CONFIG', 'SET', 'maxmemory', '1mb');
  const large = made.putFile(A, 'k', Buffer.alloc(10_000_000, 1));
  expect(await wordsOf(large)).toMatch(/^cannot put a value into Redis at 127.0.0.1:\d+: OOM .*maxmemory/);
  cli('CONFIG', 'SET', 'maxmemory', '0');
  expect(await made.sealed(A)).toEqual(['k string old']);
});

test('a replica is no place for values', async () => {
  cli('REPLICAOF', '127.0.0.1', `${await freePort()}`);
  expect(await wordsOf(rig().started())).toMatch(/READONLY .*OTTO_REDIS_URL has to name the primary/);
  cli('REPLICAOF', 'NO', 'ONE');
});

test('a server that was restarted without its values is not trusted any more', async () => {
  const made = await rig().started(A);
  await made.put(A, 'k', 'v');
  await stopServer();
  await startServer();
  expect(await wordsOf(made.put(A, 'l', 'v'))).toContain('it has lost what this run had put there');
});

/** What `work` says of a server that is stopped meanwhile. */
async function whileStopped(work: () => Promise<unknown>): Promise<string> {
  server.kill('SIGSTOP');
  try {
    return await wordsOf(work());
  } finally {
    server.kill('SIGCONT');
  }
}

test('a server that does not answer counts as lost, also when it answers again', async () => {
  const lost = /^cannot use Redis at 127.0.0.1:\d+: it does not answer; see whether it is stopped/;
  const made = await rig(url(), { silenceMs: 300, hurriedMs: 300 }).started(A);
  expect(await whileStopped(() => made.put(A, 'k', 'v'))).toMatch(lost);
  expect(await wordsOf(made.put(A, 'l', 'v'))).toMatch(lost);
  const late = rig(url(), { silenceMs: 300, hurriedMs: 300 });
  expect(await whileStopped(() => late.started(A))).toMatch(
    /^cannot reach Redis at .*: it does not answer; /,
  );
});

test('a run that ends does not wait for a server that does not answer', async () => {
  const made = await rig(url(), { silenceMs: 3_600_000, hurriedMs: 300 }).started(A);
  const told = await whileStopped(async () => {
    const put = made.put(A, 'k', 'v');
    made.backend.hurry?.();
    await put.finally(() => made.backend.close());
  });
  expect(told).toContain('it does not answer');
});
