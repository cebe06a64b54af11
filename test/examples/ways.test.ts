import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STORE_NAMES } from '../../src/data/store.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'otto-example-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** Runs an example as a user has it: copied somewhere. Returns what it shows. */
function shown(example: string, ...words: string[]): string {
  const directory = join(place, example);
  cpSync(join(ROOT, 'examples', example), directory, { recursive: true });
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OTTO'));
  return execFileSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), 'run', ...words], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...Object.fromEntries(own), OTTO_HOME: join(place, 'home') },
  });
}

/** The JSON that the newest run has left, by task. */
function jsonOfNewestRun(): Record<string, string> {
  const [project = ''] = readdirSync(join(place, 'home')).filter((name) => name.startsWith('all-stores-'));
  const tasks = join(place, 'home', project, 'latest', 'tasks');
  return Object.fromEntries(
    readdirSync(tasks)
      .filter((task) => readdirSync(join(tasks, task)).includes(`output.${task}.json`))
      .map((task) => [task, readFileSync(join(tasks, task, `output.${task}.json`), 'utf8')]),
  );
}

test('markers: what a script prints becomes values and is not shown', () => {
  const text = shown('markers');
  expect(text).toContain('report | 2 scripts checked\n');
  expect(text).toContain('report | with errors: unclosed.sh\n');
  expect(text).not.toContain('<OTTO:');
});

test('environment: a program makes a page of what it finds there', () => {
  expect(shown('environment')).toContain('page.html shows 2 pictures\n');
  const page = readFileSync(join(place, 'environment', 'page.html'), 'utf8');
  expect(page).toMatch(/<title>2 pictures<\/title>\n.*green dot\.svg.*\n.*red dot\.svg/);
});

test('socket: the first error is told while the log is read', () => {
  const text = shown('socket', '-j2');
  expect(text).toContain('3: 10:00:09 ERROR 500 GET /report: no such table');
  expect(text).toContain('summary | 2 errors\n');
});

test('all stores: one ottofile, the same JSON byte for byte', () => {
  const expected = { count: '', words: '' };
  for (const store of STORE_NAMES) {
    const text = shown('all-stores', '--store', store);
    expect(text, store).toMatch(/report \| 6 the\nreport \| 2 store\nreport \| 2 values\n/);
    const json = jsonOfNewestRun();
    expect(json.count, store).toContain('"the":6');
    if (expected.count === '') Object.assign(expected, json);
    expect(json, store).toEqual(expected);
  }
});
