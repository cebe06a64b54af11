import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { DeadRunProcesses } from '../../src/history/dead-run-processes.ts';
import { endProcesses } from '../../src/run/cancel.ts';
import { Hurry } from '../../src/run/hurry.ts';
import { type ProcessEntry, type ProcessTable, procTable } from '../../src/run/process-table.ts';
import { isAlive } from '../run/rig.ts';

const entry = (pid: number, changes: Partial<ProcessEntry> = {}): ProcessEntry => ({
  ...{ pid, parent: 1, group: pid, session: pid, started: `s${pid}`, ageMs: 0, zombie: false },
  ...changes,
});

function tableOf(
  entries: readonly ProcessEntry[],
  environments: Readonly<Record<number, string>>,
): ProcessTable {
  return {
    resolutionMs: 10,
    snapshot: () => [...entries],
    read: (pid) => entries.find((one) => one.pid === pid) ?? null,
    environment: (pid) => (environments[pid] === undefined ? null : Buffer.from(environments[pid])),
    newestPid: () => null,
  };
}

const RUN = {
  directory: '/home/p/run',
  isLive: (path: string) => path === '/home/p/live',
  isReachable: () => true,
};

describe('of a dead run are', () => {
  const environments = {
    900: 'OTTO_RUN_DIR=/home/p/run\0',
    901: 'A=\0OTTO_RUN_DIR=/home/p/run2\0',
    902: 'OTTO_RUN_DIR=/home/p/live\0OTTO_OUTER_TASKS=\n/home/p/run/tasks/a\n\0',
    903: 'OTTO_RUN_DIR=/home/p/gone\0OTTO_OUTER_TASKS=\n/home/p/run/tasks/a\n\0',
    904: 'X=\nOTTO_RUN_DIR=/home/p/run\0',
    [process.pid]: 'OTTO_RUN_DIR=/home/p/run\0',
    [process.ppid]: 'OTTO_RUN_DIR=/home/p/run\0',
  };
  const entries = [
    ...Object.keys(environments).map((pid) => entry(Number(pid))),
    entry(905, { parent: 900 }),
    entry(906, { zombie: true }),
  ].map((one) => (one.pid === process.pid ? { ...one, parent: process.ppid } : one));

  test('what its environment names, without a live run between, and what they have started; never otto or its parents', () => {
    const processes = new DeadRunProcesses(tableOf(entries, environments), RUN);
    expect(
      processes
        .members()
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual([900, 903, 905]);
  });

  test('none that are another user’s or in another container', () => {
    const processes = new DeadRunProcesses(tableOf(entries, environments), {
      ...RUN,
      isReachable: () => false,
    });
    expect(processes.members()).toEqual([]);
  });
});

test('a pid that was given out again between the look and the signal is not signalled', async () => {
  const bystander = spawn('sleep', ['1000']);
  const pid = bystander.pid ?? 0;
  let looks = 0;
  const table: ProcessTable = {
    ...tableOf([], { [pid]: 'OTTO_RUN_DIR=/home/p/run\0' }),
    snapshot: () => (looks++ === 0 ? [entry(pid, { started: 'long ago' })] : []),
    read: (wanted) => procTable().read(wanted),
  };
  const hurry = new Hurry();
  hurry.begin();
  await endProcesses(new DeadRunProcesses(table, RUN), { graceMs: 0, hurry });
  expect(looks).toBeGreaterThan(1);
  expect(isAlive(pid)).toBe(true);
  bystander.kill('SIGKILL');
  await once(bystander, 'exit');
});
