import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { TaskRig } from '../conformance/task-rig.ts';

const shmRoot = mkdtempSync('/dev/shm/otto-forward-');
afterAll(() => rmSync(shmRoot, { recursive: true, force: true }));

const stores = {
  files: (runDirectory: string) => createFilesStore(runDirectory),
  shm: (runDirectory: string) => createShmStore({ native: loadNative(), runDirectory, root: shmRoot }),
};

const MAKE = `
  OUTPUT.bytes = Buffer.alloc(20_000_000, 'ab\\xff', 'latin1');
  OUTPUT.text = 'zwölf '.repeat(4_000_000);
  OUTPUT.list = Array.from({ length: 5_000_000 }, (_, i) => i % 1000);`;

/** What is set, whether it has to be linked, and how the value begins where it arrives. */
const cases: readonly (readonly [key: string, value: string, how: 'linked' | 'copied', arrives: string])[] = [
  ['view', 'INPUT.view("make.bytes")', 'linked', '<Buffer 61 62 ff'],
  ['view again', 'INPUT.view("make.bytes")', 'linked', '<Buffer 61 62 ff'],
  ['view of text', 'INPUT.view("make.text")', 'linked', '<Buffer 7a 77 c3'],
  ['buffer', 'INPUT["make.bytes"]', 'linked', '<Buffer 61 62 ff'],
  ['text', 'INPUT["make.text"]', 'linked', "'zwöl"],
  ['same text', '"zwölf ".repeat(4_000_000)', 'linked', "'zwöl"],
  ['list', 'INPUT["make.list"]', 'linked', '[ 0, 1, 2'],
  ['typed array', 'new Float64Array(INPUT["make.bytes"].slice().buffer)', 'linked', '<Buffer 61 62 ff'],
  ['part', 'INPUT.view("make.bytes").subarray(1)', 'copied', '<Buffer 62 ff 61'],
  ['ranged', 'INPUT.view("make.bytes", { offset: 1, length: 2_000_000 })', 'copied', '<Buffer 62 ff 61'],
  ['changed', 'INPUT["make.bytes"].fill(7, 0, 1)', 'copied', '<Buffer 07 62 ff'],
  ['changed text', '"Z" + INPUT["make.text"].slice(1)', 'copied', "'Zwöl"],
  ['changed list', 'INPUT["make.list"].fill(7, 0, 1)', 'copied', '[ 7, 1, 2'],
  ['other', 'Buffer.alloc(20_000_000, 1)', 'copied', '<Buffer 01 01 01'],
  ['shared', 'new Uint8Array(new SharedArrayBuffer(2_000_000)).fill(2)', 'copied', '<Buffer 02 02 02'],
  ['data view', 'new DataView(new ArrayBuffer(2_000_003), 3)', 'copied', '<Buffer 00 00 00'],
];

const PASS = `
  const { readdirSync, statSync } = require('node:fs');
  const spool = process.env.OTTO_SPOOL;
  const files = () => readdirSync(spool).filter((name) => name.endsWith('.value'));
  const seen = new Set();
  const set = (key, value) => {
    OUTPUT[key] = value;
    const made = files().filter((name) => !seen.has(name));
    made.forEach((name) => seen.add(name));
    console.log(key + ': ' + made.map((name) => statSync(spool + '/' + name).nlink > 1 ? 'linked' : 'copied'));
  };
  ${cases.map(([key, value]) => `set(${JSON.stringify(key)}, ${value});`).join('\n  ')}`;

const READ = `
  const { inspect } = require('node:util');
  for (const [key, value] of Object.entries(INPUT.of('pass')))
    console.log(key + ': ' + inspect(value.slice(0, 4), { breakLength: Infinity }), value.length);`;

describe.each(Object.entries(stores))('%s store: what Node passes on', (_, open) => {
  const rig = new TaskRig(open);
  let passed: readonly string[] = [];
  let read: readonly string[] = [];

  beforeAll(async () => {
    const lines = ({ stdout }: { stdout: Buffer }): string[] => stdout.toString().trim().split('\n');
    await rig.succeed({ name: 'make', language: 'node', script: MAKE, readers: 1 });
    passed = lines(
      await rig.succeed({
        name: 'pass',
        language: 'node',
        script: PASS,
        dependencies: ['make'],
        readers: 1,
      }),
    );
    read = lines(await rig.succeed({ name: 'read', language: 'node', script: READ, dependencies: ['pass'] }));
  });
  afterAll(async () => {
    await rig.end();
    rig.remove();
  });

  test('unchanged is linked, and all else is copied', () => {
    expect(passed).toEqual(cases.map(([key, , how]) => `${key}: ${how}`));
  });

  test.each(cases)('%s arrives as what it was', (key, _value, _how, arrives) => {
    expect(read.find((line) => line.startsWith(`${key}: `))).toContain(`: ${arrives}`);
  });
});
