import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { groupedReporter } from '../../src/report/grouped.ts';
import { summaryReporter } from '../../src/report/summary.ts';
import type { BackPressure } from '../../src/run/back-pressure.ts';
import type { RunEvent } from '../../src/run/events.ts';
import {
  AT,
  describeFailure,
  ended,
  exit,
  explain,
  finished,
  output,
  Paper,
  play,
  started,
  task,
} from './rig.ts';

const EMPTY: BackPressure = { isFull: () => false, whenRoom: (resume) => resume() };
const grouping = { describe: describeFailure, pressure: EMPTY, isLeft: () => false };

function show(...events: readonly RunEvent[]): Paper {
  const paper = new Paper();
  play(groupedReporter(paper.screen, grouping), events);
  return paper;
}

test('each task is one block, in the order in which they end, both streams in the order in which they came', () => {
  const paper = show(
    started('a', 'b'),
    output('a', 'a1\n'),
    output('b', 'b1\n'),
    output('a', 'problem\n', 'stderr'),
    output('a', 'a2\n'),
    finished('b'),
    finished('a', exit(3)),
    finished('c', { kind: 'skipped', because: { kind: 'dependency', task: task('a') } }),
    finished('d', { kind: 'fresh' }),
  );
  expect(paper.text()).toBe(
    '=== b: succeeded in 0.0s\nb1\n!!! a: failed with exit code 3 in 0.0s\na1\nproblem\na2\n=== d: is up to date\n',
  );
  expect(paper.text('stdout')).toBe('b1\na1\na2\n');
});

test('a line that lacks its newline is ended before anything else', () => {
  const paper = show(
    output('a', 'x'),
    output('a', 'y', 'stderr'),
    finished('a'),
    output('b', 'z'),
    finished('b'),
  );
  expect(paper.text()).toBe('=== a: succeeded in 0.0s\nx\ny\n=== b: succeeded in 0.0s\nz\n');
  expect(paper.text('stdout')).toBe('x\nz\n');
});

/** A task whose output is too much to keep: what its logs hold, and the events. */
function large(root: string, name: string) {
  const directory = join(root, name);
  mkdirSync(directory);
  const out = Buffer.from(`${name} out ${'x'.repeat(1000)}\n`.repeat(2000));
  const errors = Buffer.from(`${name} err\n`.repeat(10));
  writeFileSync(join(directory, 'stdout.log'), out);
  writeFileSync(join(directory, 'stderr.log'), errors);
  const half = out.indexOf('\n', out.length / 2) + 1;
  const events: RunEvent[] = [
    output(name, out.subarray(0, half)),
    output(name, errors, 'stderr'),
    output(name, out.subarray(half)),
    { ...finished(name), directory } as RunEvent,
  ];
  const block = Buffer.concat([
    Buffer.from(`=== ${name}: succeeded in 0.0s\n`),
    out.subarray(0, half),
    errors,
    out.subarray(half),
  ]);
  return { events, block };
}

test('a block that is too large for memory comes from the logs; what follows waits for it, in order', async () => {
  const root = mkdtempSync(join(tmpdir(), 'otto-grouped-'));
  try {
    const paper = new Paper();
    const reporter = groupedReporter(paper.screen, grouping);
    const summary = summaryReporter(paper.screen, explain);
    const [a, b] = [large(root, 'a'), large(root, 'b')];
    for (const event of [...a.events, ...b.events, output('c', 'c\n'), finished('c'), ended('succeeded')]) {
      reporter(event);
      summary(event);
    }
    await paper.screen.idle();
    const end = Buffer.from('=== c: succeeded in 0.0s\nc\notto: 3 tasks succeeded in 1.2s\n');
    expect(paper.bytes().equals(Buffer.concat([a.block, b.block, end]))).toBe(true);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('such a block does not pile up before a slow reader, and is cut when the run is interrupted', async () => {
  const root = mkdtempSync(join(tmpdir(), 'otto-grouped-'));
  try {
    const paper = new Paper();
    let [full, interrupted] = [true, false];
    const resumes: (() => void)[] = [];
    const pressure: BackPressure = { isFull: () => full, whenRoom: (resume) => void resumes.push(resume) };
    const { events } = large(root, 'a');
    play(groupedReporter(paper.screen, { ...grouping, pressure, isLeft: () => interrupted }), events);
    expect(paper.bytes().length).toBeLessThan(100);
    full = false;
    interrupted = true;
    for (const resume of resumes) resume();
    await paper.screen.idle();
    expect(paper.text()).toBe(
      `=== a: succeeded in 0.0s\notto: output of task "a": the rest is in ${join(root, 'a')}\n`,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a log that is gone is told', async () => {
  const paper = show(output('a', 'x'.repeat(2_000_000)), finished('a'));
  await paper.screen.idle();
  expect(paper.text()).toBe(
    '=== a: succeeded in 0.0s\notto: output of task "a": ENOENT: cannot read it in /run/tasks/a\n',
  );
});

test('tens of thousands of turns between the streams take no more than their number allows', async () => {
  const events = Array.from({ length: 150_000 }, (_, n) =>
    output('a', `${n}\n`, n % 2 ? 'stderr' : 'stdout'),
  );
  const root = mkdtempSync(join(tmpdir(), 'otto-grouped-'));
  try {
    const paper = new Paper();
    for (const [stream, rest] of [
      ['stdout', 0],
      ['stderr', 1],
    ] as const) {
      const own = events.map((_, n) => n).filter((n) => n % 2 === rest);
      writeFileSync(join(root, `${stream}.log`), `${own.join('\n')}\n`);
    }
    play(groupedReporter(paper.screen, grouping), [
      ...events,
      { ...finished('a'), directory: root } as RunEvent,
    ]);
    await paper.screen.idle();
    const numbers = paper.text().split('\n').slice(1, -1).map(Number);
    expect(numbers.slice(0, 100_000)).toEqual(Array.from({ length: 100_000 }, (_, n) => n));
    expect(new Set(numbers).size).toBe(150_000);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('each attempt of a task is a block, also when its logs are moved away while it is shown', async () => {
  const root = mkdtempSync(join(tmpdir(), 'otto-grouped-'));
  try {
    const paper = new Paper();
    const reporter = groupedReporter(paper.screen, grouping);
    const directory = join(root, 'tasks/a');
    mkdirSync(directory, { recursive: true });
    const long = Buffer.alloc(1_500_000, 'x\n');
    writeFileSync(join(directory, 'stdout.log'), long);
    writeFileSync(join(directory, 'stderr.log'), '');
    play(reporter, [
      { type: 'run-started', directory: root, tasks: [task('a')], at: AT },
      output('a', long),
      {
        type: 'task-retrying',
        task: task('a'),
        attempt: 1,
        attempts: 2,
        delayMs: 0,
        reason: { kind: 'exit', code: 1 },
      },
    ]);
    rmSync(join(directory, 'stdout.log'));
    play(reporter, [output('a', 'again\n'), finished('a')]);
    await paper.screen.idle();
    expect(paper.text()).toBe(
      `!!! a: attempt 1 of 2 failed with exit code 1; again at once\n${long}=== a: succeeded in 0.0s\nagain\n`,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});
