import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { xxhash128 } from 'hash-wasm';
import { expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { regionRig, runChild } from '../support/region-rig.ts';

const native = loadNative();

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'otto-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('a run and its tasks are private directories, and the inputs are written down', () => {
  const rig = regionRig();
  const region = rig.run.createTask('pack: é/..', ['build', 'ключ']);
  const directory = rig.directoryOf('pack: é/..');
  for (const path of [rig.root, rig.run.directory, directory])
    expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(region.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory, 'inputs'), 'utf8')).toBe('build\0ключ\0');
  expect(region.path).toBe(join(directory, 'region'));
});

test('removing a task and a run leaves nothing, and twice is harmless', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setString('k', 'v');
  rig.run.removeTask('a');
  rig.run.removeTask('a');
  expect(existsSync(rig.directoryOf('a'))).toBe(false);
  expect(region.getString('k')).toBe('v');
  rig.run.remove();
  rig.run.remove();
  expect(readdirSync(rig.root)).toEqual([]);
});

test.each(['', '.hidden', 'a/b', '..', 'x'.repeat(201), 'a\u0000b'])('the run name %j is refused', (name) => {
  const rig = regionRig();
  expect(() => native.createRun(name, { root: rig.root })).toThrow(TypeError);
});

test('a run that exists is not made again', () => {
  const rig = regionRig();
  expect(() => native.createRun('run-1', { root: rig.root })).toThrow(
    expect.objectContaining({ code: 'io' }),
  );
});

test('a root that is open to others or a link is refused, and left as it is', () => {
  const open = join(scratch(), 'root');
  mkdirSync(open);
  chmodSync(open, 0o755);
  expect(() => native.createRun('r', { root: open })).toThrow(
    expect.objectContaining({ code: 'foreign', path: open }),
  );
  expect(statSync(open).mode & 0o777).toBe(0o755);
  const link = join(scratch(), 'link');
  symlinkSync(scratch(), link);
  expect(() => native.createRun('r', { root: link })).toThrow(expect.objectContaining({ code: 'foreign' }));
});

test('sweeping removes the runs of killed runners and spares live ones', () => {
  const rig = regionRig();
  const body = `const run = otto.createRun('dead-' + process.pid, { root: directory });
    run.createTask('t', []).setBytes('k', Buffer.alloc(2 ** 21));
    process.kill(process.pid, 'SIGKILL');`;
  for (let i = 0; i < 3; i++) expect(runChild(body, rig.root).signal).toBe('SIGKILL');
  const report = native.sweep(rig.root);
  expect(report.removedRuns.length).toBe(3);
  expect(report.removedRuns.every((run) => run.startsWith('dead-'))).toBe(true);
  expect(report.freedBytes).toBeGreaterThan(3 * 2 ** 21);
  expect(report.problems).toEqual([]);
  expect(readdirSync(rig.root)).toEqual(['run-1']);
});

test('sweeping a root that is not there finds nothing', () => {
  expect(native.sweep(join(scratch(), 'none'))).toEqual({ removedRuns: [], freedBytes: 0, problems: [] });
});

test.each([0, 1, 4096, 1_048_577, 9_000_001])('copyAndHash copies and hashes %d bytes', async (bytes) => {
  const directory = scratch();
  const data = Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251));
  writeFileSync(join(directory, 'from'), data);
  const to = join(directory, 'to');
  const expected = { xxh128: await xxhash128(data), bytes, utf8: bytes < 129 };
  expect(await native.copyAndHash(join(directory, 'from'), to)).toEqual(expected);
  expect(readFileSync(to).equals(data)).toBe(true);
  expect(await native.copyAndHash(join(directory, 'from'), null)).toEqual(expected);
  expect(native.xxh128(data)).toBe(expected.xxh128);
});

test('copyAndHash tells UTF-8 across the borders of its buffers', async () => {
  const from = join(scratch(), 'from');
  for (const padding of [0, 1, 2, 3]) {
    writeFileSync(from, 'x'.repeat(padding) + '😀'.repeat(700_000));
    expect((await native.copyAndHash(from, null)).utf8).toBe(true);
  }
  writeFileSync(from, Buffer.from('😀'.repeat(700_000)).subarray(0, -1));
  expect((await native.copyAndHash(from, null)).utf8).toBe(false);
});

test('copyAndHash rejects with the file and leaves no half copy', async () => {
  const directory = scratch();
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await expect(native.copyAndHash(from, to)).rejects.toMatchObject({ code: 'io', path: from });
  writeFileSync(from, 'x');
  writeFileSync(to, 'already here');
  await expect(native.copyAndHash(from, to)).rejects.toMatchObject({ path: to });
  expect(readFileSync(to, 'utf8')).toBe('already here');
});

test('a dry sweep tells what would go and leaves it', () => {
  const rig = regionRig();
  const body = `otto.createRun('dead', { root: directory }).createTask('t', []).setBytes('k', Buffer.alloc(2 ** 21));
    process.kill(process.pid, 'SIGKILL');`;
  expect(runChild(body, rig.root).signal).toBe('SIGKILL');
  const { removedRuns, freedBytes } = native.sweep(rig.root, { dryRun: true });
  expect(removedRuns).toEqual(['dead']);
  expect(freedBytes).toBeGreaterThan(2 ** 21);
  expect(readdirSync(rig.root).sort()).toEqual(['dead', 'run-1']);
  expect(native.sweep(rig.root)).toEqual({ removedRuns, freedBytes, problems: [] });
});

test('a run that is there already, and one that has been removed, are called so', () => {
  const root = join(scratch(), 'root');
  const run = native.createRun('r', { root });
  expect(() => native.createRun('r', { root })).toThrow(
    expect.objectContaining({
      code: 'io',
      errno: 'EEXIST',
      message: `cannot create ${join(root, 'r')}: a run of this name is there already`,
    }),
  );
  run.remove();
  expect(() => run.createTask('t', [])).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(/: the run has been removed$/) }),
  );
});

test.each(['/nope', '/nope/task', 'relative'])(
  'the directory %s, which is not there, is named',
  (directory) => {
    for (const open of [native.openRegion, native.checkRegion])
      expect(() => open(directory)).toThrow(
        expect.objectContaining({ code: 'io', errno: 'ENOENT', path: directory }),
      );
  },
);

test('an argument that cannot be used is named', () => {
  const region = regionRig().createTask('a');
  const wrong = undefined as never;
  const calls: [string, () => unknown][] = [
    ['the directory', () => native.openRegion(wrong)],
    ["the run's name", () => native.createRun(wrong)],
    ['budgetBytes', () => native.createRun('r', { budgetBytes: -1 })],
    ['the root', () => native.sweep(1 as never)],
    ['the key', () => region.setString(wrong, 'v')],
    ['the value', () => region.setString('k', wrong)],
    ['the value', () => region.setBytes('k', wrong)],
    ['offset', () => region.setString('k', 'v') ?? region.view('k', { offset: -1, length: 1 })],
  ];
  for (const [name, call] of calls)
    expect(call).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(`^cannot use ${name}: it must be `),
      }),
    );
});
