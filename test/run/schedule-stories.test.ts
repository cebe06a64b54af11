import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { PLAIN, Schedule, type Skip, type Traits } from '../../src/run/scheduler.ts';
import { task } from './rig.ts';

interface Member {
  readonly needs: readonly TaskName[];
  readonly traits: Traits;
  readonly fails: boolean;
  /** How many items join the run when it is its turn for the first time. */
  readonly items: number | null;
}

interface Story {
  readonly members: ReadonlyMap<TaskName, Member>;
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Which of the running tasks ends next. */
  readonly picks: readonly number[];
  /** What a running task does before that: 0 begins, 1 gives its place to others. */
  readonly acts: readonly number[];
  readonly interruptAt: number;
}

const NOTHING_LIVE = { live: fc.constant<TaskName[]>([]) };

const member = (smaller: number): fc.Arbitrary<Member> => plainMember(smaller).chain(withLive);

/** Some read the streams of some of those that they need. */
const withLive = (one: Member): fc.Arbitrary<Member> =>
  one.traits.gathers
    ? fc.constant(one)
    : fc.subarray([...one.needs]).map((live) => ({ ...one, traits: { ...one.traits, live } }));

const plainMember = (smaller: number): fc.Arbitrary<Member> =>
  fc.record({
    needs: fc
      .uniqueArray(fc.nat(Math.max(0, smaller - 1)), { maxLength: 3 })
      .map((list) => (smaller === 0 ? [] : list.map((n) => task(`t${n}`)))),
    traits: fc.oneof(
      { weight: 3, arbitrary: fc.constant(PLAIN) },
      fc.record({
        ...NOTHING_LIVE,
        always: fc.boolean(),
        interactive: fc.boolean(),
        gathers: fc.constant(false),
      }),
      fc.record({
        ...NOTHING_LIVE,
        always: fc.constant(false),
        interactive: fc.constant(false),
        gathers: fc.constant(true),
      }),
    ),
    fails: fc.nat(5).map((n) => n === 0),
    items: fc.constant(null),
  });

/** Some of those that stand for others learn late for which. */
const withItems = (one: Member, items: number): Member =>
  one.traits.gathers && items < 4 ? { ...one, items } : one;

const anyStory: fc.Arbitrary<Story> = fc.integer({ min: 1, max: 20 }).chain((size) =>
  fc.record({
    members: fc
      .tuple(
        fc.tuple(...Array.from({ length: size }, (_, n) => member(n))),
        fc.array(fc.nat(7), { minLength: size, maxLength: size }),
      )
      .map(([list, items]) => new Map(list.map((one, n) => [task(`t${n}`), withItems(one, items[n] ?? 0)]))),
    jobs: fc.integer({ min: 1, max: 4 }),
    keepGoing: fc.boolean(),
    picks: fc.array(fc.nat(100), { minLength: 60, maxLength: 60 }),
    acts: fc.array(fc.nat(3), { minLength: 60, maxLength: 60 }),
    interruptAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(15)),
  }),
);

/** Lives through a story, and checks every rule at the moment it matters. */
class Life {
  readonly members: Map<TaskName, Member>;
  readonly ended = new Map<TaskName, 'succeeded' | 'failed' | Skip['because']>();
  readonly started = new Set<TaskName>();
  readonly #story: Story;
  readonly #schedule: Schedule;
  readonly #running: TaskName[] = [];
  readonly #begun = new Set<TaskName>();
  readonly #yielded = new Set<TaskName>();
  readonly #grown = new Set<TaskName>();
  #interrupted = false;

  constructor(story: Story) {
    this.#story = story;
    this.members = new Map(story.members);
    const needs = new Map([...story.members].map(([name, one]) => [name, one.needs]));
    this.#schedule = new Schedule(needs, story, this.#traitsOf);
  }

