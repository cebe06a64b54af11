import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STORE_NAMES } from '../../src/data/store.ts';
import { Project, project } from './project.ts';

/** Stores of a run and of its tasks: who decides, and that values get from each into each other. */

const SAY = 'echo "$OTTO_TASK: $OTTO_STORE"';
const OTTOFILE = `
otto: {jobs: 1}
tasks:
  plain: {bash: '${SAY}'}
  own:
    store: shm
    before: [plain]
    bash: '${SAY}'
`;

const stores = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => line.match(/(\w+: \w+)$/)?.[1] ?? [])
    .sort();

test.each<[who: string, args: string[], env: Record<string, string>, found: string[]]>([
  ['nobody else', [], {}, ['own: shm', 'plain: files']],
  ['an option counts for all', ['--store', 'files'], {}, ['own: files', 'plain: files']],
  ['--fast counts for all', ['--fast'], {}, ['own: shm', 'plain: shm']],
  ['the environment is for those that do not say', [], { OTTO_STORE: 'files' }, ['own: shm', 'plain: files']],
  [
    'an option wins over the environment',
    ['--store', 'files'],
    { OTTO_STORE: 'shm' },
    ['own: files', 'plain: files'],
  ],
  ['auto leaves those alone that say', ['--store', 'auto'], {}, ['own: shm', 'plain: files']],
])('who chooses a store: %s', (_, args, env, found) => {
  using dir = project(OTTOFILE);
  const { code, stdout } = dir.otto(['run', ...args, 'own'], { env });
  expect(code).toBe(0);
  expect(stores(stdout)).toEqual(found);
});

test('an option that is for all says which tasks name another store, but not when nothing is to be said', () => {
  using dir = project(OTTOFILE);
  const note = '--store files counts for every task; another store is named by own';
  expect(dir.otto(['run', '--store', 'files', 'own']).stderr).toContain(note);
  expect(dir.otto(['run', '-q', '--store', 'files', 'own']).stderr).not.toContain(note);
  expect(dir.otto(['run', '--store', 'files', 'plain']).stderr).not.toContain('counts for');
  expect(dir.otto(['run', '--fast', 'own']).stderr).not.toContain('counts for');
});

test('tasks of an included file have their own stores, and not that of its otto section', () => {
  using dir = new Project({
    'otto.yml': `include: {lib: lib.yml}\ntasks: {all: {before: ['lib:a', 'lib:b'], bash: '${SAY}'}}`,
    'lib.yml': `otto: {store: shm}\ntasks: {a: {store: shm, bash: '${SAY}'}, b: {bash: '${SAY}'}}`,
  });
  const { stdout } = dir.otto(['run', 'all']);
  expect(stores(stdout)).toEqual(['a: shm', 'all: files', 'b: files']);
});

test('an unknown store is told with its place, all stores, and what was meant', () => {
  using dir = project('tasks:\n  a:\n    store: shn\n    bash: echo a\n');
  const { code, stderr } = dir.otto(['run', 'a']);
  expect(code).toBe(2);
  expect(stderr).toContain('otto.yml:3:12  error: there is no store "shn"');
  expect(stderr).toMatch(/hint: did you mean "shm"\? there are files, shm.*, auto\n/);
});

test.each(STORE_NAMES)('items of a foreach and a retry are in the store of their task: %s', (store) => {
  using dir = project(`
tasks:
  make: {bash: 'OUTPUT[x]=1'}
  each:
    store: ${store}
    before: [make]
    foreach: {items: [p, q]}
    retries: 1
    bash: |
      ${SAY}
      OUTPUT[from]="$OTTO_STORE $OTTO_ATTEMPT \${INPUT[make.x]}"
      [[ $OTTO_ATTEMPT == 2 ]]
  last:
    before: [each]
    always: true
    python: |
      print([INPUT['each:p.from'], INPUT['each.from']])
`);
  const { code, stdout } = dir.otto(['run', 'last']);
  expect(code).toBe(0);
  expect(stdout).toContain(`last   | ['${store} 2 1', ['${store} 2 1', '${store} 2 1']]`);
});

