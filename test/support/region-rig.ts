import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeTaskName } from '../../src/base/task-name.ts';
import { addonPath } from '../../src/data/installation.ts';
import type { Region, ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';

/** A private root in shared memory with one run; removed when the test ends. */
export interface RegionRig {
  readonly root: string;
  readonly run: ShmRun;
  createTask(task: string): Region;
  /** The directory of a task, as scripts get it. */
  directoryOf(task: string): string;
}

export function regionRig(): RegionRig {
  const shared = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const root = mkdtempSync(join(shared, 'otto-test-'));
  const run = loadNative().createRun('run-1', { root });
  onTestFinished(() => {
    run.remove();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    root,
    run,
    createTask: (task) => run.createTask(task, []),
    directoryOf: (task) => join(run.directory, encodeTaskName(task)),
  };
}

export interface ChildResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PREAMBLE = `
const addon = ${JSON.stringify(addonPath())};
const otto = load();
function load() {
  const target = { exports: {} };
  process.dlopen(target, addon);
  return target.exports;
}
const fs = require('node:fs');
const directory = process.argv[1];
`;

/** Runs JavaScript in a Node of its own, with the addon as `otto`: what kills that Node fails the test, not vitest. */
export function runChild(body: string, directory: string, nodeOptions: readonly string[] = []): ChildResult {
  const child = spawnSync(process.execPath, [...nodeOptions, '-e', PREAMBLE + body, directory], {
    encoding: 'utf8',
  });
  return { status: child.status, signal: child.signal, stdout: child.stdout, stderr: child.stderr };
}
