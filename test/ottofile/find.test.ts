import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findOttofile, namedOttofile, OTTOFILE_NAMES } from '../../src/ottofile/find.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'otto-find-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(...parts: string[]): string {
  const path = join(root, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'tasks: {}\n');
  return path;
}

test('of several names in one directory the first in the list wins', () => {
  for (const name of OTTOFILE_NAMES.toReversed()) {
    const path = write(name);
    expect(findOttofile(root)).toEqual({ ok: true, value: path });
  }
});

test('a nearer directory wins over a better name further up', () => {
  write('otto.yml');
  const near = write('sub', 'OTTOFILE');
  mkdirSync(join(root, 'sub/deep'));
  expect(findOttofile(join(root, 'sub/deep'))).toEqual({ ok: true, value: near });
});

test('a directory called like an ottofile is none', () => {
  mkdirSync(join(root, 'otto.yml'));
  const path = write('Ottofile');
  expect(findOttofile(root)).toEqual({ ok: true, value: path });
});

test('a link that leads nowhere is passed over', () => {
  symlinkSync('nowhere', join(root, 'otto.yml'));
  const path = write('otto.yaml');
  expect(findOttofile(root)).toEqual({ ok: true, value: path });
});

test('a directory that is named by a link is where it leads', () => {
  const path = write('project', 'otto.yml');
  symlinkSync('project', join(root, 'link'));
  symlinkSync('project/otto.yml', join(root, 'linked.yml'));
  expect(namedOttofile(join(root, 'link'))).toEqual({ ok: true, value: path });
  expect(namedOttofile(join(root, 'link/otto.yml'))).toEqual({ ok: true, value: path });
  expect(namedOttofile(join(root, 'linked.yml'))).toEqual({ ok: true, value: join(root, 'linked.yml') });
});

test('a file may be named, or a directory that holds one, without looking further up', () => {
  const path = write('otto.yml');
  const other = write('sub', 'build.yml');
  expect(namedOttofile(other)).toEqual({ ok: true, value: other });
  expect(namedOttofile(root)).toEqual({ ok: true, value: path });
  expect(namedOttofile(join(root, 'sub'))).toEqual({
    ok: false,
    error: { start: join(root, 'sub'), named: true },
  });
  expect(namedOttofile(join(root, 'none'))).toEqual({
    ok: false,
    error: { start: join(root, 'none'), named: true },
  });
});
