import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { project } from './project.ts';

/** A bash that shows that it was taken, and hands everything on to the usual one. */
const MARKED = '#!/bin/bash\nexport MARK=marked\nexec /bin/bash "$@"\n';

function marked(path: string, bash: string, tasks: string) {
  const rig = project(`otto:\n  bash: ${bash}\ntasks:\n${tasks}`);
  rig.write(path, MARKED);
  chmodSync(rig.path(path), 0o755);
  return rig;
}

const SHOW = '  a: {bash: "echo got ${MARK-none} $- :"}\n';

test.each([
  ['a path relative to the ottofile', 'my tools/bash', 'my tools/bash'],
  ['a path from home', 'home dir/bash', '~/home dir/bash'],
  ['a name in PATH', 'bin/marked', 'marked'],
])('otto.bash may be %s', (_, path, bash) => {
  using rig = marked(path, bash, SHOW);
  const { stdout, stderr, code } = rig.otto(['run', 'a'], {
    env: { HOME: rig.directory, PATH: `${rig.path('bin')}:${process.env.PATH}` },
  });
  expect(stderr).not.toContain('error');
  expect(stdout).toContain('got marked');
  expect(code).toBe(0);
});

test.each([
  ['#!/bin/bash', 'marked'],
  ['#!/usr/bin/env bash', 'marked'],
  ['#!/bin/sh', 'marked'],
  ['#!/bin/bash -f', 'marked .*f'],
  ['#!/usr/bin/../bin/bash', 'none'],
])('a script that begins with %s', (shebang, shown) => {
  using rig = marked(
    'bash',
    './bash',
    `  a:\n    action: |\n      ${shebang}\n      echo got \${MARK-none} $-\n`,
  );
  const { stdout } = rig.otto(['run', 'a']);
  expect(stdout).toMatch(new RegExp(`got ${shown}`));
});

test.each([
  ['./no/bash', 'but there is no such program'],
  ['no-such-bash', 'but there is no such program'],
  ['./otto.yml', 'which cannot be run (EACCES)'],
  ['/bin/true', 'which is no bash'],
  ['/bin/echo', 'which is no bash'],
  ['/bin/dash', 'which is no bash'],
])('%s is told before anything runs', (bash, words) => {
  using rig = project(`otto:\n  bash: ${bash}\ntasks: {a: {bash: echo ran}, b: {node: console.log("ran")}}`);
  const { stderr, stdout, code } = rig.otto(['run', 'a']);
  expect(stderr).toMatch(/^otto\.yml:2:9 {2}error: "otto\.bash" names /);
  expect(stderr).toContain(words);
  expect([stdout, code]).toEqual(['', 2]);
  expect(rig.otto(['run', 'b']).code).toBe(0);
});

test('a command of a variable needs it too', () => {
  using rig = project('otto:\n  bash: /bin/true\ntasks: {b: {envs: {X: $(echo x)}, node: "0"}}');
  expect(rig.otto(['run', 'b']).stderr).toContain('which is no bash');
});
