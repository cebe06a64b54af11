import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVERY_RUN } from '../../src/history/index-store.ts';
import { MemoryIndex } from '../../src/history/memory-index.ts';
import { withIndex } from '../../src/history/open-index.ts';
import { queryRuns, refreshIndex } from '../../src/history/refresh.ts';
import { runPath } from '../../src/history/state-tree.ts';
import { systemProcessTable } from '../../src/run/process-table.ts';
import { sqlite } from './database.ts';
import { killed, live, makeHome, readRun, writeRun } from './rig.ts';

const driver = await sqlite();
const EVERY = { ...EVERY_RUN, limit: 100 };

/** What `otto history` shows, with SQLite and without: always the same. */
function list(home: string) {
  const seen = withIndex({ home, driver, timeoutMs: 1000 }, (index) => {
    const { live: going, problems } = refreshIndex(home, index);
    return { runs: queryRuns(index, going, EVERY), indexed: index.places().length, problems };
  }).value;
  const scan = new MemoryIndex();
  const summary = ({ run, result }: { run: string; result: string }) => ({ run, result });
  expect(queryRuns(scan, refreshIndex(home, scan).live, EVERY).map(summary)).toEqual(seen.runs.map(summary));
  return { ...seen, runs: seen.runs.map(({ run, result }) => [run, result]) };
}

test('runs that were recorded without the index are taken in', () => {
  const home = makeHome();
  const [first, second] = [writeRun(home), writeRun(home, { json: { result: 'failed' } })];
  expect(list(home)).toMatchObject({
    indexed: 2,
    runs: [
      [second.run, 'failed'],
      [first.run, 'succeeded'],
    ],
  });
});

test('a run whose directory is gone is forgotten', () => {
  const home = makeHome();
  const [first, second] = [writeRun(home), writeRun(home)];
  expect(list(home).indexed).toBe(2);
  rmSync(runPath(home, first), { recursive: true });
  expect(list(home)).toMatchObject({ indexed: 1, runs: [[second.run, 'succeeded']] });
});

test('a run that goes on is shown, and in the index only when it has ended', () => {
  const home = makeHome();
  const at = new Date('2026-11-21T10:00:00Z');
  const { run } = writeRun(home, { at, json: live() });
  expect(list(home)).toMatchObject({ indexed: 0, runs: [[run, 'running']] });
  writeRun(home, { at });
  expect(list(home)).toMatchObject({ indexed: 1, runs: [[run, 'succeeded']] });
});

test('a run whose process is gone is interrupted, also when its pid is in use again', () => {
  const home = makeHome();
  const { run } = writeRun(home, { json: killed() });
  expect(list(home)).toMatchObject({ indexed: 1, runs: [[run, 'interrupted']] });
});

async function startProcess(): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return { child, pid: child.pid as number };
}

test('a run is live exactly as long as its process', async () => {
  const home = makeHome();
  const { child, pid } = await startProcess();
  const started = systemProcessTable().read(pid)?.started ?? null;
  const place = writeRun(home, { json: { ...live(), process: { pid, startTicks: started } } });
  expect(readRun(home, place).result).toBe('running');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readRun(home, place).result).toBe('interrupted');
});

test('where start times are not recorded, a process that began after the run is not the run', async () => {
  const home = makeHome();
  const { child, pid } = await startProcess();
  const ids = { pid, startTicks: null };
  const before = writeRun(home, { at: new Date(Date.now() - 60_000), json: { ...live(), process: ids } });
  const since = writeRun(home, { at: new Date(), json: { ...live(), process: ids } });
  expect(readRun(home, before).result).toBe('interrupted');
  expect(readRun(home, since).result).toBe('running');
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('run records of a newer otto and broken ones are named, the others are shown', () => {
  const home = makeHome();
  const good = writeRun(home);
  const newer = writeRun(home, { json: { version: 3 as 1 } });
  const broken = [writeRun(home), writeRun(home), writeRun(home)];
  for (const [n, text] of ['{"version": 1', 'null', '{"version":1,"startedAt":"soon"}'].entries()) {
    writeFileSync(join(runPath(home, broken[n] ?? good), 'run.json'), text);
  }
  const { runs, problems } = list(home);
  expect(runs).toEqual([[good.run, 'succeeded']]);
  const path = join(runPath(home, newer), 'run.json');
  expect(problems).toContainEqual({ kind: 'newer-version', path, found: 3, known: 2 });
  expect(problems.map((problem) => problem.kind)).toEqual(['newer-version', 'io', 'io', 'io']);
});

test('a run that is only just beginning, and things that are not runs, are passed over', () => {
  const home = makeHome();
  const { folder, run } = writeRun(home);
  for (const name of ['2026-11-23T10-00-00.000Z', '.removing-2026-11-23T10-00-00.000Z', 'notes'])
    mkdirSync(join(home, folder, name));
  mkdirSync(join(home, 'something', '2026-11-23T10-00-00.000Z'), { recursive: true });
  expect(list(home)).toMatchObject({ runs: [[run, 'succeeded']], problems: [] });
});

test('a home that does not exist has no runs', () => {
  const home = join(makeHome(), 'missing');
  expect(refreshIndex(home, new MemoryIndex())).toEqual({ live: [], problems: [] });
});
