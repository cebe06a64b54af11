import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { cgroupHeadroom } from './cgroup-memory.ts';

/** How much of shared memory a run's values may take, and what sets the limit. */
export interface MemoryLimit {
  readonly by: 'otto.memory' | 'shared memory' | 'control group' | 'memory';
  readonly bytes: number;
}

/** What a run finds when it starts; null: there is no such limit, or it cannot be told. */
export interface MemoryFacts {
  /** `memory` of the ottofile. */
  readonly setting: number | null;
  /** Free in the file system that shared memory is. */
  readonly fileSystem: number | null;
  /** What control groups still allow this process. */
  readonly controlGroup: number | null;
  /** Memory that the system can give without swapping. */
  readonly available: number | null;
}

/**
 * The least of all limits. Of what the control group and the system still have, values may take half: the tasks themselves need
 * memory as well, and what runs out of it is killed.
 */
export function memoryLimit(facts: MemoryFacts): MemoryLimit {
  const limits: MemoryLimit[] = [
    { by: 'otto.memory', bytes: facts.setting ?? Number.POSITIVE_INFINITY },
    { by: 'shared memory', bytes: facts.fileSystem ?? Number.POSITIVE_INFINITY },
    { by: 'control group', bytes: half(facts.controlGroup) },
    { by: 'memory', bytes: half(facts.available) },
  ];
  return limits.reduce((least, limit) => (limit.bytes < least.bytes ? limit : least));
}

const half = (bytes: number | null): number =>
  bytes === null ? Number.POSITIVE_INFINITY : Math.floor(bytes / 2);

/** The facts of this process and moment. `root`: where shared memory is. */
export function memoryFacts(setting: number | null, root = '/dev/shm'): MemoryFacts {
  return { setting, fileSystem: freeBytes(root), controlGroup: cgroupHeadroom(), available: freemem() };
}

/** Null where there is no such file system: nothing can be made there anyway. */
function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
