import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { endProcesses } from '../../src/run/cancel.ts';
import { Hurry } from '../../src/run/hurry.ts';
import {
  type ProcessEntry,
  type ProcessTable,
  parsePsLine,
  parseStat,
  procTable,
  psTable,
} from '../../src/run/process-table.ts';
import { ProcessTrees } from '../../src/run/process-tree.ts';
import { isAlive, task } from './rig.ts';

describe('/proc/PID/stat', () => {
  test('is read from behind the name, which may hold anything', () => {
    const fields = ['S', 10, 20, 30, ...Array(15).fill(0), 500, 0].join(' ');
    expect(parseStat(`42 (a) b) (c d) ${fields}`, 6_000)).toEqual({
      pid: 42,
      parent: 10,
      group: 20,
      session: 30,
      started: '500',
      ageMs: 1_000,
      zombie: false,
    });
  });

  test('that is cut short tells nothing', () => {
    expect(parseStat('', 0)).toBeNull();
    expect(parseStat('42 (bash) S 1 2', 0)).toBeNull();
  });
});

test('a line of ps is read', () => {
  const now = Date.parse('Mon Nov 23 05:00:10 2026');
  expect(parsePsLine('  42   1    40 Ss   Mon Nov 23 05:00:00 2026', now)).toEqual({
    pid: 42,
    parent: 1,
    group: 40,
    session: 0,
    started: 'Mon Nov 23 05:00:00 2026',
    ageMs: 10_000,
    zombie: false,
  });
  expect(parsePsLine('', now)).toBeNull();
});

describe.each([
  ['/proc', procTable()],
  ['ps', psTable()],
] as const)('the table from %s', (_, table) => {
  test('has this process, and knows it again', () => {
    const own = table.snapshot().find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ parent: process.ppid, zombie: false });
    expect(own?.ageMs).toBeGreaterThan(0);
    expect(own?.ageMs).toBeLessThan(process.uptime() * 1000 + 2_000);
    expect(table.read(process.pid)).toMatchObject({ started: own?.started });
  });

  test('has nothing about a pid that nobody has', () => {
    expect(table.read(2 ** 22 + 1)).toBeNull();
    expect(table.environment(2 ** 22 + 1)).toBeNull();
  });

  test('is enough to end a group of processes', async () => {
    const child = spawn('bash', ['-c', 'sleep 1000 & echo $!; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const trees = new ProcessTrees(table, '/no/such/run');
    trees.started(task('a'), child.pid ?? 0);
    expect(await endProcesses(trees, { graceMs: 100_000, hurry: new Hurry() })).toEqual([]);
    expect([child.pid ?? 0, Number(chunk)].filter(isAlive)).toEqual([]);
  });
});

const entry = (pid: number, changes: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  started: `s${pid}`,
  ageMs: 0,
  zombie: false,
  ...changes,
});

function tableOf(
  entries: readonly ProcessEntry[],
  environments: Readonly<Record<number, string>> = {},
): ProcessTable {
  return {
    resolutionMs: 10,
    snapshot: (wanted = () => true) => entries.filter(({ pid }) => wanted(pid)),
    read: (pid) => entries.find((one) => one.pid === pid) ?? null,
    environment: (pid) => (environments[pid] === undefined ? null : Buffer.from(environments[pid])),
    newestPid: () => null,
  };
}

const pids = (members: readonly ProcessEntry[]): number[] =>
  members.map(({ pid }) => pid).sort((a, b) => a - b);

