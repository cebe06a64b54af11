import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from './project.ts';

const GOOD = 'otto: {name: shop}\ntasks: {build: {bash: "OUTPUT[v]=1"}}\n';

test.each([
  ['an error in a task', 'otto: {name: shop}\ntasks: {build: {bash: 1, python: 2, before: [nothing]}}\n'],
  ['an error of YAML before the name', 'otto: [name: {shop\ntasks: {build: {bash: x}}\n'],
])('what runs have left can be looked at in spite of %s', (_what, broken) => {
  using dir = project(GOOD);
  dir.otto(['run', 'build']);
  dir.write('otto.yml', broken);
  for (const [args, shown] of [
    [['history'], 'otto run build'],
    [['history', 'latest'], 'build.v'],
    [['stats'], 'build'],
    [['data', 'get', 'build', 'v'], '1'],
    [['clean', '--dry-run', '--all'], 'would remove 1 run'],
  ] as const) {
    const { code, stdout, stderr } = dir.otto(args);
    expect({ args, code, stdout }).toEqual({ args, code: 0, stdout: expect.stringContaining(shown) });
    expect(stderr).toContain('otto.yml:');
  }
  const run = join(
    dir.home,
    JSON.parse(dir.otto(['history', '--json', '--all']).stdout)[0].directory.slice(dir.home.length),
  );
  expect(dir.otto(['clean', '--all'])).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(run)).toBe(true);
});
