import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/**
 * How many bytes of memory this process's control groups still allow: the least over the process's group and the groups around
 * it, as far as they can be seen from here. Null where no group has a limit, and where there are no control groups.
 *
 * Page cache that the kernel can drop at once (`inactive_file`) does not count as used.
 *
 * Source: the kernel's Documentation/admin-guide/cgroup-v2.rst (memory.max, memory.current, memory.stat) and
 * cgroup-v1/memory.rst (memory.limit_in_bytes, memory.usage_in_bytes).
 */
export function cgroupHeadroom(read: ReadText = readText): number | null {
  const groups = memoryGroups(read('/proc/self/cgroup') ?? '', read('/proc/self/mountinfo') ?? '');
  const rooms = groups.flatMap((group) => headroomOf(group, read) ?? []);
  return rooms.length === 0 ? null : Math.min(...rooms);
}

/** The content of a file; null when it cannot be read. */
export type ReadText = (path: string) => string | null;

/** A control group's directory. */
export interface MemoryGroup {
  readonly version: 1 | 2;
  readonly directory: string;
}

/** The group of a process, by /proc/<pid>/cgroup and /proc/<pid>/mountinfo, and those around it, innermost first. */
export function memoryGroups(cgroup: string, mountinfo: string): MemoryGroup[] {
  const groups: MemoryGroup[] = [];
  for (const line of cgroup.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    const version = id === '0' && controllers === '' ? 2 : 1;
    if (path === undefined || (version === 1 && !controllers?.split(',').includes('memory'))) continue;
    const mount = findMount(mountinfo, version);
    if (mount !== null) for (const directory of upTo(mount, path)) groups.push({ version, directory });
  }
  return groups;
}

interface Mount {
  /** The group that the mount point shows: not always the root, inside a container. */
  readonly root: string;
  readonly point: string;
}

function findMount(mountinfo: string, version: 1 | 2): Mount | null {
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (root === undefined || point === undefined) continue;
    if (version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes('memory'))
      return { root: unescaped(root), point: unescaped(point) };
  }
  return null;
}

/** mountinfo writes blanks as octal numbers. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function upTo({ root, point }: Mount, path: string): string[] {
  const below = posix.relative(root, path);
  const inside = below.startsWith('..') ? '' : below;
  const directories: string[] = [];
  for (let at = posix.join(point, inside); ; at = posix.dirname(at)) {
    directories.push(at);
    if (at === point || at === '/') return directories;
  }
}

const FILES = {
  1: { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  2: { limit: 'memory.max', usage: 'memory.current', inactive: 'inactive_file' },
} as const;

/** Version 1 writes "no limit" as a number close to 2^63. */
const NO_LIMIT_BYTES = 2 ** 60;

function headroomOf({ version, directory }: MemoryGroup, read: ReadText): number | null {
  const names = FILES[version];
  const number = (name: string): number => Number.parseInt(read(posix.join(directory, name)) ?? '', 10);
  const limit = number(names.limit);
  if (Number.isNaN(limit) || limit >= NO_LIMIT_BYTES) return null;
  const stat = read(posix.join(directory, 'memory.stat')) ?? '';
  const inactive = Number(new RegExp(`^${names.inactive} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  const used = Math.max(0, (number(names.usage) || 0) - inactive);
  return Math.max(0, limit - used);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
