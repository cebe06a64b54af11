import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { regionRig } from '../support/region-rig.ts';

const native = loadNative();
const MIB = 2 ** 20;

test('a large value is passed on by a link, with its type, and outlives the task that made it', () => {
  const rig = regionRig();
  const [from, to] = [rig.createTask('a'), rig.createTask('b')];
  from.setJson('large', JSON.stringify('x'.repeat(3 * MIB)));
  expect(to.forward('passed', from, 'large')).toBe(true);
  const [source, target] = [from.entries()[0], to.entries()[0]];
  expect(target).toMatchObject({ key: 'passed', type: 'json', bytes: 3 * MIB + 2, spilled: false });
  expect(statSync(target?.file ?? '').ino).toBe(statSync(source?.file ?? '').ino);
  const view = from.view('large');
  rig.run.removeTask('a');
  expect(to.getBytes('passed')?.equals(view as Uint8Array)).toBe(true);
});

test('small values are passed on as well, a missing one is none, and a key is overwritten', () => {
  const rig = regionRig();
  const [from, to] = [rig.createTask('a'), rig.createTask('b')];
  from.setString('s', 'é');
  from.setBytes('empty', new Uint8Array());
  to.setNumber('k', 1);
  expect(to.forward('k', from, 's')).toBe(true);
  expect(to.forward('e', from, 'empty')).toBe(true);
  expect(to.forward('none', from, 'none')).toBe(false);
  expect(to.getString('k')).toBe('é');
  expect(to.typeOf('e')).toBe('bytes');
  expect(to.entries().map(({ key }) => key)).toEqual(['k', 'e']);
});

test('only an open region can be forwarded from', () => {
  const rig = regionRig();
  const [from, to] = [rig.createTask('a'), rig.createTask('b')];
  from.setString('s', 'v');
  for (const source of [rig.run, {}, null, 'a'])
    expect(() => to.forward('k', source as unknown as typeof from, 's')).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  from.close();
  expect(() => to.forward('k', from, 's')).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('a run beyond its budget puts values on disk, where every method works', () => {
  const spillRoot = mkdtempSync(join(tmpdir(), 'otto-spill-'));
  onTestFinished(() => rmSync(spillRoot, { recursive: true, force: true }));
  const { root } = regionRig();
  const run = native.createRun('small', { root, spillRoot, budgetBytes: MIB });
  try {
    const region = run.createTask('a', []);
    expect([run.spillDirectory, region.spillDirectory]).toEqual([
      join(spillRoot, 'small'),
      join(spillRoot, 'small', 'a'),
    ]);
    expect(region.directory).toBe(join(run.directory, 'a'));
    region.setBytes('large', Buffer.alloc(4 * MIB, 7));
    for (let i = 0; i < 40; i++) region.setBytes(`medium-${i}`, Buffer.alloc(100_000, i));
    const entries = region.entries();
    expect(entries[0]).toMatchObject({ key: 'large', spilled: true });
    expect(entries[0]?.file?.startsWith(join(spillRoot, 'small', 'a'))).toBe(true);
    expect(entries.filter(({ spilled }) => spilled).length).toBeGreaterThan(25);
    expect(entries.filter(({ spilled }) => !spilled).length).toBeGreaterThan(1);
    expect(region.view('large')?.every((byte) => byte === 7)).toBe(true);
    for (let i = 0; i < 40; i++) {
      expect(region.view(`medium-${i}`)?.every((byte) => byte === i)).toBe(true);
      expect(region.getBytes(`medium-${i}`)?.every((byte) => byte === i)).toBe(true);
    }
    const next = run.createTask('b', []);
    for (const key of ['large', 'medium-39']) {
      expect(next.forward(key, region, key)).toBe(true);
      expect(next.getBytes(key)?.equals(region.getBytes(key) as Buffer)).toBe(true);
    }
  } finally {
    run.remove();
  }
  expect(readdirSync(spillRoot)).toEqual([]);
});

test('options of a run that are none are refused', () => {
  const { root } = regionRig();
  for (const options of [root, 1, null, { root: 1 }, { root, budgetBytes: -1 }, { root, spillRoot: {} }])
    expect(() => native.createRun('r', options as never)).toThrow(expect.objectContaining({ code: 'usage' }));
});
