import { constants } from 'node:buffer';
import { closeSync, mkdirSync, openSync, readdirSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RegionRig, regionRig, runChild } from '../support/region-rig.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** A file of the task's directory that is mostly a hole; `marks` are texts at offsets. */
function sparseFile(rig: RegionRig, bytes: number, marks: Readonly<Record<number, string>> = {}): string {
  const name = `1-${bytes}.value`;
  const path = join(rig.directoryOf('a'), name);
  const fd = openSync(path, 'wx', 0o600);
  for (const [offset, text] of Object.entries(marks)) writeSync(fd, text, Number(offset));
  closeSync(fd);
  truncateSync(path, bytes);
  return name;
}

test('a value above 1 MiB goes to a file of its own, one of exactly 1 MiB does not', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setBytes('small', Buffer.alloc(MIB, 1));
  region.setBytes('large', Buffer.alloc(MIB + 1, 2));
  const [small, large] = region.entries();
  expect(small).toMatchObject({ key: 'small', bytes: MIB, file: null });
  expect(large).toMatchObject({ key: 'large', bytes: MIB + 1 });
  expect(statSync(large?.file ?? '').size).toBe(MIB + 1);
  expect(region.getBytes('large')?.equals(Buffer.alloc(MIB + 1, 2))).toBe(true);
});

test('an adopted file becomes the value without being copied', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const name = sparseFile(rig, 3 * MIB, { 0: 'begin', [3 * MIB - 3]: 'end' });
  const { ino } = statSync(join(rig.directoryOf('a'), name));
  region.adoptFile('k', 'raw', name);
  const entry = region.entries()[0];
  expect(entry).toMatchObject({ key: 'k', type: 'raw', bytes: 3 * MIB });
  expect(statSync(entry?.file ?? '').ino).toBe(ino);
  expect(region.getString('k')?.slice(-3)).toBe('end');
});

test.each(['../a/1-1.value', 'missing.value', '/etc/passwd', '', 'sub'])(
  'the file name %j is not adopted',
  (name) => {
    const rig = regionRig();
    const region = rig.createTask('a');
    mkdirSync(join(rig.directoryOf('a'), 'sub'));
    expect(() => region.adoptFile('k', 'raw', name)).toThrow(/cannot/);
    expect(region.entries()).toEqual([]);
  },
);

test('the longest string V8 can hold is read, one more character throws and names view()', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.adoptFile('fits', 'string', sparseFile(rig, constants.MAX_STRING_LENGTH, { 5: 'x' }));
  region.adoptFile('long', 'string', sparseFile(rig, constants.MAX_STRING_LENGTH + 1));
  expect(region.getString('fits')?.length).toBe(constants.MAX_STRING_LENGTH);
  expect(() => region.getString('long')).toThrow(
    expect.objectContaining({ name: 'RangeError', code: 'too-large' }),
  );
  expect(() => region.getString('long')).toThrow(/view\(\)/);
  expect(region.view('long')?.length).toBe(constants.MAX_STRING_LENGTH + 1);
});

test('a string of more bytes than characters is measured in characters', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.adoptFile('long', 'string', sparseFile(rig, constants.MAX_STRING_LENGTH + 2, { 9: 'é' }));
  expect(() => region.getString('long')).toThrow(expect.objectContaining({ code: 'too-large' }));
  region.adoptFile('fits', 'string', sparseFile(rig, constants.MAX_STRING_LENGTH + 1, { 9: 'é' }));
  expect(region.getString('fits')?.[9]).toBe('é');
});

test('a view of 1 GiB costs no memory', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.adoptFile('k', 'bytes', sparseFile(rig, GIB, { [GIB - 4]: 'last' }));
  const child = runChild(
    `const region = otto.openRegion(directory);
     region.view('k', { offset: 0, length: 4096 });
     const before = process.memoryUsage().rss;
     const view = region.view('k');
     const grown = process.memoryUsage().rss - before;
     console.log(view.length, Buffer.from(view.subarray(-4)).toString(), grown < 2 ** 24);`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: `${GIB} last true\n` });
});

test('a value above 4 GiB is viewed in parts, and asked for as a whole throws with the limit', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const marks = { 0: 'first', [4 * GIB - 2]: 'over', [5 * GIB - 4]: 'last' };
  region.adoptFile('k', 'bytes', sparseFile(rig, 5 * GIB, marks));
  expect(region.entries()[0]?.bytes).toBe(5 * GIB);
  const part = (offset: number, length: number) =>
    Buffer.from(region.view('k', { offset, length }) ?? []).toString();
  expect([part(0, 5), part(4 * GIB - 2, 4), part(5 * GIB - 4, 4)]).toEqual(['first', 'over', 'last']);
  expect(() => region.view('k')).toThrow(expect.objectContaining({ name: 'RangeError', code: 'too-large' }));
  expect(() => region.view('k')).toThrow(/4 GiB/);
  expect(() => region.getBytes('k')).toThrow(/4 GiB/);
  expect(() => region.getString('k')).toThrow(/view\(\)/);
  expect(region.view('k', { offset: GIB, length: 4 * GIB })?.length).toBe(4 * GIB);
});

test.each([
  [{ offset: 0, length: 4097 }],
  [{ offset: 4097, length: 0 }],
  [{ offset: -1, length: 1 }],
  [{ offset: 0.5, length: 1 }],
  [{ offset: Number.MAX_SAFE_INTEGER, length: Number.MAX_SAFE_INTEGER }],
])('the range %o of a value of 4096 bytes is refused', (range) => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setBytes('k', Buffer.alloc(4096));
  expect(() => region.view('k', range)).toThrow(/cannot/);
  expect(region.view('k', { offset: 4096, length: 0 })?.length).toBe(0);
});

test('overwriting large values leaves one file for the newest, and earlier ones until the task ends', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (const fill of [1, 2, 3]) region.setBytes('k', Buffer.alloc(2 * MIB, fill));
  expect(region.getBytes('k')?.every((byte) => byte === 3)).toBe(true);
  rig.run.removeTask('a');
  expect(readdirSync(rig.run.directory)).toEqual(['.lock']);
});
