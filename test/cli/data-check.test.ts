import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { DataProject, LiveRun } from './data-rig.ts';
import { CLI } from './project.ts';

const LIVE = `
tasks:
  "a/b": {bash: "OUTPUT[x]=1"}
  wait:
    before: ["a/b"]
    bash: |
      otto.set small one
      otto.set small two
      head -c 3000000 /dev/zero | otto.set large -
      {{WAIT}}
`;

const live = (): LiveRun => new LiveRun(LIVE, ['--fast', 'wait']);

/** The directory in shared memory of the task that waits. */
function regionOf({ project }: LiveRun): string {
  const path = project.list().find(({ key }) => key === 'large')?.path;
  return dirname(path as string);
}

function poke(file: string, at: number, byte: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.from([byte]), 0, 1, at);
  closeSync(fd);
}

test('a region is checked by its file, its directory, its run, and with the run in history', async () => {
  await using run = live();
  const { project } = run;
  const directory = regionOf(run);
  const check = (...args: string[]) => JSON.parse(project.otto(['data', 'check', '--json', ...args]).stdout);
  const facts = {
    keys: 2,
    valueBytes: 3_000_003,
    valueFiles: 1,
    strayFiles: 0,
    sealed: false,
    problem: null,
  };
  for (const word of [directory, join(directory, 'region')])
    expect(check(word)).toMatchObject({ run: null, values: null, regions: [{ directory, ...facts }] });
  const { regions } = check(dirname(directory));
  expect(regions).toHaveLength(2);
  expect(regions).toContainEqual(expect.objectContaining({ directory, ...facts }));
  // What the first of two values of one key occupied.
  expect(check(directory).regions[0].unusedBytes).toBeGreaterThan(0);
  expect(check('latest')).toMatchObject({ run: basename(check().run), values: { values: 3, damaged: 0 } });
  expect(check().regions).toContainEqual(expect.objectContaining({ directory, ...facts }));
  writeFileSync(join(directory, '99.value'), 'left by a writer that was killed', { mode: 0o600 });
  const { code, stdout, stderr } = project.otto(['data', 'check', directory]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [titles, row] = stdout.split('\n');
  expect(titles).toMatch(/^REGION +STATE +KEYS +VALUES +FILES +SPILLED +SIZE +UNUSED +STRAY FILES$/);
  expect(row).toMatch(/\/wait +open +2 +2\.9 MiB +1 +0 bytes +[\d.]+ KiB +\d+.* +1$/);
});

test('a task that has no region yet is no problem', async () => {
  await using run = live();
  const { project } = run;
  const directory = dirname(regionOf(run));
  mkdirSync(join(directory, 'starting'), { mode: 0o700 });
  const { code, stdout, stderr } = project.otto(['data', 'check', directory]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(project.otto(['data', 'check', join(directory, 'starting')]).code).toBe(1);
});

test('what is corrupt is told with its file and the rule it breaks; the rest is checked all the same', async () => {
  await using run = live();
  const { project } = run;
  const directory = regionOf(run);
  const region = join(directory, 'region');
  poke(region, 0, 'X'.charCodeAt(0));
  const broken = `otto: cannot rely on ${region}: rule 2: `;
  for (const word of [region, directory, dirname(directory), 'latest']) {
    const { code, stderr } = project.otto(['data', 'check', word]);
    expect(code).toBe(1);
    expect(stderr.startsWith(broken) && stderr.trimEnd().split('\n').length === 1, stderr).toBe(true);
  }
  expect(project.otto(['data', 'check']).stdout).toContain('  1 value, ');
  const listed = project.otto(['data']);
  expect(listed).toMatchObject({ code: 1, stdout: expect.stringMatching(/\na\/b +x +string/) });
  expect(listed.stderr).toContain(`otto: shared memory: cannot read ${region}: rule 2: `);
  poke(region, 0, 'O'.charCodeAt(0));
  expect(project.otto(['data', 'check', directory]).code).toBe(0);
  const large = project.list('wait').find(({ key }) => key === 'large')?.path as string;
  truncateSync(large, 100);
  const cut = project.otto(['data', 'check', directory]);
  expect(cut).toMatchObject({ code: 1, stdout: '' });
  expect(cut.stderr).toContain(`otto: cannot rely on ${large}: rule 7: `);
});

test('a value in history that is not what was recorded is told with both hashes', () => {
  using dir = new DataProject({
    'otto.yml': `tasks: {t: {bash: "OUTPUT[k]=abc; head -c 17000000 /dev/zero | otto.set big -"}}`,
  });
  dir.otto(['run', 't']);
  const { directory, values } = JSON.parse(dir.otto(['data', '--json']).stdout);
  const { path, xxh128 } = values.find(({ key }: { key: string }) => key === 'big');
  poke(path, 16_999_999, 1);
  const { code, stdout, stderr } = dir.otto(['data', 'check']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(' 1 verified, 1 damaged\n') });
  expect(stderr).toMatch(
    new RegExp(
      `^otto: the value "big" of task "t": it is damaged: its bytes in ${path} have the xxh128 [0-9a-f]{32}, recorded is ${xxh128}\n$`,
    ),
  );
  poke(path, 16_999_999, 0);
  const json = join(directory, 'tasks/t/output.t.json');
  writeFileSync(json, readFileSync(json, 'utf8').replace('"abc"', '"abd"'));
  expect(dir.otto(['data', 'check', directory]).stderr).toMatch(
    /^otto: the value "k" of task "t": it is damaged: its bytes have the xxh128 .*, recorded is [0-9a-f]{32}\n$/,
  );
  writeFileSync(json, readFileSync(json, 'utf8').replace('"k"', '"l"'));
  expect(dir.otto(['data', 'check', join(directory, 'run.json')]).stderr).toContain(
    'otto: the value "k" of task "t": run.json has it, but not the JSON of the task\n',
  );
  writeFileSync(json, readFileSync(json, 'utf8').slice(0, -3));
  expect(dir.otto(['data', 'check'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/output\.t\.json: not the JSON that otto writes\n$/),
  });
});

test('without the compiled part a region cannot be checked, values in history can', () => {
  using dir = new DataProject({ 'otto.yml': 'tasks: {t: {bash: "OUTPUT[k]=v"}}', 'r/region': '' });
  const elsewhere = mkdtempSync(join(tmpdir(), 'otto-uncompiled-'));
  onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
  cpSync(dirname(CLI), elsewhere, { recursive: true });
  dir.otto(['run', 't']);
  const check = (...args: string[]) => {
    const { PATH, HOME } = process.env;
    return spawnSync(process.execPath, [join(elsewhere, 'cli.js'), 'data', 'check', ...args], {
      cwd: dir.directory,
      env: { PATH, HOME, OTTO_HOME: dir.home },
      encoding: 'utf8',
    });
  };
  expect(check()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('1 value, 1 byte, 1 verified'),
  });
  expect(check('r')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^otto: the addon otto\.node is not there: it has not been compiled\n {2}hint: /,
    ),
  });
});