test('a task that is up to date has its values again in whatever store it is now', () => {
  const ottofile = (store: string) => `
tasks:
  make:
    store: ${store}
    input: [in]
    output: [out]
    bash: |
      touch out
      OUTPUT[x]=$(cat in)
      head -c 200000 /dev/zero | tr '\\0' y | otto.set big -
  read:
    before: [make]
    store: ${store === 'shm' ? 'files' : 'shm'}
    python: print(INPUT['make.x'], len(INPUT['make.big']))
`;
  using dir = new Project({ 'otto.yml': ottofile('files'), in: 'hello' });
  expect(dir.otto(['run', 'read']).stdout).toContain('hello 200000');
  dir.write('otto.yml', ottofile('shm'));
  const again = dir.otto(['run', 'read']);
  expect(again.stdout).toContain('hello 200000');
  expect(again.stderr + again.stdout).toContain('1 up to date');
  dir.write('otto.yml', ottofile('files'));
  expect(dir.otto(['run', 'read']).stdout).toContain('hello 200000');
});

const AUTO = `
otto: {store: auto, jobs: 1}
tasks:
  large: {python: 'OUTPUT["x"] = "y" * 2000000'}
  small: {python: 'OUTPUT["x"] = "y"'}
  read:
    before: [large, small]
    bash: 'echo "\${#INPUT[large.x]} \${#INPUT[small.x]}"'
`;

test('auto chooses by what tasks have set, and history and --explain tell it', () => {
  using dir = project(AUTO);
  const tasks = () => {
    const run = JSON.parse(dir.otto(['history', 'latest', '--json']).stdout);
    return run.tasks.map(({ name, store, storeReason }: Record<string, unknown>) => [
      name,
      store,
      storeReason,
    ]);
  };
  expect(dir.otto(['run', 'read']).stdout).toContain('2000000 1');
  expect(tasks()).toEqual([
    ['large', 'files', { kind: 'unknown' }],
    ['small', 'files', { kind: 'unknown' }],
    ['read', 'files', { kind: 'no-readers' }],
  ]);
  const explained = dir.otto(['run', '-n', '--explain', 'read']).stdout;
  expect(explained).toContain('store shm: auto: 1.9 MiB the last time, for 1 reader');
  expect(dir.otto(['run', 'read']).stdout).toContain('2000000 1');
  expect(tasks().slice(0, 2)).toEqual([
    ['large', 'shm', { kind: 'large', bytes: 2_000_000, readers: 1 }],
    ['small', 'files', { kind: 'small', bytes: 1 }],
  ]);
  expect(dir.otto(['history', 'latest', 'large']).stdout).toMatch(
    /^store +shm \(auto: 1\.9 MiB the last time, for 1 reader\)$/m,
  );
});

test('a run in which no task has a store of its own records nothing about stores', () => {
  using dir = project('tasks: {a: {bash: "OUTPUT[x]=1"}}');
  dir.otto(['run', 'a']);
  const { directory, tasks } = JSON.parse(dir.otto(['history', 'latest', '--json']).stdout);
  expect(tasks[0]).toMatchObject({ store: 'files', storeReason: null });
  expect(readFileSync(join(directory, 'run.json'), 'utf8')).not.toContain('"why"');
});

test.each([
  ['OTTO_DB', 'sqlite'],
  ['OTTO_SHM_DIR', 'shm'],
  ['OTTO_SOCKET', 'socket'],
  ['OTTO_REDIS_SOCK', 'redis'],
])('a script that uses %s without its store is told which one has it', (variable, store) => {
  using shop = project(`tasks: {a: {bash: 'echo "$${variable}"'}}`);
  const { code, stderr } = shop.otto(['run', 'a']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `hint: this task's store does not give it ${variable}: "store: ${store}" at the task`,
  );
});
