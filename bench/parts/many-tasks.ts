import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commandLine } from '../otto.ts';
import type { Check } from '../result.ts';
import { freshDirectory, type Setting } from '../setting.ts';
import { writeWorkspace } from './tasks-workspace.ts';

const AT_MOST = 400 * 2 ** 20;

/** The most memory that otto itself has at once (its resident set, as the kernel counts it) in a run of many tasks. */
export function memoryOfManyTasks(setting: Setting): Check[] {
  const count = setting.quick ? 100 : 10_000;
  const directory = freshDirectory(join(setting.disk, 'memory-of-many'));
  writeWorkspace({ directory, job: 'wide', count });
  const what = `memory of otto in a run of ${count} independent no-op tasks`;
  return [{ what, bytes: peakBytes(directory, join(setting.disk, 'home')), atMostBytes: AT_MOST }];
}

/** A parent that asks the kernel for the peak of its child, which is all that it has started. */
const MEASURE = `
import os, resource, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
if status: sys.exit("otto ended with status %d" % status)
print(usage.ru_maxrss * 1024)
`;

/** The peak that `wait4` gives is of the process itself or of a child that it has waited for: a bash is far below it. */
function peakBytes(directory: string, home: string): number {
  const words = [process.execPath, commandLine, 'run', '-q', '-j', '2', 'all'];
  const result = spawnSync('python3', ['-c', MEASURE, ...words], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, OTTO_HOME: home },
  });
  if (result.status !== 0) throw new Error(`no-op tasks: ${result.stderr}`);
  return Number(result.stdout);
}
