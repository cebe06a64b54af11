import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_STRING_BYTES } from '../../src/data/redis/stored-value.ts';
import { LARGEST_IN_DATABASE_BYTES } from '../../src/data/sqlite/schema.ts';
import { LIMITS, REDIS_VALUE_BYTES, SQLITE_VALUE_BYTES } from '../../src/measure/ways/limits.ts';
import { WAYS } from '../../src/measure/ways/ways.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist', 'cli.js');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'otto-limits-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(tasks: Record<string, unknown>, ...words: string[]) {
  writeFileSync(join(root, 'otto.yml'), JSON.stringify({ tasks }));
  const env = { ...process.env, OTTO_HOME: join(root, 'home'), OTTOFILE: '' };
  return spawnSync(process.execPath, [CLI, 'run', '--output', 'raw', ...words], {
    cwd: root,
    encoding: 'utf8',
    env,
  });
}

/** What other tests prove: of a way, the file and the title. */
const PROVEN: readonly (readonly [keyof typeof LIMITS, keyof (typeof LIMITS)['files'], string, string])[] = [
  ['env', 'largestValue', 'test/conformance/captures.contract.ts', '131,072 bytes fit, one more does not'],
  [
    'sqlite',
    'largestValue',
    'test/data/sqlite/failures.test.ts',
    'lie beside it and go when they are set anew',
  ],
  [
    'redis',
    'largestValue',
    'test/data/redis/private-server.test.ts',
    'values larger than a string of Redis are lists',
  ],
  ['redis', 'needs', 'test/cli/redis-store.test.ts', 'nothing runs where redis-server is missing'],
  ['sqlite', 'needs', 'test/cli/sqlite-store.test.ts', 'where no SQLite loads the store is refused'],
  [
    'sqlite',
    'whileRunning',
    'test/cli/sqlite-store.test.ts',
    'values go to and come from the database by hand',
  ],
  ['redis', 'whileRunning', 'test/cli/redis-store.test.ts', 'by the API and by hand, in both directions'],
  ['output-file', 'types', 'test/cli/captures.test.ts', 'is a value for dependents of any language'],
  ['markers', 'largestValue', 'test/cli/captures.test.ts', '100 MiB in one marker'],
  ['stream', 'readers', 'test/cli/streams.test.ts', '1 GiB goes to two readers'],
  ['stream', 'kept', 'test/cli/streams.test.ts', 'history shows the streams of a task'],
];

test.each(PROVEN)('%s, %s: %s has "%s"', (_way, _trait, file, title) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
});

test('every way says what it can do', () => {
  expect(WAYS.map(({ name }) => name)).toEqual(Object.keys(LIMITS));
  for (const { name, traits } of WAYS) expect(traits).toBe(LIMITS[name as keyof typeof LIMITS]);
});

test('a program starts with one variable of that many bytes, its name and the end included, and with none larger', () => {
  const starts = (bytes: number) =>
    spawnSync('/bin/true', { env: { A: 'x'.repeat(bytes - 'A='.length - 1) } }).status === 0;
  expect(starts(LIMITS.env.largestBytes)).toBe(true);
  expect(starts(LIMITS.env.largestBytes + 1)).toBe(process.platform !== 'linux');
});

test('SQLite takes so many bytes and not one more; otto puts larger ones beside it long before', () => {
  const asked = (bytes: number) =>
    spawnSync('sqlite3', [':memory:', `SELECT length(zeroblob(${bytes}))`], { encoding: 'utf8' });
  expect(asked(SQLITE_VALUE_BYTES).stdout).toBe(`${SQLITE_VALUE_BYTES}\n`);
  expect(asked(SQLITE_VALUE_BYTES + 1).stderr).toContain('too big');
  expect(LARGEST_IN_DATABASE_BYTES).toBeLessThan(SQLITE_VALUE_BYTES);
});

test('Redis takes so many bytes; larger values of otto are in pieces', () => {
  expect(REDIS_VALUE_BYTES).toBe(MAX_STRING_BYTES);
  const script = 'redis-cli -s "$OTTO_REDIS_SOCK" --raw CONFIG GET proto-max-bulk-len';
  const { stdout } = run({ a: { bash: script } }, '--store', 'redis', 'a');
  expect(stdout).toBe(`proto-max-bulk-len\n${REDIS_VALUE_BYTES}\n`);
});

test('a string is all that a variable carries; stores carry every type', () => {
  const tasks = {
    set: { python: 'OUTPUT["list"] = [1, None]\nOUTPUT["bytes"] = b"\\x00\\xff"' },
    variable: { bash: 'export OTTO_OUT_n=1' },
    get: {
      before: ['set', 'variable'],
      python:
        'print(INPUT["set.list"] == [1, None], INPUT["set.bytes"] == b"\\x00\\xff", INPUT["variable.n"] == "1")',
    },
  };
  for (const store of ['files', 'shm', 'socket', 'sqlite', 'redis'])
    expect(run(tasks, '--store', store, 'get').stdout, store).toBe('True True True\n');
});

test('several tasks each get all of the same stdout', () => {
  const counting = { stdin_from: 'make', bash: 'OUTPUT[n]=$(wc -c)' };
  const tasks = {
    make: { bash: 'head -c 1000000 /dev/zero' },
    one: counting,
    two: counting,
    end: { before: ['one', 'two'], bash: 'echo "${INPUT[one.n]} ${INPUT[two.n]}"' },
  };
  expect(run(tasks, '-j3', 'end').stdout).toMatch(/1000000 1000000\n$/);
});

test('values of every store can be read by several tasks, and are in history', () => {
  const getting = { before: ['make'], bash: 'otto.get make.k > "$OTTO_TASK"' };
  const tasks = { make: { bash: 'otto.set k v' }, one: getting, two: getting };
  for (const store of ['files', 'shm', 'socket', 'sqlite', 'redis']) {
    expect(run(tasks, '--store', store, 'one', 'two').status, store).toBe(0);
    for (const task of ['one', 'two']) expect(readFileSync(join(root, task), 'utf8'), store).toBe('v');
    const env = { ...process.env, OTTO_HOME: join(root, 'home'), OTTOFILE: '' };
    const got = spawnSync(process.execPath, [CLI, 'data', 'get', 'make.k'], {
      cwd: root,
      encoding: 'utf8',
      env,
    });
    expect(got.stdout.trim(), store).toBe('v');
  }
});

test('a tool by hand says what it cannot hold, and what would take minutes', () => {
  const refusals = (bytes: number) =>
    Object.fromEntries(
      WAYS.flatMap(({ byHand }) => byHand)
        .map((hand) => [hand.name, hand.refuses?.({ bytes, values: 1 }) ?? null])
        .filter(([, reason]) => reason !== null),
    );
  expect(Object.keys(refusals(100 * 2 ** 20))).toEqual(['export, bash']);
  expect(refusals(2 ** 30)).toMatchObject({
    jq: expect.stringContaining('minute'),
    sqlite3: expect.stringContaining('1,000,000,000'),
    'redis-cli': expect.stringContaining('512 MiB'),
    'tee, then sed': expect.stringContaining('minute'),
  });
});
