import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import type { RunRequest } from '../../src/run/run.ts';
import { type RunRig, type RunUnderTest, runRig } from './rig.ts';

const shmRoot = '/dev/shm/otto-freshness-test';
const SHM: Partial<RunRequest> = {
  store: 'shm',
  openData: ({ runDirectory, onKept }) =>
    createRunData({
      store: createShmStore({ native: loadNative(), runDirectory, root: shmRoot }),
      runDirectory,
      onKept,
    }),
};

/** Why `name` ran; `up to date` when it did not. */
function whyOf(run: RunUnderTest, name: string): unknown {
  const outcome = run.outcome(name)?.kind;
  if (outcome === 'fresh') return 'up to date';
  const event = run.events.find((one) => one.type === 'task-stale' && one.task === name);
  return event?.type === 'task-stale' ? event.why : outcome;
}

async function why(rig: RunRig, text: string, changes: Partial<RunRequest> = {}): Promise<unknown> {
  const run = rig.run(text, changes);
  await run.done;
  return whyOf(run, 'build');
}

const BUILD = `
tasks:
  build:
    input: ["src/**/*.c"]
    output: [out/app]
    bash: |
      mkdir -p out
      cat src/*.c > out/app
      OUTPUT[size]=3
`;

const write = ({ directory }: RunRig, name: string, text: string, secondsAgo = 0): void => {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(path, at, at);
};

/** A project in which `build` has succeeded with this ottofile. */
async function built(text = BUILD): Promise<RunRig> {
  const rig = runRig();
  write(rig, 'src/a.c', 'a', 100);
  expect(await why(rig, text)).toEqual({ kind: 'not-recorded' });
  expect(await why(rig, text)).toBe('up to date');
  return rig;
}

describe('a task that declares input and output', () => {
  test('does not run again, and is as good as one that has succeeded', async () => {
    await using rig = await built();
    const run = rig.run(BUILD);
    expect(await run.done).toMatchObject({ result: 'succeeded', failures: [] });
    expect(run.json().tasks[0]).toMatchObject({ outcome: { kind: 'fresh' }, startedAt: null });
    expect(run.json().tasks[0]?.values?.map(({ key }) => key)).toEqual(['size']);
  });

  const changes: readonly [string, (rig: RunRig) => void, unknown][] = [
    [
      'an input is newer than an output',
      (rig) => write(rig, 'src/a.c', 'a', -10),
      { kind: 'input-newer', input: 'src/a.c', output: 'out/app' },
    ],
    [
      'an output is gone',
      (rig) => rmSync(join(rig.directory, 'out/app')),
      { kind: 'no-output', pattern: 'out/app' },
    ],
    [
      'no input is there any more',
      (rig) => rmSync(join(rig.directory, 'src/a.c')),
      { kind: 'no-input', pattern: 'src/**/*.c' },
    ],
    [
      'an older file has joined the inputs',
      (rig) => write(rig, 'src/deep/b.c', 'b', 1000),
      { kind: 'input-added', file: 'src/deep/b.c' },
    ],
    [
      'an older file of another size has taken the place of an input',
      (rig) => write(rig, 'src/a.c', 'longer', 1000),
      { kind: 'input-changed', file: 'src/a.c' },
    ],
    [
      'an input cannot be looked at',
      (rig) =>
        writeFileSync(
          Buffer.concat([Buffer.from(`${rig.directory}/src/`), Buffer.from([255]), Buffer.from('.c')]),
          '',
        ),
      { kind: 'unreadable', file: 'src/\ufffd.c' },
    ],
    [
      'a link leads nowhere',
      (rig) => symlinkSync('nowhere', join(rig.directory, 'src/link.c')),
      'up to date',
    ],
    ['an input has joined whose name begins with a dot', (rig) => write(rig, 'src/.b.c', 'b'), 'up to date'],
    [
      'input and output have the same time',
      (rig) => {
        for (const name of ['src/a.c', 'out/app']) utimesSync(join(rig.directory, name), 1000, 1000);
      },
      'up to date',
    ],
  ];
  test.each(changes)('when %s', async (_title, change, expected) => {
    await using rig = await built();
    change(rig);
    expect(await why(rig, BUILD)).toEqual(expected);
  });

  test('runs when an input has left the list', async () => {
    await using rig = runRig();
    for (const name of ['src/a.c', 'src/b.c']) write(rig, name, 'x', 100);
    await why(rig, BUILD);
    rmSync(join(rig.directory, 'src/b.c'));
    expect(await why(rig, BUILD)).toEqual({ kind: 'input-removed', file: 'src/b.c' });
  });

  test('runs when its script, a variable or its outputs have changed', async () => {
    await using rig = await built();
    expect(await why(rig, BUILD.replace('=3', '=4'))).toEqual({ kind: 'redefined', what: 'its script' });
    const withEnv = (value: string) => BUILD.replace('    input', `    envs: {MODE: ${value}}\n    input`);
    expect(await why(rig, withEnv('a'))).toEqual({ kind: 'redefined', what: 'its script' });
    expect(await why(rig, withEnv('a'))).toBe('up to date');
    expect(await why(rig, withEnv('b'))).toEqual({ kind: 'redefined', what: 'the variable "MODE"' });
    const typed = withEnv('b').replace('    input', '    outputs: {size: int}\n    input');
    expect(await why(rig, typed)).toEqual({ kind: 'redefined', what: 'its declared outputs' });
    expect(await why(rig, withEnv('b'))).toEqual({ kind: 'redefined', what: 'its declared outputs' });
  });

  test('runs with force, and what it leaves counts afterwards', async () => {
    await using rig = await built();
    expect(await why(rig, BUILD, { force: true })).toEqual({ kind: 'forced' });
    expect(await why(rig, BUILD)).toBe('up to date');
  });

  test('runs again after a failure, although its outputs are newer than its inputs', async () => {
    await using rig = await built();
    const failing = BUILD.replace('OUTPUT[size]=3', '[[ ! -e fail ]]');
    await why(rig, failing);
    write(rig, 'fail', '');
    write(rig, 'src/a.c', 'new', -10);
    await why(rig, failing);
    rmSync(join(rig.directory, 'fail'));
    write(rig, 'out/app', 'half', -20);
    expect(await why(rig, failing)).toEqual({ kind: 'not-recorded' });
  });

  test('runs again when an input changed while it ran', async () => {
    await using rig = runRig();
    write(rig, 'src/a.c', 'a', 100);
    const text = BUILD.replace(
      'OUTPUT[size]=3',
      '[[ -e once ]] || { echo new > src/a.c; touch once out/app; }',
    );
    await why(rig, text);
    expect(await why(rig, text)).toEqual({ kind: 'input-changed-meanwhile', file: 'src/a.c' });
    expect(await why(rig, text)).toBe('up to date');
  });

  test('runs when the values of its last run are gone or damaged', async () => {
    await using rig = await built();
    const values = (): string => {
      const [folder = ''] = readdirSync(rig.home);
      const runs = readdirSync(join(rig.home, folder)).filter((name) => name.startsWith('2'));
      return join(rig.home, folder, runs.sort().at(-1) ?? '', 'tasks/build/output.build.json');
    };
    writeFileSync(values(), readFileSync(values(), 'utf8').replace('3', '4'));
    expect(await why(rig, BUILD)).toEqual({ kind: 'values-gone' });
    expect(await why(rig, BUILD)).toBe('up to date');
    rmSync(join(values(), '../../..'), { recursive: true });
    expect(await why(rig, BUILD)).toEqual({ kind: 'values-gone' });
  });

  test('keeps its values when the run that made them is removed', async () => {
    await using rig = runRig();
    write(rig, 'src/a.c', 'a', 100);
    const first = rig.run(BUILD);
    const { directory } = await first.done;
    expect(await why(rig, BUILD)).toBe('up to date');
    rmSync(directory, { recursive: true });
    expect(await why(rig, BUILD)).toBe('up to date');
  });

  test('refuses the record of a newer otto, and passes over one that nobody can read', async () => {
    await using rig = await built();
    const [folder = ''] = readdirSync(rig.home);
    const record = join(rig.home, folder, 'fresh/build.json');
    expect(statSync(record).mode & 0o777).toBe(0o600);
    for (const [text, expected] of [
      ['{"version":2}', { kind: 'newer-record', path: record }],
      ['{"version":1,"inputs":7}', { kind: 'not-recorded' }],
      ['nonsense', { kind: 'not-recorded' }],
      ['null', { kind: 'not-recorded' }],
    ] as const) {
      writeFileSync(record, text);
      expect(await why(rig, BUILD)).toEqual(expected);
      expect(await why(rig, BUILD)).toBe('up to date');
    }
  });

  test('two runs at once leave a record that holds', async () => {
    await using rig = runRig();
    write(rig, 'src/a.c', 'a', 100);
    await Promise.all([1, 2, 3, 4].map(() => why(rig, BUILD)));
    expect(await why(rig, BUILD)).toBe('up to date');
  });
});

