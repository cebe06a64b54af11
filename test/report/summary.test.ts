import { describe, expect, test } from 'vitest';
import { noticeReporter } from '../../src/report/notices.ts';
import { quietReporter } from '../../src/report/quiet.ts';
import { summaryReporter } from '../../src/report/summary.ts';
import { durationWords, outcomeWords, sizeWords } from '../../src/report/words.ts';
import {
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

const LINES = Array.from({ length: 30 }, (_, n) => `line ${n + 1}\n`).join('');
const FAILING = [
  started('good', 'bad', 'never'),
  output('good', 'fine\n'),
  finished('good'),
  output('bad', LINES),
  output('bad', 'the reason\n', 'stderr'),
  finished('bad', exit(3)),
  finished('never', { kind: 'skipped', because: { kind: 'dependency', task: task('bad') } }),
  ended('failed'),
] as const;

const NEVER = '  not started: "never": it needs "bad", which failed\n';
const BAD_BLOCK = `otto: task "bad" failed with exit code 3
${Array.from({ length: 9 }, (_, n) => `  | line ${n + 22}\n`).join('')}  | the reason
  log: /run/tasks/bad/stderr.log
  log: /run/tasks/bad/stdout.log
`;

describe('the summary', () => {
  test('of a good run is one line', () => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), [started('a'), finished('a'), ended('succeeded')]);
    expect(paper.text('stderr')).toBe('otto: 1 task succeeded in 1.2s\n');
    expect(paper.text('stdout')).toBe('');
  });

  test('ends with the failed tasks: reason, last lines of both streams in their order, logs', () => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), FAILING);
    expect(paper.text()).toBe(
      `otto: failed: 1 succeeded, 1 failed, 1 not started in 1.2s\n${NEVER}${BAD_BLOCK}`,
    );
  });

  test.each([
    ['script.sh: line 2: /bin/echo: Argument list too long\n', 126],
    ["OSError: [Errno 7] Argument list too long: '/bin/true'\n", 1],
    ['<ref *1> Error: spawnSync /bin/true E2BIG\n', 1],
  ])('says how else a value can be handed to a program when %j was said', (said, code) => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), [
      started('a'),
      output('a', said, 'stderr'),
      finished('a', exit(code)),
      ended('failed'),
    ]);
    expect(paper.text()).toContain(
      '  hint: an argument or variable of a program has at most 131,071 bytes: ',
    );
    expect(paper.text()).not.toContain('permissions');
  });

  test('names tasks that were interrupted, without what they were saying', () => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), [
      started('a'),
      output('a', 'talk\n'),
      finished('a', { kind: 'failed', reason: { kind: 'interrupted' } }),
      ended('interrupted', 61_000),
    ]);
    expect(paper.text()).toBe(
      'otto: interrupted: 1 failed in 1m 01s\notto: task "a" was interrupted\n  log: /run/tasks/a/stdout.log\n',
    );
  });

  test('does not blame the tasks when otto has failed', () => {
    const paper = new Paper();
    const events = [started('a', 'b'), finished('a'), finished('b'), ended('failed')];
    play(summaryReporter(paper.screen, explain), events);
    expect(paper.text()).toBe(
      'otto: 2 tasks succeeded, but otto failed to keep or clear all they left, in 1.2s\n',
    );
  });

  test('of a run without tasks says so', () => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), [started(), ended('succeeded', 0)]);
    expect(paper.text()).toBe('otto: 0 tasks succeeded in 0.0s\n');
  });

  test('shows the beginning of a gigantic line, not all of it, and splits no character', () => {
    const paper = new Paper();
    const piece = Buffer.from(`x${'ü'.repeat(8 * 1024 - 1)}y`);
    const many = Array.from({ length: 1000 }, () => output('a', piece));
    play(summaryReporter(paper.screen, explain), [
      started('a'),
      ...many,
      finished('a', exit(1)),
      ended('failed'),
    ]);
    expect(paper.bytes().length).toBeLessThan(1_000);
    expect(paper.text()).toContain('ü …\n');
    expect(paper.text()).not.toContain('\ufffd');
  });

  test('puts a task that could not be started in words', () => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), [
      started('a'),
      finished('a', { kind: 'failed', reason: { kind: 'not-started', command: 'ruby', code: 'ENOENT' } }),
      ended('failed'),
    ]);
    expect(paper.text()).toContain(
      'task "a" could not be started: "ruby" was not found\n  hint: install it, or check PATH\n',
    );
  });
});

