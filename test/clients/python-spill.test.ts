import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clientsDirectory } from '../../src/data/installation.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { temporaryDirectory } from '../support/python-project.ts';

/** What Python prints that sets and reads values of a task whose run may take so many bytes of shared memory. */
function run(
  budgetBytes: number,
  lines: string,
): { readonly printed: string; readonly onDisk: readonly string[] } {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'otto-spill-'));
  const spillRoot = join(temporaryDirectory('spill'), 'disk');
  const shmRun = loadNative().createRun('run-1', { root, spillRoot, budgetBytes });
  onTestFinished(() => {
    shmRun.remove();
    rmSync(root, { recursive: true, force: true });
  });
  for (const task of ['source', 'task']) shmRun.createTask(task, []).close();
  const program = `import otto, sys\nrun = otto.attach(sys.argv[1])\nsource, values = run["source"], run["task"]\n${lines}`;
  const { stdout, stderr } = spawnSync('python3', ['-c', program, shmRun.directory], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: join(clientsDirectory(), 'python') },
  });
  expect(stderr).toBe('');
  return { printed: stdout, onDisk: readdirSync(join(spillRoot, 'run-1', 'task')).sort() };
}

test('what shared memory has no room for goes to disk, and is read from there', () => {
  const { printed, onDisk } = run(
    200_000,
    `
expected = {"k%d" % i: "%d " % i * 300 for i in range(2000)}
expected["large"] = b"L" * 3_000_000
expected["after"] = [1]
for key, value in expected.items():
    values[key] = value
values["k0"] = expected["k0"] = "new"
del values["k1"], expected["k1"]
assert dict(values) == expected and list(values) == list(expected)
view = values.view("large")
assert view == expected["large"] and otto.attach(values.path)["k1999"] == expected["k1999"]
print(len(values))
`,
  );
  expect(printed).toBe('2001\n');
  expect(onDisk).toContain('region.1');
  expect(onDisk.filter((name) => name.endsWith('.value'))).toHaveLength(1);
});

test('a view of a value on disk is passed on, by whatever way there is', () => {
  const { printed } = run(
    4_000_000,
    `
source["in memory"] = b"m" * 3_000_000
source["on disk"] = b"d" * 3_000_000
for key in ("in memory", "on disk"):
    values[key] = source.view(key)
    assert values[key] == source[key]
print(list(values))
`,
  );
  expect(printed).toBe("['in memory', 'on disk']\n");
});
