import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cgroupHeadroom, memoryGroups } from '../../src/data/cgroup-memory.ts';
import { memoryFacts, memoryLimit } from '../../src/data/memory-limit.ts';

const NONE = { setting: null, fileSystem: null, controlGroup: null, available: null };

describe('the limit', () => {
  test('is the least of all there are', () => {
    const facts = { setting: 10, fileSystem: 20, controlGroup: 30, available: 40 };
    expect(memoryLimit(facts)).toEqual({ by: 'otto.memory', bytes: 10 });
    expect(memoryLimit({ ...facts, setting: null })).toEqual({ by: 'control group', bytes: 15 });
    expect(memoryLimit({ ...facts, setting: null, controlGroup: null })).toEqual({
      by: 'shared memory',
      bytes: 20,
    });
    expect(memoryLimit({ ...NONE, available: 41 })).toEqual({ by: 'memory', bytes: 20 });
  });

  test('is none when nothing can be told', () => {
    expect(memoryLimit(NONE).bytes).toBe(Number.POSITIVE_INFINITY);
  });

  test('takes what this machine says', () => {
    const { fileSystem, available } = memoryFacts(null);
    const free = Number(
      spawnSync('df', ['-B1', '--output=avail', '/dev/shm'], { encoding: 'utf8' }).stdout.split('\n')[1],
    );
    expect(Math.abs((fileSystem ?? 0) - free)).toBeLessThan(2 ** 28);
    expect(available).toBeGreaterThan(0);
    expect(memoryFacts(5, '/does/not/exist')).toMatchObject({ setting: 5, fileSystem: null });
  });
});

describe('control groups', () => {
  const V1 = [
    '30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
    '31 25 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory',
  ].join('\n');
  const V2 = '35 25 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';

  test('of version 2: the own one and all around it', () => {
    expect(memoryGroups('0::/user.slice/a.scope\n', V2)).toEqual([
      { version: 2, directory: '/sys/fs/cgroup/user.slice/a.scope' },
      { version: 2, directory: '/sys/fs/cgroup/user.slice' },
      { version: 2, directory: '/sys/fs/cgroup' },
    ]);
  });

  test('of version 1: those of the memory controller', () => {
    expect(memoryGroups('7:cpu:/x\n4:memory:/box\n0::/\n', V1)).toEqual([
      { version: 1, directory: '/sys/fs/cgroup/memory/box' },
      { version: 1, directory: '/sys/fs/cgroup/memory' },
    ]);
  });

  test('in a container, whose mount shows its own group only', () => {
    const mount = '31 25 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    expect(memoryGroups('4:memory:/docker/abc\n', mount)).toEqual([
      { version: 1, directory: '/sys/fs/cgroup/memory' },
    ]);
    expect(memoryGroups('4:memory:/elsewhere\n', mount)).toEqual([
      { version: 1, directory: '/sys/fs/cgroup/memory' },
    ]);
  });

  test('whose mount point has a blank, and lines of another kind', () => {
    const mount = '31 25 0:27 / /sys/my\\040groups ro - cgroup2 cgroup2 rw\n\nnonsense';
    expect(memoryGroups('nonsense\n\n0::/\n', mount)).toEqual([{ version: 2, directory: '/sys/my groups' }]);
  });

  const files =
    (content: Readonly<Record<string, string>>) =>
    (path: string): string | null =>
      content[path] ?? null;

  test('leave the least of what each allows, without counting cache that can be dropped', () => {
    const read = files({
      '/proc/self/cgroup': '0::/a/b\n',
      '/proc/self/mountinfo': '1 2 0:3 / /g rw - cgroup2 c rw\n',
      '/g/a/b/memory.max': 'max\n',
      '/g/a/memory.max': '1000\n',
      '/g/a/memory.current': '700\n',
      '/g/a/memory.stat': 'anon 100\ninactive_file 300\nactive_file 5\n',
      '/g/memory.max': '5000\n',
      '/g/memory.current': '100\n',
    });
    expect(cgroupHeadroom(read)).toBe(600);
  });

  test('leave nothing when more is used than allowed, and no limit when there is none', () => {
    const place = {
      '/proc/self/cgroup': '1:memory:/\n',
      '/proc/self/mountinfo': '1 2 0:3 / /g rw - cgroup c rw,memory\n',
    };
    const limit = (bytes: string) =>
      files({ ...place, '/g/memory.limit_in_bytes': bytes, '/g/memory.usage_in_bytes': '900' });
    expect(cgroupHeadroom(limit('500'))).toBe(0);
    expect(cgroupHeadroom(limit('9223372036854771712'))).toBeNull();
    expect(cgroupHeadroom(() => null)).toBeNull();
  });

  test('a real one, where this process may make one', () => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const [group] = memoryGroups(readFileSync('/proc/self/cgroup', 'utf8'), mounts).slice(-1);
    const made = group === undefined ? null : makeGroup(group.directory, group.version);
    // Where none can be made there is nothing to measure: then the limits seen must be those of the machine itself.
    if (made === null)
      return expect(cgroupHeadroom()).toSatisfy((room: unknown) => room === null || Number(room) >= 0);
    const read = (path: string): string | null => {
      if (path === '/proc/self/cgroup') return `${group?.version === 2 ? '0:' : '1:memory'}:/${made.name}\n`;
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    };
    const room = cgroupHeadroom(read) ?? 0;
    rmdirSync(made.directory);
    expect(room).toBeGreaterThan(90e6);
    expect(room).toBeLessThanOrEqual(100 * 2 ** 20);
  });
});

function makeGroup(
  parent: string,
  version: 1 | 2,
): { readonly name: string; readonly directory: string } | null {
  const name = `otto-test-${process.pid}`;
  const directory = join(parent, name);
  try {
    mkdirSync(directory);
    writeFileSync(
      join(directory, version === 2 ? 'memory.max' : 'memory.limit_in_bytes'),
      String(100 * 2 ** 20),
    );
    return { name, directory };
  } catch {
    return null;
  }
}