  live(): void {
    for (let step = 0; !this.#schedule.done; step++) {
      if (step === this.#story.interruptAt) {
        this.#interrupted = true;
        this.#skipped(this.#schedule.interrupt());
      }
      for (const name of this.#schedule.next()) this.#start(name);
      this.#checkRunning();
      this.#act(step);
      for (const name of this.#schedule.next()) this.#start(name);
      const { picks } = this.#story;
      const at = (picks[step % picks.length] ?? 0) % Math.max(1, this.#running.length);
      const [name] = this.#running.splice(at, 1);
      if (name === undefined && !this.#schedule.done) throw new Error('nothing runs, and it is not done');
      if (name !== undefined) this.#endOrGrow(name);
    }
    expect([...this.ended.keys()].sort()).toEqual([...this.members.keys()].sort());
  }

  readonly #traitsOf = (name: TaskName): Traits => this.#member(name).traits;

  #start(name: TaskName): void {
    expect(this.#interrupted).toBe(false);
    expect(this.ended.has(name)).toBe(false);
    const { needs, traits } = this.#member(name);
    for (const need of needs) {
      const isThere = traits.live.includes(need) && this.#begun.has(need) && !this.ended.has(need);
      const isOver = traits.always ? this.ended.has(need) : this.ended.get(need) === 'succeeded';
      expect(isThere || isOver).toBe(true);
    }
    this.started.add(name);
    this.#running.push(name);
  }

  #act(step: number): void {
    const { acts, picks } = this.#story;
    const name = this.#running[(picks[step % picks.length] ?? 0) % Math.max(1, this.#running.length)];
    const act = acts[step % acts.length];
    if (name === undefined || (act ?? 2) > 1) return;
    if (act === 0) this.#begun.add(name);
    else if (!this.#member(name).traits.interactive) this.#yielded.add(name);
    if (act === 0) this.#schedule.started(name);
    else this.#schedule.yields(name);
  }

  #checkRunning(): void {
    const counted = this.#running.filter((name) => !this.#yielded.has(name));
    expect(counted.length).toBeLessThanOrEqual(this.#story.jobs);
    if (this.#running.some((name) => this.#member(name).traits.interactive))
      expect(this.#running).toHaveLength(1);
  }

  #endOrGrow(name: TaskName): void {
    const { items, traits } = this.#member(name);
    if (items !== null && !this.#grown.has(name) && this.#schedule.endFor(name) === null) {
      this.#grown.add(name);
      const names = Array.from({ length: items }, (_, n) => task(`${name}:${n}`));
      const own = this.#member(name).needs;
      for (const [n, item] of names.entries())
        this.members.set(item, { needs: own, traits: PLAIN, fails: n === 2, items: null });
      if (items > 0) this.members.set(name, { ...this.#member(name), needs: names });
      this.#schedule.grow(name, new Map(names.map((item) => [item, own])), this.#traitsOf);
      return;
    }
    const ends = this.#member(name).fails && !traits.gathers ? 'failed' : 'succeeded';
    this.ended.set(name, ends);
    this.#skipped(this.#schedule.finished(name, ends === 'succeeded'));
  }

  #skipped(skips: readonly Skip[]): void {
    for (const { task: name, because } of skips) {
      expect(this.ended.has(name)).toBe(false);
      const { needs, traits } = this.#member(name);
      if (traits.gathers && because.kind !== 'interrupted')
        for (const need of needs) expect(this.ended.has(need)).toBe(true);
      if (traits.always) expect(because.kind).toBe('interrupted');
      this.#checkReason(name, because);
      this.ended.set(name, because);
    }
  }

  #checkReason(name: TaskName, because: Skip['because']): void {
    if (because.kind === 'interrupted') expect(this.#interrupted).toBe(true);
    else if (because.kind === 'stopped') expect(this.#story.keepGoing).toBe(false);
    else {
      expect(this.ended.get(because.task)).toBe('failed');
      expect(this.#allNeeds(name)).toContain(because.task);
    }
  }

  #allNeeds(name: TaskName): Set<TaskName> {
    const found = new Set(this.#member(name).needs);
    for (const need of found) for (const further of this.#member(need).needs) found.add(further);
    return found;
  }

  #member(name: TaskName): Member {
    return this.members.get(name) as Member;
  }
}

test('every task ends once, only after what it needs, alone if it has to, and for the reason that is told', () => {
  fc.assert(
    fc.property(anyStory, (story) => new Life(story).live()),
    { numRuns: 600 },
  );
});

test('without an interruption every task starts that runs always', () => {
  fc.assert(
    fc.property(anyStory, (anything) => {
      const life = new Life({ ...anything, interruptAt: Number.POSITIVE_INFINITY });
      life.live();
      for (const [name, { traits }] of life.members) if (traits.always) expect(life.started).toContain(name);
    }),
    { numRuns: 300 },
  );
});

test('with -k and without an interruption a task starts exactly when all that it needs has succeeded', () => {
  fc.assert(
    fc.property(anyStory, (anything) => {
      const life = new Life({ ...anything, keepGoing: true, interruptAt: Number.POSITIVE_INFINITY });
      life.live();
      for (const [name, { needs, traits, items }] of life.members) {
        // One that has grown has started before it knew what it waits for.
        if (traits.always || items !== null) continue;
        const isFine = needs.every((need) => life.ended.get(need) === 'succeeded');
        // It may also have started before what it reads from failed.
        if (traits.live.length > 0 && !isFine) continue;
        expect([name, life.started.has(name)]).toEqual([name, isFine]);
      }
    }),
    { numRuns: 300 },
  );
});

const schedule = (
  needs: Readonly<Record<string, readonly string[]>>,
  traits: Record<string, Partial<Traits>>,
) =>
  new Schedule(
    new Map(Object.entries(needs).map(([name, list]) => [task(name), list.map(task)])),
    { jobs: 4, keepGoing: false },
    (name) => ({ ...PLAIN, ...traits[name] }),
  );

test('an interactive task waits until nothing runs, and nothing overtakes it', () => {
  const plan = schedule({ a: [], b: [], ask: [], c: [] }, { ask: { interactive: true } });
  expect(plan.next()).toEqual(['a', 'b']);
  plan.finished(task('a'), true);
  expect(plan.next()).toEqual([]);
  plan.finished(task('b'), true);
  expect(plan.next()).toEqual(['ask']);
  expect(plan.next()).toEqual([]);
  plan.finished(task('ask'), true);
  expect(plan.next()).toEqual(['c']);
});

test('a task that runs always starts after a failure, when the others have ended, but not after an interruption', () => {
  const needs = { a: [], slow: [], clean: ['a', 'slow'], after: ['clean'] };
  const plan = schedule(needs, { clean: { always: true } });
  plan.next();
  expect(plan.finished(task('a'), false)).toEqual([{ task: 'after', because: { kind: 'stopped' } }]);
  expect(plan.next()).toEqual([]);
  plan.finished(task('slow'), true);
  expect(plan.next()).toEqual(['clean']);
  plan.finished(task('clean'), true);
  expect(plan.done).toBe(true);

  const interrupted = schedule(needs, { clean: { always: true } });
  interrupted.next();
  expect(interrupted.interrupt().map((skip) => skip.task)).toEqual(['clean', 'after']);
});

test('what stands for others ends when the last of them has ended, and its dependents hear of a failure at once', () => {
  const plan = schedule({ 'p:a': [], 'p:b': [], p: ['p:a', 'p:b'], next: ['p'] }, { p: { gathers: true } });
  plan.next();
  expect(plan.finished(task('p:a'), false)).toEqual([
    { task: 'next', because: { kind: 'dependency', task: 'p:a' } },
  ]);
  expect(plan.finished(task('p:b'), true)).toEqual([
    { task: 'p', because: { kind: 'dependency', task: 'p:a' } },
  ]);
  expect(plan.done).toBe(true);
});

test('what reads a stream starts before all others when the writer has started, and runs with it', () => {
  const needs = { gen: [], other: [], third: [], read: ['gen'], end: ['read'] };
  const plan = new Schedule(
    new Map(Object.entries(needs).map(([name, list]) => [task(name), list.map(task)])),
    { jobs: 1, keepGoing: false },
    (name) => ({ ...PLAIN, live: name === 'read' ? [task('gen')] : [] }),
  );
  expect(plan.next()).toEqual(['gen']);
  plan.started(task('gen'));
  expect(plan.next()).toEqual([]);
  plan.yields(task('gen'));
  expect(plan.next()).toEqual(['read']);
  expect(plan.next()).toEqual([]);
  plan.finished(task('read'), true);
  expect(plan.next()).toEqual(['other']);
  plan.finished(task('gen'), true);
  expect(plan.next()).toEqual([]);
  plan.finished(task('other'), true);
  expect(plan.next()).toEqual(['third']);
});

test('what would read a stream does not start any more when the writer has failed before', () => {
  const plan = schedule({ gen: [], slow: [], read: ['gen', 'slow'] }, { read: { live: [task('gen')] } });
  plan.next();
  plan.started(task('gen'));
  expect(plan.finished(task('gen'), false)).toEqual([
    { task: 'read', because: { kind: 'dependency', task: 'gen' } },
  ]);
});

test('10,000 items that all wait for each other in a row, and one that gathers them, take constant work each', () => {
  const size = 10_000;
  const names = Array.from({ length: size }, (_, n) => `p:${n}`);
  const needs = Object.fromEntries(names.map((name, n) => [name, n === 0 ? [] : [`p:${n - 1}`]]));
  const plan = schedule({ ...needs, p: names }, { p: { gathers: true } });
  plan.next();
  expect(plan.finished(task('p:0'), false)).toHaveLength(size);
  expect(plan.done).toBe(true);
});
