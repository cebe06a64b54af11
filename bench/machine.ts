import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os';
import { packageRoot } from '../src/data/installation.ts';

/** What the numbers depend on, by name, in the order in which it is shown. */
export function describeMachine(): Record<string, string> {
  return {
    CPU: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(availableParallelism()),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    virtual: isVirtual() ? 'yes' : 'no',
    kernel: `${type()} ${release()}`,
    '/dev/shm': fileSystemOf('/dev/shm'),
    'temporary directory': fileSystemOf(tmpdir()),
    Node: process.version,
    bash: firstLine(['bash', '--version']).replace(/^.*version (\S+?)\(.*$/, '$1'),
    Python: firstLine(['python3', '--version']).replace('Python ', ''),
  };
}

export function describeCommit(): string {
  const commit = firstLine(['git', '-C', packageRoot, 'rev-parse', '--short=10', 'HEAD']);
  const changed = firstLine([
    'git',
    '-C',
    packageRoot,
    'status',
    '--porcelain',
    '--untracked-files=no',
    'src',
    'native',
  ]);
  return commit === '' ? 'unknown' : `${commit}${changed === '' ? '' : '+'}`;
}

function firstLine([program = '', ...args]: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: 'utf8' });
  return result.status === 0 ? (result.stdout.split('\n')[0] ?? '').trim() : '';
}

const isVirtual = (): boolean => /^flags\b.*\bhypervisor\b/m.test(readText('/proc/cpuinfo'));

/** Type and options of the mount that holds `path`: the longest mount point that is a prefix of it. */
function fileSystemOf(path: string): string {
  const mounts = readText('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '-']) => path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`))
    .sort(([, a = ''], [, b = '']) => b.length - a.length);
  return mounts[0]?.[2] ?? 'unknown';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
