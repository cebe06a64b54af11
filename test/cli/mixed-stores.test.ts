import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STORE_NAMES, type StoreName } from '../../src/data/store.ts';
import { LiveRun } from './data-rig.ts';
import { type Project, project } from './project.ts';

/** Runs whose tasks have different stores: what works by hand, what otto says of them, and what they leave. */

/** How a task in bash gets the value `k` of the task of this store without INPUT, by the variables that otto gives to it. */
const BY_HAND: Readonly<Record<StoreName, string>> = {
  files: `node -p 'JSON.parse(require("fs").readFileSync(process.env.OTTO_TASK_DIR + "/input.of-files.json")).k'`,
  shm: 'otto-mmap-get of-shm k',
  socket: 'otto-recv of-socket k',
  sqlite: `sqlite3 -readonly "$OTTO_DB" "SELECT value FROM task_data WHERE task = 'of-sqlite' AND key = 'k'"`,
  redis: 'redis-cli -s "$OTTO_REDIS_SOCK" GET of-redis:k',
};
const MAKERS = STORE_NAMES.map((store) => `of-${store}`);
const makers = STORE_NAMES.map(
  (store) => `  of-${store}: {store: ${store}, bash: 'OUTPUT[k]="value of ${store}"'}`,
).join('\n');
const byHand = STORE_NAMES.map((store) => `echo "$(${BY_HAND[store]})"`).join('\n      ');

test.each(STORE_NAMES)('a task in the store %s gets values of all the others by hand', (store) => {
  using here = project(`tasks:
${makers}
  read:
    store: ${store}
    before: [${MAKERS}]
    bash: |
      ${byHand}
`);
  const { code, stdout, stderr } = here.otto(['run', '--output', 'raw', 'read']);
  expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({
    code: 0,
    stdout: STORE_NAMES.map((name) => `value of ${name}\n`).join(''),
    stderr: '',
  });
});

const LIVE = (store: StoreName): string => `
tasks:
${makers}
  wait:
    store: ${store}
    before: [${MAKERS}]
    bash: |
      otto.set small "v 1"
      printf '\\377' | otto.set bin -
      head -c 3000000 /dev/zero | otto.set large -
      {{WAIT}}
      OUTPUT[last]=1
`;
const ZEROS = Buffer.alloc(3_000_000);
const MADE = Object.fromEntries(STORE_NAMES.map((name) => [`of-${name}.k`, `string ${9 + name.length}`]));

describe.each(STORE_NAMES)('otto data, when a task of the store %s runs', (store) => {
  test('finds what it and tasks of all stores have set, while and after it goes on', async () => {
    await using live = new LiveRun(LIVE(store), ['wait']);
    const { project: here } = live;
    const values = () => here.listed(({ type, bytes }) => `${type} ${bytes}`);
    const early = { ...MADE, 'wait.small': 'string 3', 'wait.bin': 'bytes 1' };
    expect(values()).toMatchObject(early);
    const check = () => {
      for (const name of STORE_NAMES) expect(here.bytes(`of-${name}.k`).toString()).toBe(`value of ${name}`);
      expect(here.bytes('wait.small').toString()).toBe('v 1');
      expect(here.bytes('wait.bin')).toEqual(Buffer.from([0xff]));
      expect(here.bytes('wait.large').equals(ZEROS)).toBe(true);
      expect(here.otto(['data', 'check'])).toMatchObject({ code: 0, stderr: '' });
    };
    check();
    expect(here.otto(['data', 'export', 'out'])).toMatchObject({ code: 0 });
    expect(readFileSync(here.path('out/values/wait/large')).equals(ZEROS)).toBe(true);
    await live.finish();
    expect(values()).toEqual({ ...early, 'wait.large': 'string 3000000', 'wait.last': 'string 1' });
    check();
    toldByHistory(here, {
      ...Object.fromEntries(STORE_NAMES.map((name) => [`of-${name}`, name])),
      wait: store,
    });
  });

  // Another otto of this user that begins a run gives back what a killed one has left in shared memory: hence the retries.
  test('finds it after otto was killed', { retry: 3 }, async () => {
    await using live = new LiveRun(LIVE(store), ['wait']);
    const { project: here } = live;
    await live.kill();
    for (const name of STORE_NAMES) expect(here.bytes(`of-${name}.k`).toString()).toBe(`value of ${name}`);
    expect(here.bytes('wait.small').toString()).toBe('v 1');
    expect(here.bytes('wait.large').equals(ZEROS)).toBe(true);
  });
});

