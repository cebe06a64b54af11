import { afterEach, expect, test } from 'vitest';
import type { NativeError, Region, ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';

const native = loadNative();
let run: ShmRun;
afterEach(() => run.remove());

/** Two regions of one task: what one does, the other has to see. `used`: so often that its keys have numbers. */
function pair(): { used: Region; other: Region } {
  run = native.createRun(`numbered-${process.pid}`);
  const used = run.createTask('task', []);
  for (let i = 0; i < 100; i++) used.has('warm');
  return { used, other: native.openRegion(used.directory) };
}

test('a key that is used again sees what others set, overwrite and delete', () => {
  const { used, other } = pair();
  for (let round = 0; round < 3; round++) {
    expect(used.getString('key')).toBe(undefined);
    expect(used.has('key')).toBe(false);
    other.setString('key', `theirs ${round}`);
    expect(used.getString('key')).toBe(`theirs ${round}`);
    used.setString('key', `ours ${round}`);
    expect(other.getString('key')).toBe(`ours ${round}`);
    used.setNumber('key', round);
    expect([other.typeOf('key'), other.getString('key')]).toEqual(['json', String(round)]);
    other.setString('key', 'x'.repeat(2_000_000));
    expect(used.getString('key')).toHaveLength(2_000_000);
    expect(used.has('key')).toBe(true);
    other.delete('key');
  }
});

test('more keys than can have numbers, of every length, keep apart', () => {
  const { used, other } = pair();
  const keys = Array.from({ length: 1500 }, (_, i) => `${'ü'.repeat(i % 150)}${i}`);
  for (const round of ['a', 'b', 'c']) {
    for (const key of keys) used.setString(key, key + round);
    for (const key of keys) expect(used.getString(key)).toBe(key + round);
    for (const key of keys) expect(other.getString(key)).toBe(key + round);
  }
});

test('a number is no key, and what is no key stays an error', () => {
  const { used } = pair();
  used.setString('first', 'value');
  used.getString('first');
  for (const wrong of [0, 1, null, undefined, {}, '', 'a\0b', '\ud800']) {
    for (let again = 0; again < 3; again++) {
      expect(() => used.getString(wrong as string)).toThrow(TypeError);
      expect(() => used.setString(wrong as string, 'x')).toThrow(TypeError);
    }
  }
});

test('a closed and a sealed region say so for known keys, too', () => {
  const { used, other } = pair();
  used.setString('key', 'value');
  used.getString('key');
  other.seal();
  expect(() => used.setString('key', 'late')).toThrow(
    expect.objectContaining({ code: 'sealed' } satisfies Partial<NativeError>),
  );
  expect(used.getString('key')).toBe('value');
  used.close();
  expect(() => used.getString('key')).toThrow(/it has been closed/);
});

test('the methods with numbers take no numbers that were not given', () => {
  const { used } = pair();
  const methods = native.numberedMethods(used);
  for (const wrong of [1, 1023, 5000, -1]) {
    expect(() => methods.getString(wrong)).toThrow(/no key has this number/);
  }
  expect(() => native.numberedMethods({} as Region)).toThrow(/it must be a Region/);
});
