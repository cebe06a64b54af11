import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { type Dependencies, Schedule, type Skip } from '../../src/run/scheduler.ts';
import { task } from './rig.ts';

const dag = (edges: Readonly<Record<string, readonly string[]>>): Dependencies =>
  new Map(Object.entries(edges).map(([name, needs]) => [task(name), needs.map(task)]));

const ONE_AT_A_TIME = { jobs: 1, keepGoing: false };
const FOUR = { jobs: 4, keepGoing: false };
const KEEP_GOING = { jobs: 4, keepGoing: true };

describe('order', () => {
  test('tasks without dependencies start at once, up to the number of jobs', () => {
    const schedule = new Schedule(dag({ a: [], b: [], c: [] }), { jobs: 2, keepGoing: false });
    expect(schedule.next()).toEqual(['a', 'b']);
    expect(schedule.next()).toEqual([]);
    schedule.finished(task('b'), true);
    expect(schedule.next()).toEqual(['c']);
  });

  test('a child starts once when its last two parents end before anybody asks', () => {
    const schedule = new Schedule(dag({ a: [], b: [], child: ['a', 'b'] }), FOUR);
    expect(schedule.next()).toEqual(['a', 'b']);
    schedule.finished(task('a'), true);
    schedule.finished(task('b'), true);
    expect(schedule.next()).toEqual(['child']);
    expect(schedule.next()).toEqual([]);
  });

  test('a dependency that is named twice counts once', () => {
    const schedule = new Schedule(dag({ a: [], b: ['a', 'a'] }), FOUR);
    schedule.next();
    schedule.finished(task('a'), true);
    expect(schedule.next()).toEqual(['b']);
  });

  test('a run without tasks is done before it begins', () => {
    const schedule = new Schedule(dag({}), FOUR);
    expect(schedule.next()).toEqual([]);
    expect(schedule.done).toBe(true);
  });

  test('a task that ends without having started is a bug, not an event', () => {
    const schedule = new Schedule(dag({ a: [] }), FOUR);
    expect(() => schedule.finished(task('a'), true)).toThrow('without running');
  });
});

describe('failure', () => {
  const edges = { bad: [], mid: ['bad'], leaf: ['mid'], other: [], last: ['other'] };

  test('nothing new starts, and running tasks are waited for', () => {
    const schedule = new Schedule(dag(edges), FOUR);
    expect(schedule.next()).toEqual(['bad', 'other']);
    expect(schedule.finished(task('bad'), false)).toEqual([
      { task: 'mid', because: { kind: 'dependency', task: 'bad' } },
      { task: 'leaf', because: { kind: 'dependency', task: 'bad' } },
      { task: 'last', because: { kind: 'stopped' } },
    ]);
    expect(schedule.done).toBe(false);
    expect(schedule.finished(task('other'), true)).toEqual([]);
    expect(schedule.next()).toEqual([]);
    expect(schedule.done).toBe(true);
  });

  test('with -k only what needs the failed task is skipped', () => {
    const schedule = new Schedule(dag(edges), KEEP_GOING);
    schedule.next();
    expect(schedule.finished(task('bad'), false)).toEqual([
      { task: 'mid', because: { kind: 'dependency', task: 'bad' } },
      { task: 'leaf', because: { kind: 'dependency', task: 'bad' } },
    ]);
    schedule.finished(task('other'), true);
    expect(schedule.next()).toEqual(['last']);
  });

  test('a task that two failed tasks keep from starting is skipped once, by the first', () => {
    const schedule = new Schedule(dag({ a: [], b: [], both: ['a', 'b'] }), KEEP_GOING);
    schedule.next();
    expect(schedule.finished(task('b'), false)).toEqual([
      { task: 'both', because: { kind: 'dependency', task: 'b' } },
    ]);
    expect(schedule.finished(task('a'), false)).toEqual([]);
    expect(schedule.done).toBe(true);
  });
});

describe('interruption', () => {
  test('nothing starts any more, whatever succeeds later', () => {
    const schedule = new Schedule(dag({ a: [], b: ['a'], c: [] }), ONE_AT_A_TIME);
    expect(schedule.next()).toEqual(['a']);
    expect(schedule.interrupt()).toEqual([
      { task: 'b', because: { kind: 'interrupted' } },
      { task: 'c', because: { kind: 'interrupted' } },
    ]);
    expect(schedule.finished(task('a'), true)).toEqual([]);
    expect(schedule.next()).toEqual([]);
    expect(schedule.done).toBe(true);
  });
});

