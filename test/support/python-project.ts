import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { packageRoot } from '../../src/data/installation.ts';

/** A new directory for the rest of the test. */
export function temporaryDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `otto-${name}-`));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A YAML value under `python:` or `bash:`. */
export const block = (script: string): string => `|\n${script.trim().replaceAll(/^(?=.)/gm, '      ')}`;

export interface Ran {
  /** What the tasks printed, without the names in front. */
  readonly lines: readonly string[];
  readonly directory: string;
}

/** Runs the task `last` of an ottofile with otto as users run it; it must succeed. */
export function runOttofile(text: string, store: string, environment: NodeJS.ProcessEnv = {}): Ran {
  const directory = temporaryDirectory('project');
  writeFileSync(join(directory, 'otto.yml'), text);
  const args = [join(packageRoot, 'dist/cli.js'), 'run', '--store', store, 'last'];
  const child = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, OTTO_HOME: join(directory, 'home'), ...environment },
  });
  expect(child, child.stdout + child.stderr).toMatchObject({ status: 0 });
  const printed = child.stdout.split('\n').filter((line) => / \| /.test(line));
  return { lines: printed.map((line) => line.replace(/^.*? \| /, '')), directory };
}
