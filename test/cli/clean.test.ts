import { existsSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LiveRun } from './data-rig.ts';
import { Project, project } from './project.ts';

const OTTOFILE = 'tasks: {wait: {bash: "head -c 3000000 /dev/zero | otto.set large -; {{WAIT}}"}}';

test('a dry run says what a killed run with --fast left in shared memory, and removes nothing', async () => {
  await using run = new LiveRun(OTTOFILE, ['--fast', 'wait']);
  const { project } = run;
  const path = project.list().find(({ key }) => key === 'large')?.path as string;
  // Runs of other tests may have been killed, too.
  const dead = /^would remove [1-9]\d* dead runs? from shared memory, [\d.]+ [MG]iB$/m;
  await run.kill();
  const dry = project.otto(['clean', '--dry-run']);
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(dead) });
  expect(existsSync(path)).toBe(true);
  expect(project.otto(['clean']).stdout).toMatch(/^removed .* from shared memory, [\d.]+ [MG]iB$/m);
  expect(existsSync(path)).toBe(false);
});

test('a spill directory that cannot be used is told, and keeps nothing else from being cleaned', () => {
  using dir = new Project({ 'otto.yml': 'tasks: {t: {bash: "true"}}' });
  dir.otto(['run', 't']);
  symlinkSync('loop', dir.path('loop'));
  const { code, stdout, stderr } = dir.otto(['clean', '--all'], {
    env: { OTTO_SPILL_DIR: dir.path('loop') },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('removed 1 run, ') });
  expect(stderr).toMatch(/^otto: cannot clean loop\/otto-\d+: it is not a directory, or a link\n$/);
});

test.each([
  ['/proc', /^otto: cannot spill to \/proc\/otto-\d+: /],
  ['open', /^otto: cannot spill to open\/otto-\d+: its mode lets other users in/],
])('OTTO_SPILL_DIR=%s, which cannot be used, is named', (directory, stderr) => {
  using dir = new Project({
    'otto.yml': 'tasks: {t: {bash: "true"}}',
    [`open/otto-${process.getuid?.() ?? 0}/file`]: '',
  });
  const env = { OTTO_SPILL_DIR: directory.startsWith('/') ? directory : dir.path(directory) };
  const result = dir.otto(['run', '--fast', 't'], { env });
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  expect(result.stderr).toContain('; OTTO_SPILL_DIR has to name a directory in which you may write, and ');
});

test('--all and what is to be kept exclude each other, and nothing is removed', () => {
  using dir = project('tasks: {a: {bash: "true"}}');
  dir.otto(['run', '-q', 'a']);
  expect(dir.otto(['clean', '--all', '--keep-failed', '3'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'otto: --all and --keep-failed exclude each other\n',
  });
  expect(dir.otto(['history']).stdout).toContain('otto run -q a');
});
