import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STORE_NAMES } from '../../src/data/store.ts';
import type { TextCase } from '../conformance/cases.ts';
import { bashExpectations, typedExpectations } from '../conformance/expectations.ts';
import { parseReports, parseWords, type Report } from '../conformance/scripts.ts';
import { BareOtto } from '../support/bare-otto.ts';
import { BLOCK_CASES, BYTE_CASES, equalOttofile, LARGE_KEYS, writeCases } from './equal-ottofile.ts';
import { Project } from './project.ts';

/** One ottofile, every way to set and to get a value, through every store and through all at once. */

interface Run {
  readonly name: string;
  readonly args: readonly string[];
  /** The stores of the tasks, in turn. */
  readonly stores: readonly string[];
  /** True: by an otto of which nothing is compiled. */
  readonly isBare?: boolean;
}

const turned = (by: number): readonly string[] => [...STORE_NAMES.slice(by), ...STORE_NAMES.slice(0, by)];

/** What needs nothing compiled of otto itself. */
const BARE_STORES = [...STORE_NAMES.filter((name) => name !== 'shm'), 'auto'];

/** `auto` knows nothing when it is first asked, but the runs before it have told what the tasks set. */
const RUNS: readonly Run[] = [
  ...STORE_NAMES.map((name) => ({ name, args: ['--store', name], stores: [] })),
  { name: 'auto', args: ['--store', 'auto'], stores: [] },
  { name: 'in turn', args: [], stores: STORE_NAMES },
  { name: 'in turn, from the middle', args: [], stores: turned(2) },
  { name: 'in turn, some by auto', args: [], stores: [...turned(1), 'auto'] },
  { name: 'files, nothing compiled', args: [], stores: [], isBare: true },
  { name: 'sqlite, nothing compiled', args: ['--store', 'sqlite'], stores: [], isBare: true },
  { name: 'in turn, nothing compiled', args: [], stores: BARE_STORES, isBare: true },
];

const dir = new Project({});
afterAll(() => dir[Symbol.dispose]());
const bare = new BareOtto({ sqlite: true });
afterAll(() => bare[Symbol.dispose]());
beforeAll(() => writeCases(dir.directory));

const runDirectory = (): string => JSON.parse(dir.otto(['history', 'latest', '--json']).stdout).directory;

/** Every file of the run's values: its path in the run, and a hash of what is in it. */
function kept(run: string): Record<string, string> {
  const tasks = join(run, 'tasks');
  const files = readdirSync(tasks, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && /\/output\./.test(join(file.parentPath, file.name)),
  );
  const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path): [string, string] => [path.slice(tasks.length), hash(path)])
      .sort(),
  );
}

const byBytes = (task: string, cases: readonly TextCase[]): Report[] =>
  cases.map(({ key, data }) => ({
    key: `${task}.${key}`,
    type: isUtf8(data) ? 'string' : 'bytes',
    hex: data.toString('hex'),
  }));

const TYPED: readonly Report[] = [
  ...typedExpectations('bash'),
  ...typedExpectations('python'),
  ...typedExpectations('node'),
  ...typedExpectations('bash', 'set'),
  ...typedExpectations('bash', 'older-bash'),
  ...byBytes('stdin', BYTE_CASES),
  ...byBytes('file', BLOCK_CASES),
  ...byBytes('helper', BYTE_CASES),
  ...typedExpectations('python', 'older-python'),
];

const IN_BASH = [
  ...bashExpectations('bash'),
  ...bashExpectations('python'),
  ...bashExpectations('node'),
  ...bashExpectations('bash', 'set'),
  ...bashExpectations('bash', 'older-bash'),
  ...bashExpectations('python', 'older-python'),
  ...[
    ['stdin', BYTE_CASES],
    ['file', BLOCK_CASES],
    ['helper', BYTE_CASES],
  ].flatMap(([task, cases]) =>
    (cases as readonly TextCase[]).map(({ key, data }) =>
      data.includes(0)
        ? { key: `${task}.${key}#hex`, data: Buffer.from(data.toString('hex')) }
        : { key: `${task}.${key}`, data },
    ),
  ),
];

const LARGE = ['large-bash', 'large-python'].flatMap((task) => LARGE_KEYS.map((key) => `${task}.${key}`));

let first: Record<string, string> | null = null;

describe.each(RUNS)('$name', ({ args, stores, isBare = false }) => {
  let run = '';
  const stdoutOf = (task: string): Buffer => readFileSync(join(run, 'tasks', task, 'stdout.log'));

  beforeAll(() => {
    dir.write('otto.yml', equalOttofile(stores, { helpers: !isBare }));
    const use = isBare ? { cli: bare.cli } : {};
    const { code, stderr } = dir.otto(['run', '-q', ...args, 'all'], use);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    run = runDirectory();
  });

  test('bash finds what every task has set', () => {
    const got = parseWords(stdoutOf('read-bash'));
    expect(IN_BASH.filter(({ key, data }) => !got.get(key)?.equals(data))).toEqual([]);
  });

  test.each([
    ['read-helper', BYTE_CASES],
    ['read-older-bash', BYTE_CASES.filter(({ data }) => !data.includes(0))],
  ])('%s finds the bytes of every value', (reader, cases) => {
    expect(stdoutOf(reader).toString().trim().split('\n')).toHaveLength(cases.length);
  });

  test.each(['python', 'node', 'older-python'])('%s finds it, type by type', (reader) => {
    const got = parseReports(stdoutOf(`read-${reader}`));
    const wrong = TYPED.filter(({ key, type, hex }) => {
      const report = got.get(key);
      return report?.type !== type || (type !== 'json' && report.hex !== hex);
    });
    expect(wrong.map((report) => ({ ...report, got: got.get(report.key) }))).toEqual([]);
    expect(got.size).toBe(TYPED.length);
  });

  test.each(['bash', 'python', 'node'])('%s finds large values as they were', (language) => {
    expect(stdoutOf(`reread-${language}`).toString().trim().split('\n').sort()).toEqual(LARGE);
  });

  test('history holds the same, byte for byte', () => {
    const found = kept(run);
    first ??= found;
    expect(Object.keys(found)).toContain('/python/output.python.json');
    expect(found).toEqual(first);
    const text = (task: string): string =>
      readFileSync(join(run, 'tasks', task, `output.${task}.json`), 'utf8').replace(`"${task}"`, '"…"');
    expect(text('older-python')).toBe(text('python'));
    expect(text('set')).toBe(text('older-bash'));
    expect(text('helper')).toBe(text('stdin'));
  });

  test('otto finds nothing wrong with it', () => {
    expect(dir.otto(['data', 'check', 'latest'])).toMatchObject({ code: 0, stderr: '' });
  });
});
