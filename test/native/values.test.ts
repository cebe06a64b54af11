import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientsDirectory } from '../../src/data/installation.ts';
import { regionRig } from '../support/region-rig.ts';

const TEXTS = [
  '',
  'plain',
  'two\nlines\n',
  'tab\tquote"back\\slash',
  '\u0000\u0001\u007f',
  'é',
  '日本語',
  '😀 and ascii',
  '\ufffd',
];

test('a string comes back as it was set, whatever characters it holds', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (const text of TEXTS) {
    region.setString('key', text);
    expect(region.getString('key')).toBe(text);
    expect(region.getBytes('key')).toEqual(Buffer.from(text));
  }
});

test('strings of every length around the borders of buffers and pages come back whole', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (const length of [
    1, 7, 8, 63, 64, 65, 1019, 1020, 1023, 1024, 4095, 4096, 4097, 65_536, 1_048_576, 1_048_577,
  ]) {
    for (const text of ['x'.repeat(length), `${'y'.repeat(length - 1)}é`]) {
      region.setString('key', text);
      expect(region.getString('key') === text, `length ${length}`).toBe(true);
    }
  }
});

test('bytes come back exactly, also NUL and what is not UTF-8', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  region.setBytes('bytes', all);
  region.setRaw('raw', new Uint8Array(all.buffer, all.byteOffset + 3, 5));
  region.setBytes('empty', new Uint8Array(0));
  region.setBytes('words', new Uint16Array([0x0102, 0x0304]) as unknown as Uint8Array);
  expect(region.getBytes('bytes')).toEqual(all);
  expect(region.getBytes('raw')).toEqual(all.subarray(3, 8));
  expect(region.getBytes('empty')).toEqual(Buffer.alloc(0));
  expect(region.getBytes('words')).toEqual(Buffer.from([2, 1, 4, 3]));
});

test('each setter gives its type, and overwriting changes it', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setString('k', 'x');
  expect(region.typeOf('k')).toBe('string');
  region.setJson('k', '{"a":1}');
  expect(region.typeOf('k')).toBe('json');
  region.setRaw('k', Buffer.from('x'));
  expect(region.typeOf('k')).toBe('raw');
  region.setBytes('k', Buffer.from('x'));
  expect(region.typeOf('k')).toBe('bytes');
});

test.each([
  [0, '0'],
  [-0, '-0.0'],
  [42, '42'],
  [-1.5, '-1.5'],
  [0.1 + 0.2, '0.30000000000000004'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  [2 ** 53, '9007199254740992.0'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
])('the number %d is kept as the JSON %s', (number, text) => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setNumber('n', number);
  expect(region.getString('n')).toBe(text);
  expect(region.typeOf('n')).toBe('json');
  expect(Object.is(JSON.parse(text), number)).toBe(true);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused', (number) => {
  const rig = regionRig();
  expect(() => rig.createTask('a').setNumber('n', number)).toThrow(
    expect.objectContaining({ code: 'usage' }),
  );
});

test('keys of any spelling are different keys, listed in the order in which they were first set', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const keys = [
    'b',
    'B',
    'a.b',
    'a-b',
    ' ',
    'a b',
    '/',
    ':',
    '..',
    'ключ',
    '😀',
    '__proto__',
    'x'.repeat(2048),
  ];
  for (const [i, key] of keys.entries()) region.setNumber(key, i);
  region.setString('a.b', 'again');
  expect(region.entries().map((entry) => entry.key)).toEqual(keys);
  for (const [i, key] of keys.entries()) if (key !== 'a.b') expect(region.getString(key)).toBe(String(i));
});

test.each([
  ['empty', ''],
  ['longer than 2048 bytes', 'x'.repeat(2049)],
  ['much longer', 'x'.repeat(100_000)],
  ['with NUL', 'a\u0000b'],
  ['with half a surrogate pair', 'a\ud800'],
])('a key that is %s is refused, and nothing is set', (_, key) => {
  const rig = regionRig();
  const region = rig.createTask('a');
  expect(() => region.setString(key, 'v')).toThrow(/cannot/);
  expect(() => region.getString(key)).toThrow(/cannot/);
  expect(region.entries()).toEqual([]);
});

test('a string with half a surrogate pair is refused instead of being changed', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  expect(() => region.setString('k', 'x\udc00')).toThrow(/surrogate/);
  region.setString('k', '\ufffd😀');
  expect(region.getString('k')).toBe('\ufffd😀');
});

test('a deleted key is absent, and set again it comes last', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setString('first', '1');
  region.setString('second', '2');
  expect(region.delete('first')).toBe(true);
  expect(region.delete('first')).toBe(false);
  expect(region.delete('never')).toBe(false);
  expect([region.has('first'), region.typeOf('first'), region.getString('first')]).toEqual([
    false,
    undefined,
    undefined,
  ]);
  expect([region.getBytes('first'), region.view('first')]).toEqual([undefined, undefined]);
  region.setString('first', '3');
  expect(region.entries().map((entry) => entry.key)).toEqual(['second', 'first']);
});

test('a sealed region is read-only for everyone', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setString('k', 'v');
  expect(region.sealed).toBe(false);
  region.seal();
  region.seal();
  expect(region.sealed).toBe(true);
  for (const change of [
    () => region.setString('k', 'w'),
    () => region.delete('k'),
    () => region.setNumber('n', 1),
  ]) {
    expect(change).toThrow(expect.objectContaining({ code: 'sealed', path: region.path }));
  }
  expect(region.getString('k')).toBe('v');
});

test('a closed region says so on every use', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.close();
  region.close();
  const uses = [
    () => region.getString('k'),
    () => region.setString('k', 'v'),
    () => region.entries(),
    () => region.path,
  ];
  for (const use of uses) expect(use).toThrow(/closed/);
});

test('arguments of a wrong type are refused with a TypeError', () => {
  const rig = regionRig();
  const region = rig.createTask('a') as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls: [string, unknown[]][] = [
    ['getString', []],
    ['getString', [1]],
    ['setString', ['k']],
    ['setString', ['k', 1]],
    ['setBytes', ['k', 'text']],
    ['setBytes', ['k', new ArrayBuffer(3)]],
    ['setNumber', ['k', '1']],
    ['view', ['k', 7]],
    ['adoptFile', ['k', 'number', '1-1.value']],
  ];
  (region as unknown as { setString(key: string, value: string): void }).setString('k', 'v');
  for (const [method, args] of calls) expect(() => region[method]?.(...args), method).toThrow(TypeError);
});

test('ten thousand keys are all there, in order', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);
  for (const key of keys) region.setString(key, key);
  expect(region.entries().map((entry) => entry.key)).toEqual(keys);
  for (const key of keys) if (region.getString(key) !== key) throw new Error(key);
});

test('-0 is a float in Python, too', () => {
  const rig = regionRig();
  rig.createTask('a').setNumber('z', -0);
  const { stdout } = spawnSync(
    'python3',
    ['-c', 'import otto, sys; print(repr(otto.attach(sys.argv[1])["z"]))', rig.directoryOf('a')],
    { encoding: 'utf8', env: { ...process.env, PYTHONPATH: join(clientsDirectory(), 'python') } },
  );
  expect(stdout).toBe('-0.0\n');
});
