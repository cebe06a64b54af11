import { beforeEach, expect, test } from 'vitest';
import { EVERY_RUN, type RunIndex, type RunQuery } from '../../src/history/index-store.ts';
import { exitedWith, makeHome, readRun, skipped, task, writeRun } from './rig.ts';

const EVERY: RunQuery = { ...EVERY_RUN, limit: 100 };

/** What every implementation of RunIndex has to do. `open` gives an index of this home, empty at first. */
export function indexContract(open: (home: string) => RunIndex): void {
  let home: string;
  beforeEach(() => {
    home = makeHome();
  });

  const record = (index: RunIndex, ...runs: Parameters<typeof writeRun>[1][]) => {
    const places = runs.map((run) => writeRun(home, run));
    index.record(places.map((place) => readRun(home, place)));
    return places.map(({ run }) => run);
  };
  const names = (index: RunIndex, query: Partial<RunQuery> = {}) =>
    index.query({ ...EVERY, ...query }).map(({ run }) => run);

  test('an empty index has no runs', () => {
    const index = open(home);
    expect(index.query(EVERY)).toEqual([]);
    expect(index.places()).toEqual([]);
    index.close();
  });

  test('a run comes back as it was recorded', () => {
    const index = open(home);
    const command = ['run', 'a b', "it's", 'naïve\n', ''];
    const tasks = [
      task('build', { kind: 'succeeded' }),
      task('größe', exitedWith(3)),
      task('z', skipped('größe')),
    ];
    record(index, { json: { arguments: command, tasks, result: 'failed', store: 'shm' } });
    const [run] = index.query(EVERY);
    expect(run).toMatchObject({
      folder: 'demo-0123abcd',
      project: { name: 'demo', directory: '/projects/demo' },
      result: 'failed',
      store: 'shm',
      durationMs: 1500.25,
      command: ['otto', ...command],
    });
    expect(run?.directory).toBe(`${home}/demo-0123abcd/${run?.run}`);
    expect(run?.startedAt.toISOString().replaceAll(':', '-')).toBe(run?.run);
    expect(run?.tasks.map(({ name, result }) => [name, result])).toEqual([
      ['build', 'succeeded'],
      ['größe', 'failed'],
      ['z', 'skipped'],
    ]);
    index.close();
  });

  test('runs come newest first, and no more than asked for', () => {
    const index = open(home);
    const [first, second, third] = record(index, {}, {}, {});
    expect(names(index)).toEqual([third, second, first]);
    expect(names(index, { limit: 2 })).toEqual([third, second]);
    index.close();
  });

  test('a query selects by project, by result and by task', () => {
    const index = open(home);
    const [good, bad, other, cut] = record(
      index,
      {},
      { json: { result: 'failed', tasks: [task('lint', exitedWith(1))] } },
      { folder: 'other-89abcdef', json: { project: { name: 'other', directory: '/o' } } },
      { json: { result: 'interrupted' } },
    );
    expect(names(index, { folder: 'demo-0123abcd' })).toEqual([cut, bad, good]);
    expect(names(index, { unsuccessful: true })).toEqual([cut, bad]);
    expect(names(index, { task: 'lint' })).toEqual([bad]);
    expect(names(index, { task: "x' OR '1'='1" })).toEqual([]);
    expect(names(index, { folder: 'other-89abcdef', task: 'build' })).toEqual([other]);
    index.close();
  });

  test('a query selects by the exact result and by time, the first moment included', () => {
    const index = open(home);
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 10, minute));
    const [first, second, third] = record(
      index,
      { at: at(1) },
      { at: at(2), json: { result: 'failed' } },
      { at: at(3), json: { result: 'interrupted' } },
    );
    expect(names(index, { result: 'failed' })).toEqual([second]);
    expect(names(index, { result: 'interrupted' })).toEqual([third]);
    expect(names(index, { result: 'running' })).toEqual([]);
    expect(names(index, { since: at(2) })).toEqual([third, second]);
    expect(names(index, { until: at(2) })).toEqual([first]);
    expect(names(index, { since: at(2), until: at(3), task: 'build' })).toEqual([second]);
    index.close();
  });

  test('recording a run again replaces it', () => {
    const index = open(home);
    const place = writeRun(home);
    const run = readRun(home, place);
    index.record([run]);
    index.record([{ ...run, result: 'failed', tasks: [] }]);
    expect(index.query(EVERY)).toMatchObject([{ run: run.run, result: 'failed', tasks: [] }]);
    index.close();
  });

  test('a forgotten run is gone, its neighbours stay', () => {
    const index = open(home);
    const [first, second] = record(index, {}, {});
    index.forget([
      { folder: 'demo-0123abcd', run: first as string },
      { folder: 'no-such-00000000', run: 'x' },
    ]);
    expect(names(index)).toEqual([second]);
    expect(index.places()).toEqual([{ folder: 'demo-0123abcd', run: second }]);
    index.close();
  });

  test('many runs with many tasks are recorded at once', () => {
    const index = open(home);
    const tasks = Array.from({ length: 50 }, (_, n) => task(`t${n}`, { kind: 'succeeded' }));
    record(index, ...Array.from({ length: 40 }, () => ({ json: { tasks } })));
    const runs = index.query(EVERY);
    expect(runs).toHaveLength(40);
    expect(runs.every((run) => run.tasks.length === 50)).toBe(true);
    index.close();
  });
}
