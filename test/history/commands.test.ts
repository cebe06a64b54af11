import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanCommand } from '../../src/cli/commands/clean.ts';
import { historyCommand } from '../../src/cli/commands/history.ts';
import type { StateContext } from '../../src/cli/commands/state-context.ts';
import { CLEAN_OPTIONS, HISTORY_OPTIONS } from '../../src/cli/commands/state-options.ts';
import { parseOptions } from '../../src/cli/options.ts';
import type { Native, SweepReport } from '../../src/data/native.ts';
import { listRuns, runPath } from '../../src/history/state-tree.ts';
import { DEFAULT_RETENTION } from '../../src/ottofile/head.ts';
import type { SkipReason } from '../../src/run/events.ts';
import { rowsOf, sqlite } from './database.ts';
import { DAY_MS, exitedWith, FOLDER, killed, live, makeHome, skipped, task, writeRun } from './rig.ts';

const DEMO = { folder: FOLDER, retention: DEFAULT_RETENTION };
const QUIET: SweepReport = { removedRuns: [], freedBytes: 0, problems: [] };

interface Console {
  readonly out: string;
  readonly warnings: readonly unknown[];
  readonly code: number;
}

type Act = (context: StateContext) => Promise<number>;

async function run(act: Act, base: Omit<StateContext, 'write' | 'warn'>): Promise<Console> {
  let out = '';
  const warnings: unknown[] = [];
  const write = (text: string) => {
    out += text;
  };
  const code = await act({ ...base, write, warn: (problem) => warnings.push(problem) });
  return { out, warnings, code };
}

function parsed(args: readonly string[], specs: typeof HISTORY_OPTIONS) {
  const options = parseOptions(args, specs, 'test');
  if (!options.ok) throw new Error(options.error.message);
  return options.value;
}

const history = (home: string, args: readonly string[], project: StateContext['project'] = DEMO) =>
  run((context) => historyCommand({ ...context, stream: async () => true }), {
    home,
    project,
    options: parsed(args, HISTORY_OPTIONS),
  });

const clean = (
  home: string,
  args: readonly string[],
  more: { outside?: boolean; sweep?: SweepReport } = {},
) =>
  run((context) => cleanCommand({ ...context, native: { sweep: () => more.sweep ?? QUIET } as Native }), {
    home,
    project: more.outside ? null : DEMO,
    options: parsed(args, CLEAN_OPTIONS),
  });

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);
const names = (home: string, folder = FOLDER) => listRuns(home, folder).map(({ run: name }) => name);

test('history is a table of the runs, newest first, one going on among them', async () => {
  const home = makeHome();
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 10, minute));
  const tasks = [task('a', { kind: 'succeeded' }), task('b', exitedWith(2)), task('c', skipped('b'))];
  writeRun(home, {
    at: at(1),
    json: { arguments: ['run', 'b c', "it's\u001b[2J"], tasks, result: 'failed' },
  });
  writeRun(home, { at: at(2), json: live() });
  writeRun(home, { at: at(3), json: { durationMs: 83_000 } });
  expect((await history(home, [])).out).toBe(
    [
      'RUN                       RESULT       TIME  TASKS                      COMMAND',
      '2026-11-20T10-03-00.000Z  succeeded  1m 23s  1 ok                       otto run build',
      '2026-11-20T10-02-00.000Z  running         -  1 unfinished               otto run build',
      "2026-11-20T10-01-00.000Z  failed       1.5s  1 ok, 1 failed, 1 skipped  otto run 'b c' 'it'\\''s\\x1b[2J'",
      '',
    ].join('\n'),
  );
});

test('history shows the runs of this project, or with --all those of all', async () => {
  const home = makeHome();
  const mine = writeRun(home);
  const other = writeRun(home, {
    folder: 'other-89abcdef',
    json: { project: { name: 'other', directory: '/o' } },
  });
  expect((await history(home, [])).out).not.toContain(other.run);
  const { out } = await history(home, ['--all']);
  expect(out).toContain('PROJECT');
  expect(out.indexOf(other.run)).toBeLessThan(out.indexOf(mine.run));
  expect((await history(home, [], null)).out).toBe(out);
});

test('before the first run there is no history, and nothing to complain about', async () => {
  const home = join(makeHome(), 'not-there-yet');
  expect(await history(home, [])).toMatchObject({ code: 0, out: 'no runs\n', warnings: [] });
  expect(existsSync(home)).toBe(false);
});