describe('the summary of a run with tasks that did not all run', () => {
  const summaryOf = (...events: Parameters<typeof play>[1]): string => {
    const paper = new Paper();
    play(summaryReporter(paper.screen, explain), events);
    return paper.text();
  };

  test('counts what was up to date and what its "if" left out', () => {
    const text = summaryOf(
      finished('a'),
      finished('b', { kind: 'fresh' }),
      finished('c', { kind: 'fresh' }),
      finished('d', { kind: 'skipped', because: { kind: 'condition' } }),
      ended('succeeded'),
    );
    expect(text).toBe('otto: 1 task succeeded, 2 up to date, 1 left out in 1.2s\n');
    expect(summaryOf(finished('b', { kind: 'fresh' }), ended('succeeded'))).toBe(
      'otto: 1 task up to date in 1.2s\n',
    );
  });

  test('tells a timeout from other failures', () => {
    const timeout = { kind: 'failed', reason: { kind: 'timeout', limitMs: 5_000 } } as const;
    expect(summaryOf(finished('slow', timeout), ended('failed'))).toBe(
      'otto: failed: 1 timed out in 1.2s\notto: task "slow" timed out after 5.0s\n  hint: its "timeout" in the ottofile says how long it may take\n',
    );
  });

  test('names some of hundreds that did not start, by what they needed, and some of hundreds that failed', () => {
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    const text = summaryOf(
      ...numbers.map((n) => finished(`bad${n}`, exit(1))),
      ...numbers.map((n) =>
        finished(`needs0-${n}`, { kind: 'skipped', because: { kind: 'dependency', task: task('bad0') } }),
      ),
      ...numbers.map((n) =>
        finished(`needs${n}`, { kind: 'skipped', because: { kind: 'dependency', task: task(`bad${n}`) } }),
      ),
      finished('late', { kind: 'skipped', because: { kind: 'stopped' } }),
      ended('failed'),
    );
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'otto: failed: 300 failed, 601 not started in 1.2s',
      `  not started: ${numbers
        .slice(0, 10)
        .map((n) => `"needs0-${n}"`)
        .join(', ')} and 291 more: they need "bad0", which failed`,
    ]);
    expect(lines[11]).toBe('  … for 291 more failures');
    expect(lines[12]).toMatch(/^otto: 280 more failed: "bad20", .* and 270 more$/);
    expect(lines.slice(13)).toHaveLength(21);
    expect(lines.at(-2)).toBe('otto: task "bad19" failed with exit code 1');
  });

  test('shows of a task that was tried again only what the last attempt said', () => {
    const text = summaryOf(
      output('a', 'first\n'),
      {
        type: 'task-retrying',
        task: task('a'),
        attempt: 1,
        attempts: 2,
        delayMs: 0,
        reason: { kind: 'exit', code: 1 },
      },
      output('a', 'second\n'),
      finished('a', exit(2)),
      ended('failed'),
    );
    expect(text).toContain('second');
    expect(text).not.toContain('first');
  });

  test('points to the ottofile where bash and Node point to the copy of the script', () => {
    const paper = new Paper();
    const here = { ...explain, ottofileOf: () => 'sub/otto.yml' };
    const lines = [
      '/run/tasks/a/script.sh: line 12: tra: command not found',
      '/run/tasks/a/script.sh: Zeile 13: tra: nicht gefunden',
      '    at f (file:///run/tasks/a/script.mjs:7:9)',
      '/run/tasks/ab/script.sh: line 1: of another',
    ];
    play(summaryReporter(paper.screen, here), [
      output('a', `${lines.join('\n')}\n`),
      finished('a', exit(127)),
      ended('failed'),
    ]);
    expect(paper.text()).toContain(
      [
        '  | sub/otto.yml:12: tra: command not found',
        '  | sub/otto.yml:13: tra: nicht gefunden',
        '  |     at f (sub/otto.yml:7)',
        '  | /run/tasks/ab/script.sh: line 1: of another',
      ].join('\n'),
    );
  });

  test('shows control characters of names', () => {
    expect(summaryOf(finished('a\u009b2Jb', exit(1)), ended('failed'))).toContain('task "a\\u{9b}2Jb"');
  });
});

describe('quiet', () => {
  test('says nothing about a good run', () => {
    const paper = new Paper();
    play(quietReporter(paper.screen, explain), [
      started('a'),
      output('a', 'x\n'),
      finished('a'),
      ended('succeeded'),
    ]);
    expect(paper.written).toEqual([]);
  });

  test('shows the failed tasks only', () => {
    const paper = new Paper();
    play(quietReporter(paper.screen, explain), FAILING);
    expect(paper.text()).toBe(BAD_BLOCK);
  });
});

