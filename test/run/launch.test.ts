import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { handedOn, launchers, launchRig } from './launch-rig.ts';
import { isAlive } from './rig.ts';

/** 32 and 33 have no names; glibc takes care of them itself. */
const OWN_SIGNALS_OF_LIBC = 0b11n << 31n;

describe.each(launchers())('a process that %s starts', (name, launcher) => {
  test.each([0, 1, 3, 127, 255])('ends with its exit code: %i', async (code) => {
    using rig = launchRig(launcher);
    expect((await rig.run(['bash', '-c', `exit ${code}`])).end).toEqual({ kind: 'exit', code });
  });

  test.each(['SIGTERM', 'SIGKILL', 'SIGSEGV', 'SIGPIPE', 'SIGABRT'])(
    'ends with the name of its signal: %s',
    async (signal) => {
      using rig = launchRig(launcher);
      const { end } = await rig.run(['bash', '-c', `kill -${signal.slice(3)} $$`]);
      expect(end).toEqual({ kind: 'signal', signal });
    },
  );

  test('has not ended when it is only stopped', async () => {
    using rig = launchRig(launcher);
    const started = await rig.start(['bash', '-c', 'echo ready; kill -STOP $$; exit 7']);
    await started.printed('ready');
    process.kill(started.pid, 'SIGCONT');
    const again = setInterval(() => process.kill(started.pid, 'SIGCONT'), 5);
    expect((await started.finished).end).toEqual({ kind: 'exit', code: 7 });
    clearInterval(again);
  });

  test('gets its arguments and its name as they are', async () => {
    using rig = launchRig(launcher);
    const { stdout } = await rig.run(['bash', '-c', 'printf "<%s>" "$0" "$@"', '', 'a b', "'", 'ü\n']);
    expect(stdout).toBe("<><a b><'><ü\n>");
    const named = await rig.run(['bash', '-c', 'tr "\\0" " " < /proc/$$/cmdline']);
    expect(named.stdout).toMatch(/^bash -c /);
  });

  test('gets exactly the environment, also a large one', async () => {
    using rig = launchRig(launcher);
    const big = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`BIG${n}`, `${n}`.repeat(100_000)]));
    const environment = { PATH: process.env.PATH ?? '', EMPTY: '', UNICODE: 'ü€\n=', ...big };
    const { stdout } = await rig.run(['env', '-0'], { environment });
    const entries = stdout.split('\0').slice(0, -1);
    expect(entries.sort()).toEqual(
      Object.entries(environment)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  });

  test('is in its directory, in a session of its own, with empty stdin', async () => {
    using rig = launchRig(launcher);
    const script = 'pwd; cut -d" " -f5,6 /proc/$$/stat; readlink /proc/$$/fd/0; cat';
    const { pid, stdout } = await rig.run(['bash', '-c', script]);
    expect(stdout.split('\n')).toEqual([realpathSync(rig.directory), `${pid} ${pid}`, '/dev/null', '']);
  });

  test('has default signals: none blocked, none ignored', async () => {
    using rig = launchRig(launcher);
    const { stdout } = await rig.run(['cat', '/proc/self/status']);
    const signals = (field: string): bigint =>
      BigInt(`0x${RegExp(`^${field}:\\s*(\\w+)$`, 'm').exec(stdout)?.[1]}`);
    expect(signals('SigBlk')).toBe(0n);
    expect(signals('SigIgn') & ~OWN_SIGNALS_OF_LIBC).toBe(0n);
  });

  test('has no descriptors of this process, while others run', async () => {
    using rig = launchRig(launcher);
    const others = await Promise.all([1, 2, 3].map(() => rig.start(['sleep', '1000'])));
    const handed = name === 'Node' ? handedOn() : [];
    // 3 is what ls has open to look.
    const descriptors = (await rig.run(['ls', '/proc/self/fd'])).stdout.trim().split('\n').map(Number);
    expect(new Set(descriptors)).toEqual(new Set([0, 1, 2, 3, ...handed]));
    for (const { pid } of others) process.kill(pid, 'SIGKILL');
    await Promise.all(others.map(({ finished }) => finished));
  });

  test('has a pid that is free when its end is told', async () => {
    using rig = launchRig(launcher);
    const { pid, ended } = await rig.start(['true']);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await ended;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('can be one of 200, each with its own end and output', async () => {
    using rig = launchRig(launcher);
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const all = await Promise.all(numbers.map((n) => rig.run(['bash', '-c', `echo out ${n}; exit ${n}`])));
    expect(all.map(({ end }) => end)).toEqual(numbers.map((code) => ({ kind: 'exit', code })));
    expect(all.map(({ stdout }) => stdout)).toEqual(numbers.map((n) => `out ${n}\n`));
  });

  test('can be killed while many run, and leaves nothing behind', async () => {
    using rig = launchRig(launcher);
    const all = await Promise.all(Array.from({ length: 50 }, () => rig.start(['sleep', '1000'])));
    const pids = all.map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(50);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    for (const { finished } of all) {
      expect((await finished).end).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    }
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  test("ends beside Node's own children without taking their ends", async () => {
    using rig = launchRig(launcher);
    const own = Array.from({ length: 20 }, (_, n) => spawn('bash', ['-c', `exit ${n}`], { stdio: 'ignore' }));
    const codes = Promise.all(own.map(async (child) => (await once(child, 'exit'))[0] as number));
    const ends = await Promise.all(own.map((_, n) => rig.run(['bash', '-c', `exit ${n + 100}`])));
    expect(await codes).toEqual(own.map((_, n) => n));
    expect(ends.map(({ end }) => end)).toEqual(own.map((_, n) => ({ kind: 'exit', code: n + 100 })));
  });

  test('writes to both of its outputs, by name as well', async () => {
    using rig = launchRig(launcher);
    const script = 'echo one; echo two >&2; echo three > /dev/stdout; echo four > /dev/stderr';
    expect(await rig.run(['bash', '-c', script])).toMatchObject({
      stdout: 'one\nthree\n',
      stderr: 'two\nfour\n',
    });
  });

  test('leads a group, which can be signalled as a whole after its end', async () => {
    using rig = launchRig(launcher);
    const { pid, stdout } = await rig.run(['bash', '-c', 'sleep 1000 > /dev/null 2>&1 & echo $!']);
    const left = Number(stdout);
    expect(isAlive(left)).toBe(true);
    process.kill(-(pid ?? 0), 'SIGKILL');
    await expect.poll(() => isAlive(left)).toBe(false);
  });
});

describe.each(launchers())('the program that %s starts', (_name, launcher) => {
  const PRINT = '#!/bin/sh\necho "$0"\n';

  test('is looked for in the PATH of its own environment, in order', async () => {
    using rig = launchRig(launcher);
    mkdirSync(join(rig.directory, 'first'));
    mkdirSync(join(rig.directory, 'second/tool'), { recursive: true });
    mkdirSync(join(rig.directory, 'third'));
    rig.file('first/tool', PRINT, 0o644);
    const tool = rig.file('third/tool', PRINT);
    rig.file('tool', PRINT);
    const PATH = ['/nowhere', 'first', 'second', 'third', '']
      .map((name) => join(rig.directory, name))
      .join(':');
    expect((await rig.run(['tool'], { environment: { PATH } })).stdout).toBe(`${tool}\n`);
  });

  test.each([
    ['an entry of PATH', 'inner', 'inner/tool'],
    ['an empty entry of PATH', '/nowhere:', 'tool'],
    ['the last of many entries', 'no:/dev/null:inner', 'inner/tool'],
  ])('is found relative to its directory by %s', async (_case, PATH, found) => {
    using rig = launchRig(launcher);
    mkdirSync(join(rig.directory, 'inner'));
    rig.file(found, PRINT);
    expect((await rig.run(['tool'], { environment: { PATH } })).stdout).toBe(`${found}\n`);
  });

  test('is found relative to its directory when it has a slash, whatever PATH says', async () => {
    using rig = launchRig(launcher);
    rig.file('tool', PRINT);
    expect((await rig.run(['./tool'], { environment: { PATH: '/bin' } })).stdout).toBe('./tool\n');
  });

  test('is found where the system has its programs when there is no PATH', async () => {
    using rig = launchRig(launcher);
    expect((await rig.run(['sh', '-c', 'echo found'], { environment: {} })).stdout).toBe('found\n');
  });

  test('is run by sh when it is a text that names no interpreter', async () => {
    using rig = launchRig(launcher);
    const script = rig.file('script', 'echo "$0" "$@"\n');
    expect((await rig.run(['script', 'a', 'b'], { environment: { PATH: rig.directory } })).stdout).toBe(
      `${script} a b\n`,
    );
  });

  test.each([
    ['is missing', 'no-such-program', 'ENOENT'],
    ['is missing where its path says', '/no/such/program', 'ENOENT'],
    ['is below a file', '/dev/null/program', 'ENOTDIR'],
    ['is a directory', '/tmp', 'EACCES'],
    ['may not be executed', './plain', 'EACCES'],
    ['may not be executed where PATH finds it', 'plain', 'EACCES'],
    ['has an interpreter that is missing', './lost', 'ENOENT'],
    ['is a link to itself', './loop', 'ELOOP'],
  ])('is refused when it %s', async (_case, command, code) => {
    using rig = launchRig(launcher);
    rig.file('plain', 'text', 0o644);
    rig.file('lost', '#!/no/such/interpreter\n');
    symlinkSync('loop', join(rig.directory, 'loop'));
    const PATH = `/usr/bin:${rig.directory}`;
    expect(await rig.run([command], { environment: { PATH } })).toEqual({
      pid: null,
      end: { kind: 'error', code },
      stdout: '',
      stderr: '',
    });
  });

  test.each([
    ['missing', 'gone', 'ENOENT'],
    ['a file', 'file', 'ENOTDIR'],
    ['below a file', 'file/inner', 'ENOTDIR'],
  ])('is refused when its directory is %s', async (_case, name, code) => {
    using rig = launchRig(launcher);
    rig.file('file', '');
    const directory = join(rig.directory, name);
    const { pid, end } = await rig.run(['true'], { directory });
    expect({ pid, end }).toEqual({ pid: null, end: { kind: 'error', code } });
  });

  test('cannot have more environment than the system allows', async () => {
    using rig = launchRig(launcher);
    const environment = { PATH: '/bin:/usr/bin', BIG: 'x'.repeat(200_000) };
    const { end } = await rig.run(['true'], { environment });
    expect(end).toEqual({ kind: 'error', code: 'E2BIG' });
  });
});