describe('a process belongs to a task', () => {
  test('when it is in its session or group, or descends from one that is', () => {
    const table = tableOf([
      entry(100),
      entry(101, { session: 100 }),
      entry(102, { group: 100 }),
      entry(103, { parent: 101 }),
      entry(104, { parent: 103 }),
      entry(200),
      entry(201, { parent: 200 }),
    ]);
    const trees = new ProcessTrees(table, '/run');
    trees.started(task('a'), 100);
    expect(pids(trees.members())).toEqual([100, 101, 102, 103, 104]);
  });

  test('when its environment names the directory of the task, wherever in it, or as that of an outer task', () => {
    const environments = {
      1000: 'A=1\0OTTO_TASK_DIR=/run/tasks/b%2Fc\0OTTO_TASK=b/c\0',
      1001: 'OTTO_TASK_DIR=/run2/tasks/b\0',
      1002: 'OTTO_TASK_DIR=/inner/tasks/d\0OTTO_OUTER_TASKS=\n/x/tasks/y\n/run/tasks/b%2Fc\n\0',
      1003: 'X=OTTO_TASK_DIR=/run/tasks/b\nOTTO_TASK_DIR=/run/tasks/b\0',
    };
    const table = tableOf(
      Object.keys(environments).map((pid) => entry(Number(pid))),
      environments,
    );
    const trees = new ProcessTrees(table, '/run');
    trees.started(task('b/c'), 999);
    const members = trees.members();
    expect(pids(members)).toEqual([1000, 1002]);
    expect(members.map((member) => member.task)).toEqual(['b/c', 'b/c']);
    expect(trees.members((name) => name === 'd')).toEqual([]);
  });

  test('not when it only looks like it: dead, older than otto, or otto itself', () => {
    const mark = 'OTTO_TASK_DIR=/run/tasks/a\0';
    const table = tableOf([entry(100, { zombie: true }), entry(101, { ageMs: 1e12 }), entry(process.pid)], {
      100: mark,
      101: mark,
      [process.pid]: mark,
    });
    expect(new ProcessTrees(table, '/run').members()).toEqual([]);
  });

  test('not when the number of its group or session was given out again after the task', async () => {
    const reused = [entry(100), entry(101, { session: 100 }), entry(102, { group: 100 })];
    const trees = new ProcessTrees(tableOf(reused), '/run');
    trees.started(task('a'), 100);
    expect(trees.members()).toHaveLength(3);
    const fresh = new ProcessTrees(tableOf(reused), '/run');
    fresh.started(task('a'), 100);
    fresh.ended(100);
    const endMs = performance.now();
    await expect.poll(() => performance.now() - endMs).toBeGreaterThan(50);
    expect(fresh.members()).toEqual([]);
  });

  test('still, when its task has ended and it started before that', () => {
    const trees = new ProcessTrees(tableOf([entry(101, { session: 100, ageMs: 100 })]), '/run');
    trees.started(task('a'), 100);
    trees.ended(100);
    expect(pids(trees.members())).toEqual([101]);
  });

  test('still, when it was one before and has left every group', () => {
    let now = [entry(100), entry(101, { parent: 100 })];
    const trees = new ProcessTrees({ ...tableOf([]), snapshot: () => now }, '/run');
    trees.started(task('a'), 100);
    expect(trees.members()).toHaveLength(2);
    now = [entry(101), entry(102, { started: 'another' })];
    expect(pids(trees.members())).toEqual([101]);
  });
});

describe('at the end of a short run', () => {
  /** Pids that the table was asked for, of processes around this one. */
  const lookedAt = (newest: number | null): number[] => {
    const looked: number[] = [];
    const own = process.pid;
    const table: ProcessTable = {
      ...tableOf([]),
      snapshot: (wanted = () => true) => {
        looked.push(...[own - 1, own + 1, own + 5, own + 6].filter(wanted).map((pid) => pid - own));
        return [];
      },
      newestPid: () => newest,
    };
    const trees = new ProcessTrees(table, '/run');
    trees.started(task('a'), own + 1);
    trees.leftovers(1);
    return looked;
  };

  test('only what got its pid after otto is looked at', () => {
    expect(lookedAt(process.pid + 5)).toEqual([1, 5]);
  });

  test.each([
    ['have begun anew', process.pid - 1],
    ['are not told', null],
  ])('everything is looked at when pids %s', (_why, newest) => {
    expect(lookedAt(newest)).toEqual([-1, 1, 5, 6]);
  });
});

test('a pid that was given out again between the look and the signal is not signalled', async () => {
  const bystander = spawn('sleep', ['1000']);
  const pid = bystander.pid ?? 0;
  const real = procTable().read(pid);
  let looks = 0;
  const table: ProcessTable = {
    ...tableOf([]),
    // The process that was seen had this pid, but another start.
    snapshot: () => (looks++ === 0 ? [entry(pid, { started: 'long ago' })] : []),
    read: () => real,
  };
  const trees = new ProcessTrees(table, '/run');
  trees.started(task('a'), pid);
  const hurry = new Hurry();
  hurry.begin();
  await endProcesses(trees, { graceMs: 0, hurry });
  expect(isAlive(pid)).toBe(true);
  bystander.kill('SIGKILL');
  await once(bystander, 'exit');
});
