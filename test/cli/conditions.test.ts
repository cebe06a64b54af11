import { describe, expect, test } from 'vitest';
import { Project, project } from './project.ts';

const VALUES = `
tasks:
  made:
    python: |
      OUTPUT.update({"n": 9007199254740993, "list": [1, 2.5], "bytes": b"\\xff", "large": "x" * 2000000})
  exact: {before: [made], if: 'INPUT["made.n"] == 9007199254740993 && INPUT["made.list"][1] > 2', bash: echo exact}
  bytes: {before: [made], if: 'INPUT["made.bytes"] == b"\\xff"', bash: echo bytes}
  other: {before: [made], if: 'INPUT["made.n"] == 9007199254740992', bash: echo other}
  large: {before: [made], if: 'INPUT["made.large"] == "x"', bash: echo large}
  after: {before: [exact, bytes, other], bash: echo after}
`;

describe.each(['files', 'shm'])('a condition in the store %s', (store) => {
  test('sees values with their types; what is skipped by it holds nothing up', () => {
    using rig = project(VALUES);
    const { code, stdout } = rig.otto(['run', '--store', store, '-j1', 'after']);
    expect(stdout).toBe('exact | exact\nbytes | bytes\nafter | after\n');
    expect(code).toBe(0);
  });

  test('refuses a large value, and the task fails', () => {
    using rig = project(VALUES);
    const { code, stdout, stderr } = rig.otto(['run', '--store', store, 'large']);
    expect(stderr).toContain('"made.large", which has 2000000 bytes; it can have 1048576');
    expect([code, stdout]).toEqual([1, '']);
  });
});

test('mistakes are told before anything runs, all at once, of the tasks that take part', () => {
  using rig = project(`
tasks:
  a: {if: 'env.A ==', bash: echo a}
  b: {before: [a], if: item == "x", bash: echo b}
  c: {if: nope, bash: echo c}
`);
  const { code, stdout, stderr } = rig.otto(['run', 'b']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /otto\.yml:3:20 .*unexpected token.*\n[\s\S]*otto\.yml:4:24 .*unknown variable: item/,
  );
  expect(stderr).not.toContain('nope');
});

test('each item of a foreach decides for itself', () => {
  using rig = project(`
tasks:
  each: {foreach: {items: [a, b, c]}, if: item != "b", bash: 'echo "$item"'}
`);
  expect(rig.otto(['run', '-j1', 'each']).stdout).toMatch(/\| a\n.*\| c\n$/);
});

test('in an included file names the tasks of its own file without the prefix', () => {
  using rig = new Project({
    'otto.yml': 'include: {api: api}\ntasks: {all: {before: "api:build"}}',
    'api/otto.yml': `include: {lib: lib.yml}
tasks:
  prep: {bash: 'OUTPUT[ok]=1'}
  build: {before: [prep, lib:gen], if: 'INPUT["prep.ok"] == "1" && INPUT["lib:gen.n"] == "3"', bash: echo built}
  wrong: {before: [prep], if: 'INPUT["prep.no"] == "1"', bash: echo built}
`,
    'api/lib.yml': "tasks: {gen: {bash: 'OUTPUT[n]=3'}}",
  });
  expect(rig.otto(['run', 'all'])).toMatchObject({ code: 0, stdout: 'api:build   | built\n' });
  expect(rig.otto(['run', 'api:wrong']).stderr).toContain('INPUT has values of: prep\n');
});