/** By `otto history`, and in the table for SQL. */
function toldByHistory(here: Project, stores: Readonly<Record<string, string>>): void {
  const { tasks } = JSON.parse(here.otto(['history', 'latest', '--json']).stdout);
  const told = tasks.map((task: { name: string; store: string }) => [task.name, task.store]);
  expect(Object.fromEntries(told)).toEqual(stores);
  for (const [task, name] of Object.entries(stores))
    expect(here.otto(['history', 'latest', task]).stdout).toMatch(new RegExp(`^store +${name} `, 'm'));
  const query = 'SELECT name AS task, task_stores.store FROM task_stores JOIN tasks ON tasks.id = task_id';
  const rows = spawnSync('sqlite3', ['-json', join(here.home, 'otto.db'), query], { encoding: 'utf8' });
  const known = JSON.parse(rows.stdout).map((row: { task: string; store: string }) => [row.task, row.store]);
  expect(Object.fromEntries(known)).toEqual(stores);
}

test.each(STORE_NAMES)('a task that is up to date has its values again, now in the store %s', (store) => {
  const text = (of: string): string => `
tasks:
  make:
    store: ${of}
    input: [in]
    output: [out]
    bash: |
      touch out
      OUTPUT[x]=$(cat in)
      printf 'a\\0b\\377' | otto.set bin -
      head -c 3000000 /dev/zero | otto.set large -
${STORE_NAMES.map(
  (name) => `  read-${name}:
    store: ${name}
    before: [make]
    python: print(INPUT['make.x'], INPUT['make.bin'], len(INPUT['make.large']), __import__('os').environ.get('OTTO_STORE'))`,
).join('\n')}
`;
  const other = STORE_NAMES[(STORE_NAMES.indexOf(store) + 1) % STORE_NAMES.length] ?? 'files';
  using here = project(text(other));
  here.write('in', 'hello');
  const readers = STORE_NAMES.map((name) => `read-${name}`);
  const said = STORE_NAMES.map((name) => `hello b'a\\x00b\\xff' 3000000 ${name}`);
  const lines = (stdout: string) => stdout.trim().split('\n').sort();
  expect(lines(here.otto(['run', '--output', 'raw', ...readers]).stdout)).toEqual(said.sort());
  here.write('otto.yml', text(store));
  const again = here.otto(['run', '--output', 'raw', ...readers]);
  expect(lines(again.stdout)).toEqual(said.sort());
  expect(again.stderr).toContain('1 up to date');
  expect(here.otto(['data', 'check'])).toMatchObject({ code: 0, stderr: '' });
});

test('nothing runs when a task names the store redis and there is no redis-server', () => {
  using here = project(`tasks:
  first: {bash: 'touch ran'}
  last:
    store: redis
    before: [first]
    bash: 'touch ran'
`);
  const { code, stderr } = here.otto(['run', 'last'], { env: { PATH: '/nowhere' } });
  expect([code, existsSync(here.path('ran'))]).toEqual([2, false]);
  expect(stderr).toMatch(
    /otto\.yml:4:12 {2}error: task "last" names the store "redis", which cannot be used here/,
  );
  expect(stderr).toContain('redis-server: it is not on PATH');
  expect(stderr).toMatch(/hint: .*install/);
});
