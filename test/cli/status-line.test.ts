import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { columns } from '../../src/report/columns.ts';
import { type Project, project } from './project.ts';
import { OnTerminal, STATUS, type TerminalOptions } from './terminal-rig.ts';

/** Tasks that write to both streams, and go on until they are told. */
const names = ['a', 'bee', '東京', 'x👍y'];
const PARALLEL = `
tasks:
${names
  .map(
    (name) => `  ${name}:
    bash: |
      for i in {1..150}; do echo "out $i"; echo "err $i" >&2; done
      until [[ -e go ]]; do sleep 0.02; done
      for i in {151..300}; do echo "out $i"; echo "err $i" >&2; done
`,
  )
  .join('')}`;

const go = (dir: Project): void => writeFileSync(dir.path('go'), '');

const expectedLines = names
  .flatMap((name) => {
    const prefix = `${name}${' '.repeat(4 - columns(name))} |`;
    return Array.from({ length: 300 }, (_, n) => [`${prefix} out ${n + 1}`, `${prefix} err ${n + 1}`]).flat();
  })
  .sort();

/** The order within a stream of a task is that in which it was written. */
function inOrder(lines: readonly string[]): boolean {
  return names.every((name) =>
    ['out', 'err'].every((stream) => {
      const own = lines.filter((line) => line.startsWith(name) && line.includes(`| ${stream} `));
      return own.every((line, n) => line.endsWith(` ${n + 1}`));
    }),
  );
}

const seesStatus = ({ currentLine }: { readonly currentLine: string }): boolean => STATUS.test(currentLine);

const started = (dir: Project, command: string, options?: TerminalOptions): OnTerminal =>
  new OnTerminal(dir, command, options);

function clean(terminal: OnTerminal): void {
  const { screen } = terminal;
  expect(screen.lines.filter((line) => line.includes('[') || line === '')).toEqual([]);
  expect([screen.cursorColumn, screen.wraps]).toEqual([0, true]);
  expect(terminal.raw).not.toContain('\u001b[?25l');
}

