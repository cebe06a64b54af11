import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { addonPath, clientsDirectory } from '../../src/data/installation.ts';
import { regionRig } from '../support/region-rig.ts';

// The default of SIGXFSZ ends a process: a value must not do that to a program, only fail.
const SIZES = '900000, 3000000'; // in the region; in a file of its own

const NODE = `
  const target = { exports: {} };
  process.dlopen(target, process.env.ADDON);
  const task = target.exports.openRegion(process.env.DIR);
  for (const size of [${SIZES}]) {
    try { task.setBytes('k', Buffer.alloc(size)); } catch (error) { console.log(error.message); }
  }
  try { for (let i = 0; i < 3000; i++) task.setString('k' + i, 'v'.repeat(500)); } catch (error) { console.log(error.message); }
`;

const PYTHON = `
import os, otto
task = otto.attach(os.environ["RUN"])["task"]
for size in (${SIZES}):
    try:
        task["k"] = b"x" * size
    except Exception as error:
        print(error)
try:
    for i in range(3000):
        task["k%d" % i] = "v" * 500
except Exception as error:
    print(error)
`;

test.each([
  ['node', process.execPath, '-e', NODE],
  ['python', 'python3', '-c', PYTHON],
])('a limit on file sizes fails the sets of %s, and leaves the old values', (_, program, option, script) => {
  const rig = regionRig();
  const region = rig.createTask('task');
  region.setString('k', 'old');
  const { status, signal, stdout, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 200; exec "$@"', 'bash', program, option, script],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        ADDON: addonPath() ?? '',
        DIR: rig.directoryOf('task'),
        RUN: dirname(rig.directoryOf('task')),
        PYTHONPATH: join(clientsDirectory(), 'python'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    },
  );
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(3);
  expect(stdout.match(/ulimit -f|[Ff]ile too large|EFBIG/g)).toHaveLength(3);
  expect(region.getString('k')).toBe('old');
});