test('directories that are no regions, or that others may read, are refused', () => {
  using dir = new DataProject({ 'run/.lock': '', 'run/task/region': 'no region' });
  mkdirSync(dir.path('empty/.lock'), { recursive: true });
  expect(dir.otto(['data', 'check', 'empty'])).toEqual({ code: 0, stdout: 'no regions\n', stderr: '' });
  for (const word of ['run', 'run/task', 'run/task/region'])
    expect(dir.otto(['data', 'check', word])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^otto: cannot rely on .*its mode lets other users in/),
    });
});

test('what shared memory had no room for is checked with its region, and is no region itself', () => {
  using dir = new DataProject({});
  const root = mkdtempSync('/dev/shm/otto-check-');
  const spillRoot = dir.path('spill');
  const run = loadNative().createRun('run-1', { root, spillRoot, budgetBytes: 1024 * 1024 });
  onTestFinished(() => {
    run.remove();
    rmSync(root, { recursive: true, force: true });
  });
  run.createTask('task', []).setBytes('large', Buffer.alloc(3_000_000, 'x'));
  const check = (word: string) => JSON.parse(dir.otto(['data', 'check', word, '--json']).stdout).regions;
  expect(check(run.directory)).toMatchObject([
    { problem: null, keys: 1, spilledBytes: 3_000_000, valueFiles: 1 },
  ]);
  const onDisk = run.spillDirectory as string;
  expect(existsSync(join(onDisk, 'task'))).toBe(true);
  expect(check(onDisk)).toEqual([]);
  const name = readdirSync(join(onDisk, 'task')).find((file) => file.endsWith('.value')) ?? '';
  truncateSync(join(onDisk, 'task', name), 1);
  const { code, stderr } = dir.otto(['data', 'check', run.directory]);
  expect(code).toBe(1);
  expect(stderr).toContain(`otto: cannot rely on ${join('spill/run-1/task', name)}: rule 7: `);
});