test('history can be asked for failures, for one task, and for fewer runs', async () => {
  const home = makeHome();
  const first = writeRun(home);
  const lint = writeRun(home, { json: { result: 'failed', tasks: [task('lint', exitedWith(1))] } });
  const cut = writeRun(home, { json: killed() });
  const listed = async (...args: string[]) => {
    const { out } = await history(home, ['--json', ...args]);
    return JSON.parse(out).map(({ run: name }: { run: string }) => name);
  };
  expect(await listed()).toEqual([cut.run, lint.run, first.run]);
  expect(await listed('--failed')).toEqual([cut.run, lint.run]);
  expect(await listed('lint')).toEqual([lint.run]);
  expect(await listed('-n', '1')).toEqual([cut.run]);
});

test('history --json gives every run with its tasks', async () => {
  const home = makeHome();
  const place = writeRun(home, { at: new Date('2026-11-20T10:00:00.000Z') });
  expect(JSON.parse((await history(home, ['--json'])).out)).toEqual([
    {
      run: '2026-11-20T10-00-00.000Z',
      project: { name: 'demo', directory: '/projects/demo' },
      result: 'succeeded',
      startedAt: '2026-11-20T10:00:00.000Z',
      durationMs: 1500.25,
      store: 'files',
      command: ['otto', 'run', 'build'],
      directory: runPath(home, place),
      tasks: [{ name: 'build', result: 'succeeded', durationMs: 12.5 }],
    },
  ]);
});

test('a run is shown with its tasks, their values and logs: by name, unique prefix, or as the latest', async () => {
  const home = makeHome();
  writeRun(home, { at: new Date('2026-11-19T10:00:00Z') });
  const tasks = [task('build', exitedWith(3)), { ...task('pack', skipped('build')), startedAt: null }];
  const place = writeRun(home, { at: new Date('2026-11-20T10:00:00Z'), json: { tasks, result: 'failed' } });
  const { out } = await history(home, [place.run]);
  expect(out).toMatch(/^result +failed in 1\.5s$/m);
  expect(out).toMatch(/^build +13ms +failed with exit code 3$/m);
  expect(out).toMatch(/^pack +- +did not start: it needs "build"$/m);
  expect(out).toMatch(/^build\.sha +string +40 bytes$/m);
  expect(out).toContain(`\n${join(runPath(home, place), 'tasks', 'build', 'stdout.log')}\n`);
  expect((await history(home, ['2026-11-20'])).out).toBe(out);
  expect((await history(home, ['latest'])).out).toBe(out);
});

test('why a task did not start is told of runs of version 1 too, where it was a text', async () => {
  const home = makeHome();
  const because = ['build', 'interrupted', 'stopped', 'condition'];
  const tasks = because.map((text, n) =>
    task(`t${n}`, { kind: 'skipped', because: text as unknown as SkipReason }),
  );
  writeRun(home, { json: { version: 1, tasks, result: 'failed' } });
  const { out } = await history(home, ['latest']);
  expect(out).toMatch(/^t0 .*did not start: it needs "build"$/m);
  expect(out).toMatch(/^t1 .*did not start: the run was interrupted$/m);
  expect(out).toMatch(/^t2 .*did not start: another task had failed/m);
  expect(out).toMatch(/^t3 .*did not start: it needs "condition"$/m);
  const shown = JSON.parse((await history(home, ['latest', '--json'])).out);
  expect(shown.tasks[0].outcome.because).toEqual({ kind: 'dependency', task: 'build' });
});

test('one run as JSON has outcomes, values and the paths of its files', async () => {
  const home = makeHome();
  const place = writeRun(home, { json: { tasks: [task('build', exitedWith(3))], result: 'failed' } });
  const shown = JSON.parse((await history(home, ['latest', '--json'])).out);
  expect(shown).toMatchObject({ run: place.run, ottofile: '/projects/demo/otto.yml', result: 'failed' });
  expect(shown.tasks).toEqual([
    {
      name: 'build',
      attempts: [],
      result: 'failed',
      outcome: exitedWith(3),
      startedAt: '2026-11-20T00:00:00.000Z',
      durationMs: 12.5,
      directory: join(runPath(home, place), 'tasks', 'build'),
      stdout: join(runPath(home, place), 'tasks', 'build', 'stdout.log'),
      stderr: null,
      output: null,
      values: [{ key: 'sha', type: 'string', bytes: 40, xxh128: '0'.repeat(32) }],
      store: 'files',
      storeReason: null,
      streams: [],
    },
  ]);
  expect(readFileSync(shown.tasks[0].stdout, 'utf8')).toBe('built\n');
});

test.for([
  [['2026-11-2'], 'several runs begin with "2026-11-2"'],
  [['nothing'], 'no run and no task "nothing" in the history'],
  [['a', 'b'], 'there is no run "a" in the history'],
  [['-n', 'many'], '--number takes a whole number, not "many"'],
  [['-n', '0'], '--number takes a whole number above 0, not "0"'],
] as const)('history %j is refused: %s', async ([args, message]) => {
  const home = makeHome();
  writeRun(home, { at: new Date('2026-11-20T10:00:00Z') });
  writeRun(home, { at: new Date('2026-11-21T10:00:00Z') });
  await expect(history(home, args)).rejects.toMatchObject({ failure: { kind: 'usage', message } });
});

