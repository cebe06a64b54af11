import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { matches, type Ran, runSteps, type Step, stepsIn } from '../docs/console.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');

/** Those that a test of their own runs, or that hold nothing to run. */
const OTHERS = ['browser-support', 'data'];
const ways = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !OTHERS.includes(entry.name))
  .map(({ name }) => name);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'otto-example-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs an example as a user has it: copied somewhere, with the data beside it. */
function run(example: string, steps: readonly Step[]): Ran[] {
  for (const name of [example, 'data'])
    cpSync(join(EXAMPLES, name), join(root, 'otto', 'examples', name), { recursive: true });
  cpSync(join(ROOT, 'package-lock.json'), join(root, 'otto', 'package-lock.json'));
  return runSteps(steps, join(root, 'otto', 'examples', example), root);
}

const made = (example: string, file: string): Buffer =>
  readFileSync(join(root, 'otto', 'examples', example, file));

/** One value of a task of the newest run, as history has it. */
function value(example: string, task: string, key: string): unknown {
  const [project = ''] = readdirSync(join(root, 'home')).filter((name) => name.startsWith(`${example}-`));
  const file = join(root, 'home', project, 'latest', 'tasks', task, `output.${task}.json`);
  return JSON.parse(readFileSync(file, 'utf8'))[key];
}

const log = gunzipSync(readFileSync(join(EXAMPLES, 'data', 'access.log.gz'))).toString();
const linesWith = (pattern: RegExp): string[] => log.split('\n').filter((line) => pattern.test(line));

test('there is an example for each of the nine ways, and one over all stores', () => {
  const nine = ['environment', 'files', 'markers', 'redis', 'shm', 'socket', 'sqlite', 'stdin', 'stream'];
  expect(ways).toEqual(['all-stores', ...nine]);
});

describe.each(ways)('examples/%s', (example) => {
  test('prints what its README shows', () => {
    const steps = stepsIn(readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8'));
    expect(steps.length).toBeGreaterThan(0);
    for (const { step, printed } of run(example, steps))
      if (!matches(step.expected, printed)) expect(printed, step.command).toBe(step.expected.join('\n'));
  });
});

describe('what the examples make is right:', () => {
  const steps = [{ command: 'otto run -q', expected: [], line: 0 }];

  test('files: the licences of all packages are counted', () => {
    run('files', steps);
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    const licences = value('files', 'check', 'licences') as Record<string, number>;
    const counted = Object.values(licences).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(Object.keys(packages).length - 1);
  });

  test('shm: Python does not copy what it looks at, and the mean lies between the bounds', () => {
    run('shm', steps);
    expect(value('shm', 'rain', 'viewed_mib')).toBeGreaterThan(20);
    expect(value('shm', 'rain', 'copied_mib')).toBeLessThan(4);
    const weather = readFileSync(join(EXAMPLES, 'data', 'weather.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const rain = weather.reduce((sum, line) => sum + Number(line.split(',')[1]), 0) / 4;
    expect(value('shm', 'rain', 'low')).toBeLessThan(rain);
    expect(value('shm', 'rain', 'high')).toBeGreaterThan(rain);
  });

  test('stream: both readers have got the whole log', () => {
    run('stream', steps);
    expect(made('stream', 'errors.txt').toString()).toBe(`${linesWith(/" 503 /).join('\n')}\n`);
    const sent = linesWith(/./).reduce((sum, line) => sum + Number(/" \d{3} (\d+) /.exec(line)?.[1]), 0);
    const counted = Object.values(value('stream', 'traffic', 'sent') as Record<string, number>);
    expect(counted.reduce((sum, bytes) => sum + bytes, 0)).toBe(sent);
  });

  test('stdin: the archive is the log without the last number of each address', () => {
    run('stdin', steps);
    const archive = gunzipSync(made('stdin', 'masked.log.gz')).toString();
    expect(archive).toBe(log.replace(/^(\d+\.\d+\.\d+)\.\d+/gm, '$1.0'));
  });

  test('redis: two processes at once have lost no count', () => {
    run('redis', steps);
    expect(value('redis', 'count', 'status.200')).toBe(String(linesWith(/" 200 /).length));
    expect(value('redis', 'count', 'status.404')).toBe(String(linesWith(/" 404 /).length));
  });

  test('sqlite: the query has found every package with another version', () => {
    run('sqlite', steps);
    const table = (name: string) =>
      readFileSync(join(EXAMPLES, 'sqlite', name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
    const versions = new Map(table('installed.tsv').map(([name, version]) => [name, version]));
    const changed = table('available.tsv').filter(([name, version]) => versions.get(name) !== version);
    const mesa = changed.filter(([, , source]) => source === 'mesa').length;
    expect(value('sqlite', 'changes', 'mesa')).toMatchObject({ packages: mesa });
  });
});
