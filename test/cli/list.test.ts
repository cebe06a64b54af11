import { expect, test } from 'vitest';
import { project } from './project.ts';

const OTTOFILE = `
otto: {about: "builds\\nthings", tasks: [all]}
tasks:
  fetch: {help: "gets it\\nand more", bash: "true"}
  naïve 名前: {before: [fetch], help: odd, bash: "true"}
  <b>"q": {before: [fetch], bash: "true"}
  all: {before: [naïve 名前, '<b>"q"']}
  a-name-that-is-wider-than-any-column-should-be: {help: wide, after: [all], bash: "true"}
`;

test('list shows tasks with the first line of their help, in columns that wide names do not widen', () => {
  using dir = project(OTTOFILE);
  expect(dir.otto(['list'])).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'builds',
      '',
      'fetch       gets it',
      'naïve 名前  odd',
      '<b>"q"',
      'all         (default)',
      'a-name-that-is-wider-than-any-column-should-be',
      '            wide',
      '',
    ].join('\n'),
  });
});

test('list --tree shows each task above what it needs, by before and by after', () => {
  using dir = project(OTTOFILE);
  expect(dir.otto(['list', '--tree']).stdout).toBe(
    [
      'all  (default)',
      '├─ naïve 名前  odd',
      '│  └─ fetch  gets it',
      '├─ <b>"q"',
      '│  └─ fetch  gets it',
      '└─ a-name-that-is-wider-than-any-column-should-be  wide',
      '',
    ].join('\n'),
  );
  expect(dir.otto(['list', '--tree', '--json'])).toMatchObject({ code: 2, stdout: '' });
});

test('list --json tells everything that a program may want of a task', () => {
  using dir = project(OTTOFILE);
  const { tasks } = JSON.parse(dir.otto(['list', '--json']).stdout);
  expect(tasks).toHaveLength(5);
  expect(tasks[3]).toMatchObject({
    name: 'all',
    dependencies: ['naïve 名前', '<b>"q"', 'a-name-that-is-wider-than-any-column-should-be'],
    language: null,
    group: null,
    params: [],
    foreach: null,
    outputs: null,
  });
});