test('clean applies the retention of the ottofile, and the index forgets with it', async () => {
  const home = makeHome();
  const old = [41, 42, 43].map((days) => writeRun(home, { at: daysAgo(days) }));
  const failed = writeRun(home, { at: daysAgo(44), json: { result: 'failed' } });
  for (let n = 0; n < 10; n++) writeRun(home, { at: daysAgo(n) });
  await history(home, []);
  const { out, code } = await clean(home, []);
  expect(code).toBe(0);
  expect(out).toMatch(/\nremoved 3 runs, [\d.]+ KiB\n$/);
  expect(old.every((place) => out.includes(place.run) && !existsSync(runPath(home, place)))).toBe(true);
  expect(names(home)).toHaveLength(11);
  expect(names(home)).toContain(failed.run);
  expect(rowsOf(home, await sqlite(), 'SELECT run FROM runs ORDER BY run')).toEqual(
    names(home).map((name) => ({ run: name })),
  );
});

test('clean --all removes every run that has ended and no live one, of this project only', async () => {
  const home = makeHome();
  const going = writeRun(home, { json: live() });
  const other = writeRun(home, { folder: 'other-89abcdef' });
  writeRun(home);
  writeRun(home, { json: killed() });
  expect((await clean(home, ['--all', '--dry-run'])).out).toMatch(/\nwould remove 2 runs, [\d.]+ KiB\n$/);
  expect(names(home)).toHaveLength(3);
  expect((await clean(home, ['--all'])).out).toMatch(/\nremoved 2 runs, [\d.]+ KiB\n$/);
  expect(names(home)).toEqual([going.run]);
  expect(names(home, other.folder)).toEqual([other.run]);
});

test('--keep-last and --keep-days take the place of what the ottofile keeps', async () => {
  const home = makeHome();
  const places = [5, 4, 3, 2, 1].map((days) => writeRun(home, { at: daysAgo(days + 0.5) }));
  const left = async (...args: string[]) => {
    await clean(home, args);
    return names(home).length;
  };
  expect(await left('--keep-last', '4')).toBe(4);
  expect(await left('--keep-days', '4')).toBe(3);
  expect(await left('--keep-days', '2', '--keep-last', '2')).toBe(2);
  expect(await left('--keep-days', '0')).toBe(0);
  expect(places).toHaveLength(5);
});

test('--keep-failed decides about runs that did not succeed', async () => {
  const home = makeHome();
  writeRun(home, { at: daysAgo(3), json: { result: 'failed' } });
  await clean(home, ['--keep-last', '0']);
  expect(names(home)).toHaveLength(1);
  await clean(home, ['--keep-last', '0', '--keep-failed', '2']);
  expect(names(home)).toEqual([]);
});

test('outside a project clean removes no runs unless an option says which', async () => {
  const home = makeHome();
  writeRun(home, { at: daysAgo(1000) });
  writeRun(home, { folder: 'other-89abcdef', at: daysAgo(1000) });
  expect((await clean(home, [], { outside: true })).out).toContain('no ottofile here');
  expect((await clean(home, ['--keep-days', '1'], { outside: true })).out).toContain('removed 2 runs');
});

test('clean tells what it swept from shared memory and disk, and what it could not', async () => {
  const home = makeHome();
  const sweep = { removedRuns: ['a', 'b'], freedBytes: 3 * 1024 ** 2, problems: [] };
  expect((await clean(home, [], { sweep })).out).toBe(
    'removed 2 dead runs from shared memory, 3 MiB\nremoved 2 dead runs from disk, 3 MiB\nremoved no runs\n',
  );
  const problems = [{ path: '/dev/shm/otto-0/x', reason: 'foreign owner' }];
  const { code, warnings } = await clean(home, [], { sweep: { ...sweep, problems } });
  expect(code).toBe(1);
  const warning = { kind: 'shm', action: 'remove', path: '/dev/shm/otto-0/x', detail: 'foreign owner' };
  expect(warnings).toEqual([warning, warning]);
  expect((await clean(home, ['--dry-run'], { sweep })).out).toBe(
    'would remove 2 dead runs from shared memory, 3 MiB\nwould remove 2 dead runs from disk, 3 MiB\nwould remove no runs\n',
  );
});

test.for([
  [['now'], 'otto clean takes options only'],
  [['--keep-last', '-1'], '--keep-last takes a whole number, not "-1"'],
  [['--keep-days=1.5'], '--keep-days takes a whole number, not "1.5"'],
] as const)('clean %j is refused: %s', async ([args, message]) => {
  await expect(clean(makeHome(), args)).rejects.toMatchObject({ failure: { kind: 'usage', message } });
});
