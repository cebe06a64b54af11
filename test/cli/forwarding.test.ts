import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from './project.ts';

const MEBIBYTES = 20;
const OTTOFILE = `
tasks:
  make:
    bash: head -c ${MEBIBYTES}M /dev/urandom | otto.set data -
  python:
    before: [make]
    python: |
      view = INPUT.view("make.data")
      OUTPUT["data"] = view
      OUTPUT["twice"] = view
      OUTPUT["part"] = view[1:]
  node:
    before: [python]
    node: |
      const view = INPUT.view('python.data')
      OUTPUT.data = view
      OUTPUT.part = view.subarray(1)
`;

test('a large value that is forwarded unchanged stays one file; a part of it is copied', () => {
  using dir = project(OTTOFILE);
  const { code, stderr } = dir.otto(['run', 'node']);
  expect(stderr).toContain('3 tasks succeeded');
  expect(code).toBe(0);
  const [folder = ''] = readdirSync(dir.home).filter((name) => name !== 'otto.db');
  const tasks = join(dir.home, folder, 'latest', 'tasks');
  const value = (name: string): string => join(tasks, name);
  const inode = (name: string): number => statSync(value(name)).ino;
  const whole = ['make/values/1', 'python/values/1', 'python/values/2', 'node/values/1'];
  expect(new Set(whole.map(inode)).size).toBe(1);
  const bytes = readFileSync(value('make/values/1'));
  expect(bytes.length).toBe(MEBIBYTES * 1024 * 1024);
  for (const part of ['python/values/3', 'node/values/2'])
    expect(bytes.subarray(1).equals(readFileSync(value(part)))).toBe(true);
  const hashes = [
    ...readFileSync(value('python/output.python.json'), 'utf8').matchAll(/"xxh128":"(\w+)"/g),
  ].map(([, hash]) => hash);
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[2]).not.toBe(hashes[0]);
  const made = readFileSync(value('make/output.make.json'), 'utf8');
  expect(made).toContain(`"xxh128":"${hashes[0]}"`);
});