test('values that are gone and values that are damaged are counted apart', () => {
  using dir = new DataProject({
    'otto.yml': `tasks: {t: {bash: "for k in a b c; do head -c 17000000 /dev/zero | otto.set $k -; done"}}`,
  });
  dir.otto(['run', 't']);
  const paths = dir.listed(({ path }) => path);
  poke(paths['t.a'] as string, 5, 1);
  rmSync(paths['t.b'] as string);
  expect(dir.otto(['data', 'check']).stdout).toContain('3 values, 48.6 MiB, 1 verified, 1 damaged, 1 gone\n');
  expect(JSON.parse(dir.otto(['data', 'check', '--json']).stdout).values).toMatchObject({
    damaged: 1,
    gone: 1,
  });
});

test('the values that a killed run left in shared memory are counted with the run', async () => {
  await using run = live();
  await run.kill();
  const { code, stdout } = run.project.otto(['data', 'check']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    / {2}3 values, 2\.9 MiB, (0 verified, 3|1 verified, 2) without a hash to compare\n\nREGION/,
  );
});

test('get and export tell that a value is not what was recorded; an export leaves it out', () => {
  using dir = new DataProject({
    'otto.yml': `tasks: {t: {bash: "OUTPUT[k]=abc; head -c 17000000 /dev/zero | otto.set big -"}}`,
  });
  dir.otto(['run', 't']);
  const { directory } = JSON.parse(dir.otto(['data', '--json']).stdout);
  const json = join(directory, 'tasks/t/output.t.json');
  poke(dir.listed(({ path }) => path)['t.big'] as string, 100, 1);
  writeFileSync(json, readFileSync(json, 'utf8').replace('"abc"', '"abd"'));
  const damaged = (key: string): RegExp =>
    new RegExp(`^otto: the value "${key}" of task "t": it is damaged: `, 'm');
  for (const options of [[], ['--json']]) {
    const text = dir.otto(['data', 'get', 't.k', ...options]);
    expect(text).toMatchObject({ code: 1, stderr: expect.stringMatching(damaged('k')) });
    expect(text.stdout).toContain('abd');
    const words = [process.execPath, CLI, 'data', 'get', 't.big', ...options];
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', '"$@" | wc -c; echo ${PIPESTATUS[0]}', '-', ...words],
      {
        cwd: dir.directory,
        env: { ...process.env, OTTO_HOME: dir.home },
        encoding: 'utf8',
      },
    );
    const [bytes, code] = stdout.split('\n').map(Number);
    expect(bytes).toBeGreaterThanOrEqual(17_000_000);
    expect(code).toBe(1);
    expect(stderr).toMatch(damaged('big'));
  }
  const exported = dir.otto(['data', 'export', 'out']);
  expect(exported).toMatchObject({ code: 1, stdout: 'exported 0 values, 0 bytes, to out\n' });
  for (const key of ['k', 'big']) expect(exported.stderr).toMatch(damaged(key));
  expect(readdirSync(dir.path('out/values/t'))).toEqual([]);
});

test('an export is checked by its index', () => {
  using dir = new DataProject({ 'otto.yml': `tasks: {t: {bash: "OUTPUT[k]=abc; OUTPUT[l]=abc"}}` });
  dir.otto(['run', 't']);
  dir.otto(['data', 'export', 'out']);
  for (const word of ['out', 'out/index.json'])
    expect(dir.otto(['data', 'check', word])).toEqual({
      code: 0,
      stdout: 'out  2 values, 6 bytes, 2 verified\n',
      stderr: '',
    });
  poke(dir.path('out/values/t/k'), 0, 'x'.charCodeAt(0));
  rmSync(dir.path('out/values/t/l'));
  const { code, stdout, stderr } = dir.otto(['data', 'check', 'out']);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: 'out  2 values, 6 bytes, 0 verified, 1 damaged, 1 gone\n',
  });
  expect(stderr).toMatch(
    /^otto: the value "k" of task "t": it is damaged: .*\notto: cannot read out\/values\/t\/l: /,
  );
});

test.each([
  ['{', 'it is no index of exported values'],
  ['{"values": [{"file": "../../secret", "bytes": 1, "xxh128": null}]}', 'it is no index of exported values'],
])('an index.json of something else is refused: %s', (text, reason) => {
  using dir = new DataProject({ 'otto.yml': 'tasks: {t: }', 'out/index.json': text });
  expect(dir.otto(['data', 'check', 'out'])).toEqual({
    code: 1,
    stdout: '',
    stderr: `otto: cannot read out/index.json: ${reason}\n`,
  });
});
