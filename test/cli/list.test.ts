import { describe, expect, test } from 'vitest';
import { Project, project } from './project.ts';

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

const FULL = `otto: {name: shop, about: sells, jobs: 3, envs: {LEVEL: "1"}}
include: {lib: lib.yml}
tasks:
  fetch:
    dir: sub
    dotenv: [.env?]
    envs: {WHERE: $LEVEL}
    timeout: 90s
    retries: {times: 2, delay: 500ms}
    outputs: {n: int, log: {type: string, optional: true}}
    params:
      -t|--target: {choices: [a, b], dest: place, help: where}
      files: {nargs: "+"}
    node: |
      OUTPUT.n = 1;
  each:
    if: env.CI == "yes"
    always: true
    foreach: {items: [x, y], as: letter, parallel: false, max_items: 5}
    input: [src/*.c]
    output: [out.o]
    fresh: hash
    action: |
      #!/usr/bin/env -S ruby -w
      echo
  shell: {interactive: true, bash: top}
`;

describe('list --json', () => {
  const json = (dir: Project) => JSON.parse(dir.otto(['list', '--json']).stdout);

  test('tells what each task needs, by before and by after', () => {
    using dir = project(OTTOFILE);
    const { tasks } = json(dir);
    expect(tasks).toHaveLength(5);
    expect(tasks[3]).toMatchObject({
      name: 'all',
      dependencies: ['naïve 名前', '<b>"q"', 'a-name-that-is-wider-than-any-column-should-be'],
      language: null,
      script: null,
      group: null,
      params: [],
      foreach: null,
      outputs: null,
    });
  });

  test('tells everything that a program may want of the file and its tasks', () => {
    using dir = new Project({
      'otto.yml': FULL,
      'lib.yml': 'otto: {dotenv: [x.env?]}\ntasks:\n  gen: {before: [base], python: "pass"}\n  base:\n',
    });
    const at = (line: number, column: number) => ({ line, column });
    const { tasks, ...head } = json(dir);
    expect(head).toEqual({
      ottofile: dir.path('otto.yml'),
      directory: dir.directory,
      project: 'shop',
      about: 'sells',
      defaults: [],
      jobs: 3,
      store: null,
      home: null,
      bash: null,
      files: [
        {
          path: dir.path('otto.yml'),
          group: null,
          envs: [{ name: 'LEVEL', value: '1', ...at(1, 57) }],
          dotenv: [],
        },
        { path: dir.path('lib.yml'), group: 'lib:', envs: [], dotenv: ['x.env?'] },
      ],
      problems: [],
    });
    expect(tasks[0]).toMatchObject({
      ...at(4, 3),
      directory: dir.path('sub'),
      dotenv: ['.env?'],
      envs: [{ name: 'WHERE', value: '$LEVEL', ...at(7, 19) }],
      if: null,
      always: false,
      timeoutMs: 90_000,
      retries: { times: 2, delayMs: 500, factor: 2, maxDelayMs: 60_000 },
      outputs: [
        { key: 'n', type: 'int', optional: false, ...at(10, 15) },
        { key: 'log', type: 'string', optional: true },
      ],
      language: 'node',
      script: { text: 'OUTPUT.n = 1;\n', interpreter: [], line: 15 },
      params: [
        { name: 'target', short: 't', dest: 'place', required: false, choices: ['a', 'b'], nargs: null },
        { name: 'files', kind: 'positional', required: true, nargs: { min: 1, max: null }, ...at(13, 7) },
      ],
    });
    expect(tasks[1]).toMatchObject({
      if: 'env.CI == "yes"',
      always: true,
      fresh: 'hash',
      input: ['src/*.c'],
      language: 'other',
      script: { interpreter: ['ruby', '-w'], line: 24 },
      foreach: { kind: 'items', count: 2, items: ['x', 'y'], as: 'letter', parallel: false, maxItems: 5 },
    });
    expect(tasks[2]).toMatchObject({ name: 'shell', interactive: true });
    expect(tasks[3]).toMatchObject({
      name: 'lib:gen',
      localName: 'gen',
      group: 'lib:',
      file: dir.path('lib.yml'),
      before: ['lib:base'],
      language: 'python',
      ...at(3, 3),
    });
  });

  test('of an ottofile with problems tells these, and of one with errors no tasks', () => {
    using dir = project('tasks:\n  a: {hlep: y}\n');
    expect(json(dir).problems).toMatchObject([
      { severity: 'warning', file: dir.path('otto.yml'), line: 2, hint: expect.stringContaining('help') },
    ]);
    dir.write('otto.yml', 'tasks:\n  a: {before: [b]}\n');
    const { code, stdout, stderr } = dir.otto(['list', '--json']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^otto\.yml:2:16 {2}error/);
    expect(JSON.parse(stdout)).toMatchObject({
      ottofile: dir.path('otto.yml'),
      problems: [{ severity: 'error', line: 2, column: 16 }],
      tasks: null,
    });
  });
});
