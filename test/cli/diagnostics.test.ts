import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/diagnostics.ts';
import { makeStyle } from '../../src/cli/terminal.ts';
import type { Diagnostic } from '../../src/ottofile/model.ts';
import { project } from './project.ts';

test('every problem is shown with its place, its line and a hint, and nothing runs', () => {
  using dir = project(`tasks:
  build:
    before: [tset]
    bash: touch ran
    bsah: x
  test:
    before: [build]
    bash: [1]
`);
  expect(dir.otto(['run', 'build'])).toEqual({
    code: 2,
    stdout: '',
    stderr: `otto.yml:3:14  error: task "build" names "tset" in "before", but there is no such task
  3 |     before: [tset]
    |              ^
  hint: did you mean "test"?
otto.yml:5:5  warning: task "build" has an unknown key "bsah"; it is ignored
  5 |     bsah: x
    |     ^
  hint: did you mean "bash"?
otto.yml:8:11  error: "bash" must be a script, not a list
  8 |     bash: [1]
    |           ^
  hint: write it as a block: "bash: |"
`,
  });
  expect(dir.otto(['list']).code).toBe(2);
});

test('a warning does not keep a task from running', () => {
  using dir = project('tasks: {a: {bash: echo done, x-y: 1}}');
  const { code, stdout, stderr } = dir.otto(['a']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'a | done\n' });
  expect(stderr).toMatch(/^otto\.yml:1:30 {2}warning: task "a" has an unknown key "x-y"; it is ignored\n/);
});

test('a cycle is refused before anything runs', () => {
  using dir = project('tasks:\n  a: {before: b}\n  b: {before: a}\n');
  expect(dir.otto(['a'])).toMatchObject({
    code: 2,
    stderr: `otto.yml:2:15  error: tasks wait for each other: a -> b -> a
  2 |   a: {before: b}
    |               ^
  hint: each waits for the next one: remove one of these links
`,
  });
});

test('a file elsewhere is named by its whole path', () => {
  using dir = project('tasks: [');
  using other = project('tasks: {}');
  expect(other.otto(['-o', dir.directory, 'x']).stderr).toMatch(`${dir.path('otto.yml')}:1:8  error: YAML: `);
});

const plain = makeStyle(false);
const base: Diagnostic = {
  severity: 'error',
  file: '/x/otto.yml',
  at: { line: 1, column: 1 },
  sourceLine: '',
  message: 'wrong',
};

test('the caret stands under its column after tabs and wide characters', () => {
  const lines = formatDiagnostic(
    { ...base, at: { line: 10, column: 5 }, sourceLine: '\t日本 x' },
    plain,
  ).split('\n');
  expect(lines.slice(1, 3)).toEqual(['  10 | \t日本 x', '     | \t     ^']);
});

test('of a very long line the part around the column is shown', () => {
  const sourceLine = `${'a'.repeat(5000)}X${'b'.repeat(5000)}`;
  const [, shown = '', caret = ''] = formatDiagnostic(
    { ...base, at: { line: 1, column: 5001 }, sourceLine },
    plain,
  ).split('\n');
  expect(shown.length).toBeLessThan(140);
  expect(shown[caret.indexOf('^')]).toBe('X');
});

test('control characters of the line are shown, not sent', () => {
  const text = formatDiagnostic(
    { ...base, at: { line: 1, column: 3 }, sourceLine: '\u001b]0;x\u0007y' },
    plain,
  );
  expect(text).toContain('  1 | \\x1b]0;x\\x07y\n    |      ^\n');
});

test('colours are used when asked for', () => {
  expect(formatDiagnostic(base, makeStyle(true))).toBe(
    '\u001b[1m/x/otto.yml:1:1\u001b[22m  \u001b[31merror\u001b[39m: wrong\n',
  );
});
