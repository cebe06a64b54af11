import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Machine } from './result.ts';

/** What the numbers depend on, and nothing that tells whose machine it is. */
export function describeMachine(directory: string): Machine {
  const bash = spawnSync('bash', ['-c', 'printf %s "$BASH_VERSION"'], { encoding: 'utf8' });
  return {
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    bash: bash.stdout ?? '',
    fileSystem: fileSystemOf(directory),
  };
}

/** Type of the mount that holds the directory: of the longest mount point that it begins with, the last one mounted. */
function fileSystemOf(directory: string): string {
  const holds = (point: string) => point === '/' || `${directory}/`.startsWith(`${point}/`);
  let found = { point: '', type: 'unknown' };
  for (const line of mounts()) {
    const [, escaped = '', type = ''] = line.split(' ');
    const point = escaped.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (holds(point) && point.length >= found.point.length) found = { point, type };
  }
  return found.type;
}

function mounts(): string[] {
  try {
    return readFileSync('/proc/mounts', 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