describe('the status line', () => {
  test('tells what is running, and no line of output is lost, mixed or left over', async () => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `otto run -j4 ${names.join(' ')}`);
    await terminal.until(({ currentLine }) => /^\[0\/4\] \d+s {2}\S+, \S+, \S+, \S+$/.test(currentLine));
    go(dir);
    expect(await terminal.ended()).toBe(0);
    const lines = terminal.screen.lines;
    expect(lines.at(-1)).toMatch(/^otto: 4 tasks succeeded in /);
    expect(lines.slice(0, -1).sort()).toEqual(expectedLines);
    expect(inOrder(lines)).toBe(true);
    clean(terminal);
  });

  test.each([true, false])('survives changes of the width (terminal wraps again: %s)', async (reflow) => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `otto run -j4 ${names.join(' ')}`, { columns: 60, reflow });
    await terminal.until(seesStatus);
    for (const width of [31, 25, 40, 22, 70]) {
      terminal.resize(width);
      await terminal.until(({ currentLine }) => seesStatus({ currentLine }) && currentLine.length < width);
    }
    go(dir);
    expect(await terminal.ended()).toBe(0);
    const lines = terminal.screen.lines;
    expect(lines.slice(0, -1).sort()).toEqual(expectedLines);
    expect(inOrder(lines)).toBe(true);
    clean(terminal);
  });

  test('works when only stderr is a terminal, and then takes nothing from stdout', async () => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `otto run -j4 ${names.join(' ')} > out`);
    await terminal.until(seesStatus);
    go(dir);
    expect(await terminal.ended()).toBe(0);
    const shown = [
      ...terminal.screen.lines.slice(0, -1),
      ...readFileSync(dir.path('out'), 'utf8').split('\n'),
    ];
    expect(shown.filter((line) => line !== '').sort()).toEqual(expectedLines);
    clean(terminal);
  });

  test.each(['grouped', 'quiet'])('stands in the mode %s, too', async (mode) => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `otto run --output ${mode} -j4 ${names.join(' ')}`);
    await terminal.until(seesStatus);
    go(dir);
    expect(await terminal.ended()).toBe(0);
    const { lines } = terminal.screen;
    expect(lines).toHaveLength(mode === 'quiet' ? 0 : 4 * 601 + 1);
    clean(terminal);
  });

  test('is gone after Ctrl-C', async () => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `otto run -q -j4 ${names.join(' ')}`);
    await terminal.until(seesStatus);
    terminal.type('\\x03');
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen.lines[0]).toBe(
      'otto: SIGINT: ending the running tasks; once more kills them at once',
    );
    clean(terminal);
  });

  test('is gone while otto is stopped by Ctrl-Z, and comes again', async () => {
    using dir = project(PARALLEL);
    const terminal = started(dir, `set -m; otto run -q a; echo stopped; read -r; fg`);
    await terminal.until(seesStatus);
    terminal.type('\\x1a');
    await terminal.until(({ lines }) => lines.at(-1) === 'stopped');
    expect(terminal.screen.lines.filter((line) => STATUS.test(line))).toEqual([]);
    terminal.type('\\n');
    await terminal.until(seesStatus);
    go(dir);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen.lines.filter((line) => STATUS.test(line))).toEqual([]);
  });

  test('leaves the terminal to an interactive task, and what that leaves there', async () => {
    using dir = project(`
tasks:
  before: {bash: "until [[ -e go ]]; do sleep 0.02; done"}
  ask: {interactive: true, before: [before], bash: "printf 'name? '; read -r name; sleep 1.1; printf 'hello %s' \\"$name\\""}
  after: {before: [ask], bash: "until [[ -e on ]]; do sleep 0.02; done; echo end"}
`);
    const terminal = started(dir, 'otto run after');
    await terminal.until(seesStatus);
    go(dir);
    await terminal.until(({ currentLine }) => currentLine === 'name?');
    terminal.type('otto\\n');
    await terminal.until(
      ({ currentLine }) => currentLine === '[2/3] 1s  after' || currentLine === '[2/3] 2s  after',
    );
    dir.write('on', '');
    expect(await terminal.ended()).toBe(0);
    expect(
      terminal.raw.slice(terminal.raw.indexOf('name?'), terminal.raw.indexOf('hello otto')),
    ).not.toContain('[1/3]');
    expect(terminal.screen.rows.map(({ cells }) => cells.join('').trimEnd()).slice(0, 4)).toEqual([
      'name? otto',
      'hello otto',
      'after  | end',
      expect.stringMatching(/^otto: 3 tasks succeeded in /),
    ]);
  });

  test.each<[string, string, TerminalOptions]>([
    ['with TERM=dumb', 'otto run a', { env: { TERM: 'dumb' } }],
    ['with CI', 'otto run a', { env: { CI: 'true' } }],
    ['in the mode raw', 'otto run --output raw a', {}],
    ['in the mode json', 'otto run --output json a', {}],
    ['on a terminal of 10 columns', 'otto run a', { columns: 10 }],
    ['in the background', 'set -m; otto run a & wait', {}],
    ['when stderr is no terminal', 'otto run a 2> err', {}],
  ])('does not stand there %s', async (_where, command, options) => {
    // Long enough for the line to change once.
    using dir = project('tasks: {a: {bash: "echo x; sleep 1.1; echo y"}}');
    const terminal = started(dir, command, options);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw).toContain('y');
    expect(terminal.raw).not.toContain('\u001b');
  });

  test('shows control characters of names, and is never wider than the terminal', async () => {
    const name = `a\u009b2J${'宽'.repeat(60)}`;
    using dir = project(`tasks: {"${name}": {bash: "until [[ -e go ]]; do sleep 0.02; done"}}`);
    const terminal = started(dir, `otto run '${name}'`, { columns: 40 });
    await terminal.until(seesStatus);
    expect(terminal.screen.currentLine).toMatch(/^\[0\/1\] 0s {2}a\\u\{9b\}2J宽+\.\.\.$/);
    expect(terminal.screen.rows).toHaveLength(1);
    go(dir);
    expect(await terminal.ended()).toBe(0);
    clean(terminal);
  });
});
