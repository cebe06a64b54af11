import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { project } from './project.ts';

const OTTOFILE = `
otto: {name: demo, tasks: [app]}
tasks:
  fetch: {bash: "true"}
  app: {before: [fetch], after: [tell], bash: "true"}
  tell: {bash: "true"}
  other: {before: [fetch], bash: "true"}
`;

test('graph without a task draws the whole file and marks what the default tasks bring in', () => {
  using dir = project(OTTOFILE);
  const { code, stdout } = dir.otto(['graph']);
  expect(code).toBe(0);
  for (const name of ['● fetch', '● app', '● tell', '○ other']) expect(stdout).toContain(`│ ${name} │`);
});

test('graph TASK draws what running it means, with --all the rest too', () => {
  using dir = project(OTTOFILE);
  const only = dir.otto(['graph', 'other', '--format', 'mermaid']).stdout;
  expect([...only.matchAll(/\["(.*?)"\]:::(\w+)/g)].map(([, name, state]) => [name, state])).toEqual([
    ['fetch', 'runs'],
    ['other', 'runs'],
  ]);
  const all = dir.otto(['graph', 'other', '--all', '--format', 'mermaid']).stdout;
  expect([...all.matchAll(/\["(.*?)"\]:::(\w+)/g)].map(([, name, state]) => [name, state])).toEqual([
    ['fetch', 'runs'],
    ['app', 'rest'],
    ['tell', 'rest'],
    ['other', 'runs'],
  ]);
  expect(all).toContain('n1 -.-> n2');
});

test('the ending of --out tells the format', () => {
  using dir = project(OTTOFILE);
  for (const [file, begin] of [
    ['g.svg', '<svg '],
    ['g.dot', 'digraph "demo" {'],
    ['g.mmd', 'flowchart TD'],
    ['g.txt', ' '],
  ] as const) {
    expect(dir.otto(['graph', '--out', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(dir.path(file), 'utf8').slice(0, begin.length)).toBe(begin);
  }
  expect(dir.otto(['graph', '--out', 'none/g.svg']).stderr).toContain(
    'cannot write none/g.svg: no such file or directory',
  );
});

test('unknown tasks and formats are told with what may have been meant', () => {
  using dir = project(OTTOFILE);
  expect(dir.otto(['graph', 'fetsch'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "fetch"?'),
  });
  expect(dir.otto(['graph', '--format', 'vsg'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "svg"?'),
  });
});

test('a thousand tasks become a tree, and a file that graphviz reads', () => {
  const tasks = Array.from(
    { length: 1000 },
    (_, i) => `  t${i}: {before: [${i === 0 ? '' : `t${i >> 1}`}], bash: "true"}`,
  );
  using dir = project(
    `tasks:\n${tasks
      .filter((line) => !line.includes('t1: '))
      .join('\n')
      .replaceAll('[t1]', '[t0]')}\n`,
  );
  const { code, stdout } = dir.otto(['graph']);
  expect({ code, lines: stdout.trimEnd().split('\n').length > 1000 }).toEqual({ code: 0, lines: true });
  const dot = dir.otto(['graph', '--format', 'dot']).stdout;
  const { status, stderr } = spawnSync('dot', ['-Tcanon'], { input: dot, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(dir.otto(['graph', '--format', 'svg']).stdout.match(/<rect /g)).toHaveLength(999);
});

test('--fresh tells apart what is up to date, a foreach when all of its items are', () => {
  using dir = project(`
tasks:
  copy: {input: [a.txt], output: [b.txt], bash: cp a.txt b.txt}
  each:
    foreach: {items: [x, y]}
    input: [a.txt]
    output: ["\${OTTO_FOREACH_ITEM}.out"]
    bash: cp a.txt "$OTTO_FOREACH_ITEM.out"
  last: {before: [copy, each], bash: "true"}
`);
  dir.write('a.txt', 'text');
  const states = () =>
    [...dir.otto(['graph', '--fresh', '--format', 'mermaid']).stdout.matchAll(/\["(.*?)"\]:::(\w+)/g)].map(
      ([, name, state]) => `${name} ${state}`,
    );
  expect(states()).toEqual(['copy runs', 'each ×2 runs', 'last runs']);
  expect(dir.otto(['run', 'last'])).toMatchObject({ code: 0 });
  expect(states()).toEqual(['copy fresh', 'each ×2 fresh', 'last runs']);
});