describe('what another task sets', () => {
  const text = (value: string, upstream = 'bash') => `
tasks:
  gen: {${upstream}: "OUTPUT['v'] = '${value}'"}
  build:
    before: [gen]
    input: [src/a.c]
    output: [out]
    bash: touch out
`;
  test.each([
    ['files', {}],
    ['shm', SHM],
  ])('makes it run when it is another value, with the store %s', async (_store, changes) => {
    await using rig = runRig();
    write(rig, 'src/a.c', 'a', 100);
    expect(await why(rig, text('1', 'python'), changes)).toEqual({ kind: 'not-recorded' });
    expect(await why(rig, text('1', 'python'), changes)).toBe('up to date');
    expect(await why(rig, text('1', 'node'), changes)).toBe('up to date');
    expect(await why(rig, text('2', 'python'), changes)).toEqual({ kind: 'other-values', task: 'gen' });
  });
});

describe('the contents decide with fresh: hash', () => {
  const HASH = BUILD.replace('    input', '    fresh: hash\n    input');

  test('not the times', async () => {
    await using rig = await built(HASH);
    write(rig, 'src/a.c', 'a', -100);
    expect(await why(rig, HASH)).toBe('up to date');
    const { atime, mtime } = statSync(join(rig.directory, 'src/a.c'));
    writeFileSync(join(rig.directory, 'src/a.c'), 'b');
    utimesSync(join(rig.directory, 'src/a.c'), atime, mtime);
    expect(await why(rig, HASH)).toEqual({ kind: 'input-changed', file: 'src/a.c' });
    writeFileSync(join(rig.directory, 'out/app'), 'edited');
    expect(await why(rig, HASH)).toEqual({ kind: 'output-changed', file: 'out/app' });
    expect(await why(rig, HASH)).toBe('up to date');
  });
});
