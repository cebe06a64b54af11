import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/data/installation.ts';
import { regionRig } from '../support/region-rig.ts';

const CLIENTS = join(packageRoot, 'dist/clients/python');

/** A sealed region with values of every kind; a gigabyte is not needed for a value file. */
function filledRegion(): string {
  const rig = regionRig();
  const region = rig.createTask('task');
  region.setString('text', 'é\n');
  region.setBytes('bytes', Buffer.from([0, 255]));
  region.setJson('json', '[1,{"a":1.0}]');
  region.setBytes('large', Buffer.alloc(1_100_000, 7));
  region.setString('overwritten', 'old');
  region.setString('overwritten', 'new');
  region.setString('deleted', 'x');
  region.delete('deleted');
  for (let i = 0; i < 200; i++) region.setNumber(`number ${i}`, i);
  region.seal();
  region.close();
  return rig.directoryOf('task');
}

function read(directory: string): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const program =
    'import sys; sys.path.insert(0, sys.argv[1]); import otto\n' +
    'found = otto._Region(sys.argv[2]).entries()\n' +
    'print([(k, v.kind, v.nbytes, v.read()[:4]) for k, v in found.items()][:5], len(found))\n';
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program, CLIENTS, directory], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('Python reads from the document alone what the core has written', () => {
  expect(read(filledRegion())).toEqual({
    status: 0,
    stdout:
      "[('text', 'string', 3, b'\\xc3\\xa9\\n'), ('bytes', 'bytes', 2, b'\\x00\\xff'), ('json', 'json', 13, b'[1,{'), " +
      "('large', 'bytes', 1100000, b'\\x07\\x07\\x07\\x07'), ('overwritten', 'string', 3, b'new')] 205\n",
    stderr: '',
  });
});

function overwrite(directory: string, at: number, data: readonly number[]): void {
  const fd = openSync(join(directory, 'region'), 'r+');
  writeSync(fd, Buffer.from(data), 0, data.length, at);
  closeSync(fd);
}

const DAMAGES: readonly (readonly [string, (directory: string) => void, string])[] = [
  ['another magic', (d) => overwrite(d, 0, [88]), 'does not begin with OTTOMAP'],
  ['another major version', (d) => overwrite(d, 8, [2]), 'has format 2'],
  ['an unknown reader feature', (d) => overwrite(d, 16, [2]), 'features 0x2'],
  ['another node size', (d) => overwrite(d, 44, [5]), 'node_bits is 5'],
  [
    'a slot that leads beyond the end',
    (d) => overwrite(d, 4096, [0, 0, 0, 0, 1, 0, 0, 0]),
    'slot 0x100000000',
  ],
  [
    'a slot of another segment',
    (d) => overwrite(d, 4096, [0, 144, 0, 0, 0, 0, 0, 2]),
    'slot 0x200000000009000',
  ],
  [
    'a slot into a spill directory that is not there',
    (d) => overwrite(d, 4096, [64, 0, 0, 0, 0, 0, 0, 1]),
    'leads to a spill directory',
  ],
  ['a slot into the header', (d) => overwrite(d, 4096, [64, 0, 0, 0, 0, 0, 0, 0]), 'slot 0x40'],
  ['a file cut short', (d) => truncateSync(join(d, 'region'), 4096), 'only 4096 bytes'],
  ['an empty file', (d) => truncateSync(join(d, 'region'), 0), 'only 0 bytes'],
  ['a value file cut short', (d) => truncateSync(join(d, '1.value'), 5), '1.value has 5 bytes, not 1100000'],
  ['a value file that is gone', (d) => rmSync(join(d, '1.value')), 'No such file'],
  ['a region open to others', (d) => chmodSync(join(d, 'region'), 0o644), 'open to others'],
  ['a directory open to others', (d) => chmodSync(d, 0o755), 'open to others'],
  ['a second name of the region', (d) => linkSync(join(d, 'region'), join(d, 'other')), 'not a plain file'],
  [
    'a link in place of the region',
    (d) => {
      renameSync(join(d, 'region'), join(d, 'real'));
      symlinkSync('real', join(d, 'region'));
    },
    'symbolic links',
  ],
];

test.each(DAMAGES)('Python refuses %s', (_, damage, message) => {
  const directory = filledRegion();
  damage(directory);
  const { status, stderr } = read(directory);
  expect(stderr).toContain(message);
  expect(stderr).toContain(directory);
  expect(status).toBe(1);
});
