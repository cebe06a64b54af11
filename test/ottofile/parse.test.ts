import { expect, test } from 'vitest';
import { problems, read, task, valid } from './read.ts';

test('an ottofile that says nothing about itself has defaults', () => {
  const { tasks, ...head } = valid('tasks:\n  build:\n');
  expect(head).toEqual({
    path: '/project/otto.yml',
    directory: '/project',
    project: 'project',
    about: null,
    jobs: null,
    home: null,
    store: null,
    memoryBytes: null,
    retention: { keepDays: 30, keepLast: 10, keepFailedDays: 60, autoPrune: true },
    bash: null,
    bashAt: null,
    defaults: [],
    envs: [],
  });
  expect([...tasks.values()]).toEqual([
    {
      name: 'build',
      localName: 'build',
      file: { path: '/project/otto.yml', directory: '/project', prefix: '', envs: [], dotenv: [] },
      help: null,
      before: [],
      after: [],
      envs: [],
      dotenv: [],
      params: [],
      foreach: null,
      input: [],
      output: [],
      fresh: 'mtime',
      outputs: null,
      timeoutMs: null,
      retries: null,
      interactive: false,
      always: false,
      markers: false,
      store: null,
      streaming: false,
      stdinFrom: null,
      keptStreamBytes: 16 * 1024 * 1024,
      condition: null,
      script: null,
      directory: '/project',
      at: { file: '/project/otto.yml', line: 2, column: 3, sourceLine: '  build:' },
    },
  ]);
});

test('every key of the otto section is read', () => {
  const { tasks, ...head } = valid(`
otto:
  name: shop
  about: builds the shop
  api: 1
  jobs: 3
  home: state
  store: shm
  memory: 512MiB
  tasks: [b, a]
  envs: {A: x}
  dotenv: [.env]
  fresh: hash
  bash: tools/bash
  retention: {keep_days: 1, keep_last: 0, keep_failed: 7 days, auto_prune: false}
tasks: {a: {}, b: {}}
`);
  expect(tasks.size).toBe(2);
  for (const { file, fresh } of tasks.values()) {
    expect(fresh).toBe('hash');
    expect(file.dotenv).toMatchObject([{ text: '.env', at: { line: 12 } }]);
  }
  expect(head).toMatchObject({
    project: 'shop',
    about: 'builds the shop',
    jobs: 3,
    home: '/project/state',
    store: 'shm',
    memoryBytes: 512 * 1024 ** 2,
    defaults: ['b', 'a'],
    bash: '/project/tools/bash',
    envs: [{ name: 'A', value: 'x' }],
    retention: { keepDays: 1, keepLast: 0, keepFailedDays: 7, autoPrune: false },
  });
});

test('"*" among the default tasks stands for every task, without repeating any', () => {
  expect(valid('otto: {tasks: ["*"]}\ntasks: {b: , a: }').defaults).toEqual(['b', 'a']);
  expect(valid('otto: {tasks: [a, "*"]}\ntasks: {b: , a: }').defaults).toEqual(['a', 'b']);
  expect(valid('otto: {tasks: "*"}\ntasks: {b: }').defaults).toEqual(['b']);
});

test.each([
  ['1', 1],
  ['100B', 100],
  ['2k', 2048],
  ['2KiB', 2048],
  ['2 KB', 2000],
  ['1.5GiB', 1.5 * 1024 ** 3],
  ['512 MB', 512e6],
  ['1TiB', 1024 ** 4],
])('a size of %s is %d bytes', (size, bytes) => {
  expect(valid(`otto: {memory: ${size}}`).memoryBytes).toBe(bytes);
});

test.each(['1', '"1"', 'v1', '1.0', 'V1.2'])('version %s of the format is known', (api) => {
  expect(problems(`otto: {api: ${api}}`)).toEqual([]);
});

test('"~" in directories is the home of the user, and both are absolute', () => {
  const ottofile = valid(
    'otto: {home: ~/state}\ntasks: {a: {dir: ~/x}, b: {dir: sub/../other}, c: {dir: /abs}}',
  );
  expect(ottofile.home).toBe('/home/ann/state');
  expect(['a', 'b', 'c'].map((name) => task(ottofile, name).directory)).toEqual([
    '/home/ann/x',
    '/project/other',
    '/abs',
  ]);
  expect(valid('otto: {home: "~"}').home).toBe('/home/ann');
  expect(problems('otto: {home: "$HOME/state"}')).toEqual([
    'warning 1:14 "home" has no variables: the "$" is a part of the path ("~" is your home)',
  ]);
});

test('a single name may stand where a list of names is expected, and names count once', () => {
  const ottofile = valid('tasks: {a: {before: b, after: [c, c]}, b: , c: }');
  expect(task(ottofile, 'a')).toMatchObject({ before: ['b'], after: ['c'] });
});

test('task names may be numbers and any text without control characters', () => {
  const names = ['1', 'true', 'a b', 'ü/ñ', '日本:x', '../x', '__proto__', 'constructor', '-x', "it's"];
  const ottofile = valid(
    `tasks: {${names.map((name) => (/^\w+$/.test(name) ? name : `"${name}"`)).join(': , ')}: }`,
  );
  expect([...ottofile.tasks.keys()]).toEqual(names);
});

