import { expect, test } from 'vitest';
import { project } from './project.ts';

/** What the summary shows of a Node task that failed, without the places of files. */
function shown(script: string): string[] {
  using dir = project(`tasks:\n  t:\n    node: |\n${script.replace(/^/gm, '      ')}\n`);
  const { code, stderr } = dir.otto(['run', '-q', 't']);
  expect(code).toBe(1);
  const lines = stderr.split('\n').filter((line) => line.startsWith('  | '));
  return lines.map((line) =>
    line
      .slice(4)
      .replace(/\(?(file:\/\/)?\/\S*\//, '@')
      .trimEnd(),
  );
}

test('an error has its message and the line of the script, and no frames of Node', () => {
  expect(shown('const f = (n) => (n ? f(n - 1) : null.x);\nf(1);')).toEqual([
    'otto.yml:4',
    'const f = (n) => (n ? f(n - 1) : null.x);',
    ...[expect.stringMatching(/^ +\^$/), ''],
    expect.stringMatching(/^TypeError: Cannot read properties of null/),
    ...[4, 4, 5].map((line) => expect.stringMatching(new RegExp(`^ {4}at .*otto\\.yml:${line}\\)?$`))),
  ]);
});

test('a deep stack is cut, not the error above it', () => {
  const lines = shown("const f = (n) => { if (n) f(n - 1); else throw new Error('deep'); };\nf(20);");
  expect(lines[1]).toContain("throw new Error('deep')");
  expect(lines[4]).toBe('Error: deep');
  expect(lines.slice(5)).toEqual(Array(4).fill('    at f (otto.yml:4)'));
});

test('an error with properties has them, too', () => {
  expect(shown("import { readFileSync } from 'node:fs';\nreadFileSync('/nope');").slice(4)).toEqual([
    "Error: ENOENT: no such file or directory, open '/nope'",
    '    at otto.yml:5',
    '  {',
    '  errno: -2,',
    "  code: 'ENOENT',",
    "  syscall: 'open',",
    "  path: '/nope'",
    '}',
  ]);
});

test('of a very long error the message, the line of the script and the end are shown', () => {
  const lines = shown(
    "import assert from 'node:assert';\nassert.deepStrictEqual(Array.from(Array(60).keys()), Array(60).fill(0));",
  );
  expect(lines).toContain('AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:');
  expect(lines).toContain('    at otto.yml:5');
  expect(lines.at(-2)).toContain("operator: 'deepStrictEqual'");
  expect(lines.length).toBeLessThan(25);
});

test('what a script says after an error of a child is its last words', () => {
  const lines = shown(`import { spawnSync } from 'node:child_process';
spawnSync(process.execPath, ['-e', 'throw new Error("of the child")'], { stdio: 'inherit' });
for (let i = 0; i < 40; i++) console.log('line', i);
process.exit(1);`);
  expect(lines).toContain('Error: of the child');
  expect(lines.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i + 30}`));
});