describe('notices', () => {
  test('are told on stderr, with their task', () => {
    const paper = new Paper();
    play(noticeReporter(paper.screen), [
      { type: 'task-notice', task: task('a'), notice: { kind: 'value-has-nul', key: 'b\n.c' } },
      { type: 'task-notice', task: task('a'), notice: { kind: 'leftover-processes', count: 2 } },
      {
        type: 'task-notice',
        task: task('a'),
        notice: { kind: 'value-too-large-for-bash', key: 'k', bytes: 20_000_000, limit: 16_777_216 },
      },
      {
        type: 'task-notice',
        task: task('a'),
        notice: { kind: 'ambiguous-key', key: 'a.b.c', tasks: [task('a'), task('a.b')] },
      },
    ]);
    expect(paper.text('stderr').split('\n')).toEqual([
      'otto: task "a": INPUT has no "b\\n.c": a bash variable cannot hold its NUL bytes; otto.get delivers it',
      'otto: task "a": left 2 processes behind, ended with the run',
      'otto: task "a": INPUT has no "k": its 19.1 MiB are more than a bash variable takes (16 MiB); otto.get delivers it',
      'otto: task "a": "a.b.c" could be a value of "a" or "a.b"; the longest task name wins',
      '',
    ]);
  });

  test('tell the first two signals', () => {
    const paper = new Paper();
    const signal = (count: number, name: 'SIGINT' | 'SIGHUP' = 'SIGINT') =>
      ({ type: 'interrupted', signal: name, count }) as const;
    play(noticeReporter(paper.screen), [signal(1, 'SIGHUP'), signal(2), signal(3)]);
    expect(paper.text()).toBe(
      'otto: SIGHUP: ending the running tasks; once more kills them at once\notto: SIGINT: killing the running tasks\n',
    );
  });
});

test('every outcome has words', () => {
  const said = (outcome: Parameters<typeof outcomeWords>[0]) =>
    outcomeWords(outcome, describeFailure).message;
  expect(said({ kind: 'succeeded' })).toBe('succeeded');
  expect(said({ kind: 'failed', reason: { kind: 'signal', signal: 'SIGKILL' } })).toBe(
    'was ended by SIGKILL',
  );
  expect(said({ kind: 'failed', reason: { kind: 'otto', failure: { kind: 'usage', message: '' } } })).toBe(
    'failed: otto: usage',
  );
  expect(said({ kind: 'failed', reason: { kind: 'not-started', command: '/d', code: 'ENOTDIR' } })).toContain(
    '"/d"',
  );
  expect(said({ kind: 'failed', reason: { kind: 'not-started', command: 'x', code: 'EACCES' } })).toContain(
    'EACCES',
  );
  expect(said({ kind: 'failed', reason: { kind: 'not-started', command: 'x', code: 'E2BIG' } })).toContain(
    'E2BIG',
  );
  expect(said({ kind: 'failed', reason: { kind: 'not-started', command: 'x', code: 'EAGAIN' } })).toContain(
    'EAGAIN',
  );
  const directory = { kind: 'not-started', command: '/d', isDirectory: true } as const;
  expect(said({ kind: 'failed', reason: { ...directory, code: 'ENOENT' } })).toBe(
    'could not be started: its directory "/d" was not found',
  );
  expect(said({ kind: 'failed', reason: { ...directory, code: 'EIO' } })).toContain('cannot be used (EIO)');
  expect(said(exit(141))).toBe('failed with exit code 141 (SIGPIPE)');
  expect(said(exit(255))).toBe('failed with exit code 255');
  expect(said(exit(128))).toBe('failed with exit code 128');
  expect(outcomeWords(exit(137), describeFailure).hint).toContain('memory');
  expect(said({ kind: 'fresh' })).toBe('is up to date');
  expect(said({ kind: 'skipped', because: { kind: 'condition' } })).toBe('was left out: its "if" is false');
  expect(said({ kind: 'skipped', because: { kind: 'interrupted' } })).toBe(
    'did not start: the run was interrupted',
  );
  expect(said({ kind: 'skipped', because: { kind: 'stopped' } })).toBe(
    'did not start: another task had failed (-k goes on)',
  );
  expect(said({ kind: 'skipped', because: { kind: 'dependency', task: task('x') } })).toBe(
    'did not start: it needs "x"',
  );
  expect([durationWords(0), durationWords(12_345), durationWords(3_725_000)]).toEqual([
    '0.0s',
    '12s',
    '1h 02m',
  ]);
  expect([sizeWords(0), sizeWords(1023), sizeWords(1024), sizeWords(2 ** 50)]).toEqual([
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '1024 TiB',
  ]);
});