test('a value of a variable is what was written, not what YAML makes of it', () => {
  const { envs } = valid(`
otto:
  envs:
    VERSION: 1.10
    YES: yes
    ON: true
    HEX: 0x1F
    NULL: null
    TILDE: ~
    EMPTY:
    DATE: 2026-01-02
    QUOTED: "a\\tb"
    BLOCK: |
      two
      lines
    __proto__: p
`);
  expect(envs.map(({ name, value }) => [name, value])).toEqual([
    ['VERSION', '1.10'],
    ['YES', 'yes'],
    ['ON', 'true'],
    ['HEX', '0x1F'],
    ['NULL', 'null'],
    ['TILDE', '~'],
    ['EMPTY', ''],
    ['DATE', '2026-01-02'],
    ['QUOTED', 'a\tb'],
    ['BLOCK', 'two\nlines\n'],
    ['__proto__', 'p'],
  ]);
});

test('a script knows its language and where its text begins', () => {
  const ottofile = valid(`
tasks:
  bash: {bash: echo hi}
  python:
    python: |

      print(1)
  node:
    node: >-
      a
      b
  action:
    action: |2
      #!/usr/bin/env python3
      x
  perl:
    action: "#!/usr/bin/perl -w\\nprint 1"
  plain:
    action: echo
      folded
`);
  const script = (name: string) => task(ottofile, name).script;
  expect(script('bash')).toMatchObject({ language: 'bash', text: 'echo hi', line: 3, linesMatch: true });
  expect(script('python')).toMatchObject({
    language: 'python',
    text: '\nprint(1)\n',
    line: 6,
    linesMatch: true,
  });
  expect(script('node')).toMatchObject({ language: 'node', text: 'a b', line: 10, linesMatch: false });
  expect(script('action')).toMatchObject({ language: 'python', line: 14, linesMatch: true });
  expect(script('action')?.text).toBe('#!/usr/bin/env python3\nx\n');
  expect(script('perl')).toMatchObject({
    language: 'other',
    interpreter: ['/usr/bin/perl', '-w'],
    linesMatch: false,
  });
  expect(script('plain')).toMatchObject({ text: 'echo folded', line: 19, linesMatch: false });
});

test('numbers and booleans are scripts too', () => {
  expect(task(valid('tasks: {a: {bash: true}}'), 'a').script?.text).toBe('true');
});

test('lines that end in CR LF reach the script without CR', () => {
  const ottofile = valid('tasks:\r\n  a:\r\n    bash: |\r\n      x\r\n      y\r\n');
  expect(task(ottofile, 'a').script).toMatchObject({ text: 'x\ny\n', line: 4, linesMatch: true });
});

test('a byte order mark at the start is no part of the text', () => {
  expect([...valid('\ufefftasks: {a: }').tasks.keys()]).toEqual(['a']);
});

test('anchors, aliases and merge keys give what they stand for', () => {
  const ottofile = valid(`
x-common: &common
  envs: &envs {A: 1, B: 1}
  help: shared
x-more: &more {help: other, dir: sub}
tasks:
  a:
    <<: *common
    bash: &script echo
  b:
    help: own
    <<: [*common, *more]
    bash: *script
  c:
    envs: {<<: *envs, B: 2}
`);
  expect(task(ottofile, 'a')).toMatchObject({ help: 'shared', envs: envsOf({ A: '1', B: '1' }) });
  expect(task(ottofile, 'b')).toMatchObject({
    help: 'own',
    directory: '/project/sub',
    envs: envsOf({ A: '1', B: '1' }),
  });
  expect(task(ottofile, 'b').script?.text).toBe('echo');
  // Own keys stand before merged ones.
  expect(task(ottofile, 'c').envs).toMatchObject(envsOf({ B: '2', A: '1' }));
});

const envsOf = (envs: Readonly<Record<string, string>>) =>
  Object.entries(envs).map(([name, value]) => ({ name, value }));

test('merges that merge each other many times over take no time', () => {
  const levels = Array.from({ length: 40 }, (_, i) => `x-${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}]}`);
  const ottofile = valid(['x-0: &m0 {help: deep}', ...levels, 'tasks: {a: {<<: *m40}}'].join('\n'));
  expect(task(ottofile, 'a').help).toBe('deep');
});

test('keys may be there and ask for nothing', () => {
  expect(
    problems(
      'tasks: {a: {params: {}, foreach: , input: [], retries: 0, interactive: false, timeout: 0, streaming: false, markers: , stdin_from: ""}}',
    ),
  ).toEqual([]);
});

test('the names of tasks are known even when the file has errors', () => {
  expect(read('tasks: {clean: {bash: [1]}, b: 3}').taskNames).toEqual(['clean', 'b']);
  expect(read('tasks:\n  clean:\n    bash: x\n  b: "\n').taskNames).toContain('clean');
});
