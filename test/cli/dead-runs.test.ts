import {
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../run/rig.ts';
import { ENDED_IN_TIME } from '../support/bounded.ts';
import { Project } from './project.ts';

/** What a run leaves that is killed by SIGKILL is ended by the next otto of the same home. */

const OTTOFILE = `
tasks:
  dies:
    bash: |
      sleep 1000 & echo $! >> pids
      (setsid bash -c "trap '' TERM HUP; echo \\$\\$ >> pids; sleep 60; sleep 60" &) > /dev/null 2>&1
      (setsid bash -c '${ENDED_IN_TIME} echo $$ >> pids; kill -STOP $$; sleep 1000' &) > /dev/null 2>&1
      until [[ $(wc -l < pids) == 3 ]]; do sleep 0.01; done
      kill -9 $PPID
      sleep 1000
  commands:
    envs: {X: '$(echo $$ > pids; (trap "" TERM; exec setsid sleep 60 > /dev/null) & echo $! >> pids; kill -9 $PPID; sleep 60)'}
    bash: ":"
  next: {bash: echo next}
  daemons:
    bash: |
      for i in {1..200}; do (setsid env -i /bin/true &); done
      zombies() { grep -l ') Z '$PPID' ' /proc/[0-9]*/stat 2> /dev/null | wc -l; }
      until [[ $(zombies) == 0 ]]; do sleep 0.05; done
`;

const pidsIn = (project: Project): number[] =>
  readFileSync(project.path('pids'), 'utf8').trim().split('\n').map(Number);

const marks = (project: Project): string[] => readdirSync(`${project.home}/running`);

test('the next run ends it, says so, and does so once', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', 'dies']);
  const left = pidsIn(project);
  expect(left.filter(isAlive)).toEqual(left);
  expect(marks(project)).toHaveLength(1);
  const next = project.otto(['run', 'next']);
  expect(next).toMatchObject({ code: 0, stdout: 'next | next\n' });
  expect(next.stderr).toMatch(/^otto: ended \d+ processes of the run \S+, which was killed\n/);
  expect(left.filter(isAlive)).toEqual([]);
  expect(marks(project)).toEqual([]);
  expect(project.otto(['run', 'next']).stderr).not.toContain('ended');
});

test('so does otto clean, which first tells when it is asked to; another home is none of its business', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', 'dies']);
  const left = pidsIn(project);
  project.otto(['run', 'next'], { env: { OTTO_HOME: project.path('other') } });
  expect(project.otto(['clean', '--dry-run']).stdout).toMatch(/^would end \d+ processes of the run/);
  expect(left.filter(isAlive)).toEqual(left);
  expect(project.otto(['clean']).stdout).toMatch(/^ended \d+ processes of the run/);
  expect(left.filter(isAlive)).toEqual([]);
});

test('an otto that was started by what is left leaves that alone', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', 'dies']);
  const left = pidsIn(project);
  const directory =
    readFileSync(`/proc/${left[0]}/environ`, 'utf8').match(/OTTO_RUN_DIR=([^\0]*)/)?.[1] ?? '';
  expect(project.otto(['run', 'next'], { env: { OTTO_RUN_DIR: directory } }).code).toBe(0);
  expect(left.filter(isAlive)).toEqual(left);
  expect(marks(project)).toHaveLength(1);
  expect(project.otto(['clean']).stdout).toMatch(/^ended/);
});

test('what commands of variables have left is ended too', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', 'commands']);
  const left = pidsIn(project);
  expect(left.filter(isAlive)).toHaveLength(2);
  const next = project.otto(['run', 'next']);
  expect(next).toMatchObject({ code: 0, stdout: 'next | next\n' });
  expect(next.stderr).toMatch(/^otto: ended \d+ processes of commands of variables, whose otto was killed\n/);
  expect(left.filter(isAlive)).toEqual([]);
  expect(marks(project)).toEqual([]);
});

test('marks of other containers stay as long as their run is kept, those of other users always', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', 'next']);
  const run = dirname(
    realpathSync(
      join(
        project.home,
        readdirSync(project.home).find((name) => name.startsWith('otto-cli-')) ?? '',
        'latest',
        'run.json',
      ),
    ),
  );
  const elsewhere = run.replace(project.home, '/another/place');
  mkdirSync(`${project.home}/running`, { recursive: true });
  symlinkSync(elsewhere, `${project.home}/running/1-1-1-1`);
  symlinkSync(`${elsewhere}-gone`, `${project.home}/running/1-1-1-2`);
  symlinkSync('commands 1 1 0.5', `${project.home}/running/1-1-1-3`);
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
  const foreign = `${project.home}/running/1-1-${namespace}-4`;
  symlinkSync(run, foreign);
  if (process.geteuid?.() === 0) lchownSync(foreign, 65534, 65534);
  expect(project.otto(['run', 'next'])).toMatchObject({ code: 0 });
  const kept = ['1-1-1-1', '1-1-1-3'];
  if (process.geteuid?.() === 0) kept.push(basename(foreign));
  expect(marks(project).sort()).toEqual(kept.sort());
});

test('a run that goes on is not touched', async () => {
  using project = new Project({
    'otto.yml': 'tasks: {a: {bash: "until [[ -e go ]]; do sleep 0.02; done"}, b: {bash: ":"}}',
  });
  const run = project.start(['run', 'a'], 'ignore');
  const ended = new Promise((resolve) => run.once('exit', resolve));
  await expect.poll(() => project.otto(['history']).stdout, { timeout: 20_000 }).toContain('running');
  expect(project.otto(['run', 'b']).code).toBe(0);
  expect(project.otto(['clean']).stdout).not.toContain('ended');
  project.write('go', '');
  expect(await ended).toBe(0);
});

test('adopted processes that have ended are collected while the run goes on', () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  expect(project.otto(['run', 'daemons'])).toMatchObject({ code: 0 });
});