/** A random graph: task n may need tasks with smaller numbers. */
const anyDag = fc
  .integer({ min: 1, max: 25 })
  .chain((size) =>
    fc
      .tuple(
        ...Array.from({ length: size }, (_, n) =>
          fc.uniqueArray(fc.nat(Math.max(0, n - 1)), { maxLength: 4 }),
        ),
      )
      .map((needs) =>
        dag(Object.fromEntries(needs.map((list, n) => [`t${n}`, n === 0 ? [] : list.map((d) => `t${d}`)]))),
      ),
  );

interface Story {
  readonly dependencies: Dependencies;
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Which of the running tasks ends next. */
  readonly picks: readonly number[];
  readonly failing: ReadonlySet<string>;
  readonly interruptAfter: number;
}

const anyStory: fc.Arbitrary<Story> = fc.record({
  dependencies: anyDag,
  jobs: fc.integer({ min: 1, max: 5 }),
  keepGoing: fc.boolean(),
  picks: fc.array(fc.nat(100), { minLength: 30, maxLength: 30 }),
  failing: fc
    .uniqueArray(
      fc.nat(25).map((n) => `t${n}`),
      { maxLength: 3 },
    )
    .map((names) => new Set(names)),
  interruptAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(20)),
});

interface Told {
  readonly started: TaskName[];
  readonly succeeded: Set<TaskName>;
  readonly failed: Set<TaskName>;
  readonly skips: Skip[];
  mostAtOnce: number;
}

/** Lives through the story and checks, at every start, that all dependencies have succeeded. */
function live({ dependencies, jobs, keepGoing, picks, failing, interruptAfter }: Story): Told {
  const schedule = new Schedule(dependencies, { jobs, keepGoing });
  const told: Told = { started: [], succeeded: new Set(), failed: new Set(), skips: [], mostAtOnce: 0 };
  const running: TaskName[] = [];
  for (let step = 0; !schedule.done; step++) {
    if (step === interruptAfter) told.skips.push(...schedule.interrupt());
    for (const next of schedule.next()) {
      expect((dependencies.get(next) ?? []).every((need) => told.succeeded.has(need))).toBe(true);
      told.started.push(next);
      running.push(next);
    }
    told.mostAtOnce = Math.max(told.mostAtOnce, running.length);
    const [ended] = running.splice((picks[step % picks.length] ?? 0) % Math.max(1, running.length), 1);
    if (ended === undefined) break;
    (failing.has(ended) ? told.failed : told.succeeded).add(ended);
    told.skips.push(...schedule.finished(ended, !failing.has(ended)));
  }
  expect(schedule.done).toBe(true);
  return told;
}

describe('whatever the graph and whatever happens', () => {
  test('every task ends exactly once, in order, and at most `jobs` run', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { started, skips, mostAtOnce } = live(story);
        const ended = [...started, ...skips.map((skip) => skip.task)].sort();
        expect(ended).toEqual([...story.dependencies.keys()].sort());
        expect(mostAtOnce).toBeLessThanOrEqual(story.jobs);
      }),
      { numRuns: 500 },
    );
  });

  test('with -k exactly the tasks that need a failed one are skipped, and name one they need', () => {
    fc.assert(
      fc.property(anyStory, (anything) => {
        const story = { ...anything, keepGoing: true, interruptAfter: Number.POSITIVE_INFINITY };
        const { failed, skips } = live(story);
        const needs = (name: TaskName): Set<TaskName> =>
          new Set((story.dependencies.get(name) ?? []).flatMap((need) => [need, ...needs(need)]));
        const doomed = [...story.dependencies.keys()].filter((name) =>
          [...needs(name)].some((need) => failed.has(need)),
        );
        expect(skips.map((skip) => skip.task).sort()).toEqual(doomed.sort());
        for (const { task: name, because } of skips) {
          const needed = because.kind === 'dependency' ? because.task : null;
          expect(failed).toContain(needed);
          expect(needs(name)).toContain(needed);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('a chain and a fan of 10,000 tasks are scheduled with constant work for each', () => {
  const chain = new Map(
    Array.from({ length: 10_000 }, (_, n) => [task(`t${n}`), n === 0 ? [] : [task(`t${n - 1}`)]]),
  );
  const schedule = new Schedule(chain, FOUR);
  let steps = 0;
  for (let ready = schedule.next(); ready.length > 0; ready = schedule.next()) {
    for (const name of ready) schedule.finished(name, true);
    steps++;
  }
  expect([schedule.done, steps]).toEqual([true, 10_000]);

  const leaves = Array.from({ length: 10_000 }, (_, n): [string, string[]] => [`t${n}`, ['root']]);
  const fan = dag({ root: [], ...Object.fromEntries(leaves) });
  const wide = new Schedule(fan, FOUR);
  wide.next();
  expect(wide.finished(task('root'), false)).toHaveLength(10_000);
  expect(wide.done).toBe(true);
});
