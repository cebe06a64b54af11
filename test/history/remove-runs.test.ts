import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesToFree, bytesToFreeEach } from '../../src/history/disk-usage.ts';
import { autoPrune, removableRuns } from '../../src/history/prune.ts';
import { removeLeftovers, removeRuns } from '../../src/history/remove-runs.ts';
import { KEEP_NOTHING } from '../../src/history/retention.ts';
import { listRuns, type RunPlace, runPath } from '../../src/history/state-tree.ts';
import { runTimestamp } from '../../src/run/run-directory.ts';
import { DAY_MS, FOLDER, killed, live, makeHome, pointLatest, writeRun } from './rig.ts';

const now = new Date();
const scope = (home: string, rule = KEEP_NOTHING) => ({ home, folder: FOLDER, rule, now });
const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
const names = (home: string): string[] => listRuns(home, FOLDER).map(({ run }) => run);
const latest = (home: string): string => readlinkSync(join(home, FOLDER, 'latest'));
const diskUsage = (path: string): number =>
  Number(execFileSync('du', ['-s', '-B1', path], { encoding: 'utf8' }).split('\t')[0]);

test('removing runs frees as many bytes as it says', () => {
  const home = makeHome();
  const place = writeRun(home);
  const values = join(runPath(home, place), 'tasks', 'build', 'values');
  mkdirSync(values);
  writeFileSync(join(values, '1'), Buffer.alloc(3_000_000, 'x'));
  linkSync(join(values, '1'), join(values, 'same'));
  writeFileSync(join(values, 'sparse'), '');
  truncateSync(join(values, 'sparse'), 1_000_000_000);
  symlinkSync('/', join(values, 'link'));
  const before = diskUsage(join(home, FOLDER));
  const { removed, problems } = removeRuns(home, [place]);
  expect(problems).toEqual([]);
  expect(removed[0]?.freedBytes).toBeGreaterThan(3_000_000);
  expect(removed[0]?.freedBytes).toBeLessThan(4_000_000);
  expect(before - diskUsage(join(home, FOLDER))).toBe(removed[0]?.freedBytes);
});

test('a file that has a name elsewhere is not counted as freed', () => {
  const home = makeHome();
  const place = writeRun(home);
  const path = runPath(home, place);
  const empty = bytesToFree(path);
  writeFileSync(join(home, 'kept'), Buffer.alloc(1_000_000));
  linkSync(join(home, 'kept'), join(path, 'kept'));
  expect(bytesToFree(path)).toBe(empty);
});

test('latest moves to the newest run that stays, and goes with the last one', () => {
  const home = makeHome();
  const [first, second, third] = [writeRun(home), writeRun(home), writeRun(home)];
  pointLatest(home, third);
  removeRuns(home, [first]);
  expect(latest(home)).toBe(third.run);
  removeRuns(home, [third]);
  expect(latest(home)).toBe(second.run);
  removeRuns(home, [second]);
  expect(readdirSync(join(home, FOLDER))).toEqual([]);
});

test('a run that another otto has removed meanwhile is no problem', () => {
  const home = makeHome();
  const place = writeRun(home);
  expect(removeRuns(home, [place]).removed).toHaveLength(1);
  expect(removeRuns(home, [place])).toEqual({ removed: [], problems: [] });
});

test('what a killed removal left is no run, and goes with the next one', () => {
  const home = makeHome();
  const { run } = writeRun(home);
  const left = join(home, FOLDER, '.removing-2026-01-01T00-00-00.000Z');
  mkdirSync(join(left, 'tasks'), { recursive: true });
  expect(names(home)).toEqual([run]);
  removeLeftovers(home, FOLDER);
  expect(existsSync(left)).toBe(false);
  expect(names(home)).toEqual([run]);
});

test('a live run is never removable, a killed one is', () => {
  const home = makeHome();
  writeRun(home, { at: daysAgo(4000), json: live() });
  const dead = writeRun(home, { at: daysAgo(3), json: killed() });
  expect(removableRuns(scope(home)).map(({ run }) => run)).toEqual([dead.run]);
});

test('a run that a newer otto recorded is left to it', () => {
  const home = makeHome();
  writeRun(home, { at: daysAgo(4000), json: { version: 3 as 1 } });
  expect(removableRuns(scope(home))).toEqual([]);
});

test('a run without run.json is beginning; after a day it has been killed', () => {
  const home = makeHome();
  const [young, old] = [runTimestamp(daysAgo(0.1)), runTimestamp(daysAgo(2))];
  for (const run of [young, old]) mkdirSync(join(home, FOLDER, run), { recursive: true });
  utimesSync(join(home, FOLDER, old), daysAgo(2), daysAgo(2));
  expect(removableRuns(scope(home)).map(({ run }) => run)).toEqual([old]);
});

test('failed runs stay as long as their own rule says', () => {
  const home = makeHome();
  const failed = writeRun(home, { at: daysAgo(40), json: { result: 'failed' } });
  const good = writeRun(home, { at: daysAgo(39) });
  const rule = { keepDays: 30, keepLast: 0, keepFailedDays: 60 };
  expect(removableRuns(scope(home, rule)).map(({ run }) => run)).toEqual([good.run]);
  removeRuns(home, removableRuns(scope(home, rule)));
  expect(names(home)).toEqual([failed.run]);
});

test('old runs go by themselves once a day, not with the first run of a project', () => {
  const home = makeHome();
  const prune = (days: number) =>
    autoPrune({ ...scope(home), now: new Date(now.getTime() + days * DAY_MS) }).removed.map(({ run }) => run);
  const first = writeRun(home);
  expect(prune(0)).toEqual([]);
  expect(prune(0.9)).toEqual([]);
  expect(prune(1.1)).toEqual([first.run]);
  const second = writeRun(home);
  utimesSync(join(home, FOLDER, '.pruned'), now, now);
  expect(prune(0.5)).toEqual([]);
  expect(prune(1)).toEqual([second.run]);
});

test('a file that runs share is given back with the last of them, and du says the same', () => {
  const home = makeHome();
  const places = [writeRun(home), writeRun(home), writeRun(home)];
  const file = (at: number, name: string) => join(runPath(home, places[at] as RunPlace), name);
  for (const name of ['two', 'three']) writeFileSync(file(0, name), Buffer.alloc(300_000, 1));
  linkSync(file(0, 'two'), file(1, 'two'));
  linkSync(file(0, 'two'), file(1, 'two-again'));
  linkSync(file(0, 'three'), file(1, 'three'));
  linkSync(file(0, 'three'), file(2, 'three'));
  const used = () => {
    const { stdout } = spawnSync('du', ['-s', '-k', join(home, FOLDER)], { encoding: 'utf8' });
    return Number.parseInt(stdout, 10) * 1024;
  };
  const doomed = places.slice(0, 2);
  const before = used();
  const expected = bytesToFreeEach(doomed.map((place) => runPath(home, place)));
  const { removed } = removeRuns(home, doomed);
  expect(removed.map(({ freedBytes }) => freedBytes)).toEqual(expected);
  expect(before - used()).toBe(expected.reduce((sum, bytes) => sum + bytes, 0));
  expect(expected[1]).toBeGreaterThanOrEqual(300_000);
  expect(expected[0]).toBeLessThan(300_000);
});
