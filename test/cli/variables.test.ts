// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are values of ottofiles
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAlive } from '../run/rig.ts';
import { project } from './project.ts';

test('what fails for a task that comes first keeps everything from running', () => {
  using rig = project(
    'tasks: {a: {envs: {X: "$(exit 4)"}, bash: ":"}, b: {bash: touch ran}, c: {before: [a, b]}}',
  );
  const { code, stderr } = rig.otto(['run', 'c']);
  expect(code).toBe(2);
  expect(stderr).toContain('the command of "X" ended with exit code 4');
  expect(existsSync(rig.path('ran'))).toBe(false);
});

test('what fails later fails its task', () => {
  using rig = project('tasks: {a: {bash: touch ran}, b: {before: [a], envs: {X: "$(exit 4)"}, bash: ":"}}');
  const { code, stderr } = rig.otto(['run', 'b']);
  expect([code, existsSync(rig.path('ran'))]).toEqual([1, true]);
  expect(stderr).toMatch(/task "b" failed: otto\.yml:1:59: the command of "X" ended with exit code 4/);
});

test('nothing is worked out where nothing runs', () => {
  using rig = project('otto: {envs: {X: "$(touch ran)"}}\ntasks: {a: {bash: ":"}, b: {before: []}}');
  for (const args of [['list'], ['run', '-n', 'a'], ['run', 'b']]) expect(rig.otto(args).code).toBe(0);
  expect(existsSync(rig.path('ran'))).toBe(false);
});

test('an interruption ends a command that hangs, before and while tasks run', async () => {
  for (const before of ['[]', '[first]']) {
    using rig = project(
      `tasks: {first: {bash: ":"}, a: {before: ${before}, envs: {X: "$(mkfifo go; echo $$ > pid; echo > go; sleep 1000)"}, bash: touch ran}}`,
    );
    const otto = rig.start(['run', 'a'], 'ignore');
    const ended = once(otto, 'exit');
    while (!existsSync(rig.path('go'))) await new Promise(setImmediate);
    readFileSync(rig.path('go'));
    otto.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(isAlive(Number(readFileSync(rig.path('pid'), 'utf8')))).toBe(false);
    expect(existsSync(rig.path('ran'))).toBe(false);
  }
});

test.each([
  [['run', '-n', '--explain', 'a'], 'SIGINT'],
  [['graph', '--fresh'], 'SIGTERM'],
] as const)('nor does otto %j leave one behind', async (args, signal) => {
  using rig = project(
    `tasks: {a: {input: [x], output: [y], envs: {X: "$(mkfifo go; trap '' TERM; echo $$ > pid; echo > go; sleep 1; sleep 1000)"}, bash: ":"}}`,
  );
  const otto = rig.start(args, 'ignore');
  const ended = once(otto, 'exit');
  while (!existsSync(rig.path('go'))) await new Promise(setImmediate);
  readFileSync(rig.path('go'));
  otto.kill(signal);
  // Which of two signals comes first is the system's affair; the second ends the patience.
  otto.kill('SIGHUP');
  expect(await ended).toEqual([null, expect.stringMatching(`^(${signal}|SIGHUP)$`)]);
  expect(isAlive(Number(readFileSync(rig.path('pid'), 'utf8')))).toBe(false);
});

test('what a command leaves in the background is ended where no run follows', () => {
  using rig = project(
    `tasks: {a: {input: [x], output: [y], envs: {X: "$(sleep 1000 > /dev/null 2>&1 & echo $! > pid)"}, bash: ":"}}`,
  );
  for (const [args, code, home] of [
    [['run', '-n', '--explain', 'a'], 0, 'home'],
    [['run', 'a'], 2, 'otto.yml/no-directory'],
  ] as const) {
    expect(rig.otto(args, { env: { OTTO_HOME: rig.path(home) } }).code).toBe(code);
    expect(isAlive(Number(readFileSync(rig.path('pid'), 'utf8')))).toBe(false);
  }
});

test('otto.bash runs scripts and commands', () => {
  using rig = project(
    'otto: {bash: ./my bash, envs: {X: "$(echo $MINE)"}}\ntasks: {a: {bash: echo "$MINE $X"}}',
  );
  rig.write('my bash', '#!/bin/sh\nMINE=yes exec bash "$@"\n');
  expect(rig.otto(['run', 'a']).stderr).toContain('my bash", which cannot be run (EACCES)');
  chmodSync(rig.path('my bash'), 0o755);
  expect(rig.otto(['run', 'a']).stdout).toBe('a | yes yes\n');
});
