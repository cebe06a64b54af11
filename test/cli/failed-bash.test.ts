import { expect, test } from 'vitest';
import { project } from './project.ts';

/** The hint that a failed bash task's summary has. */
function hintOf(script: string): string | undefined {
  using dir = project(`tasks:
  a:
    bash: OUTPUT[rows]=5
  b:
    before: [a]
    bash: |
${script.replace(/^/gm, '      ')}
`);
  const { code, stderr } = dir.otto(['run', '-q', 'b']);
  expect(code).toBe(1);
  return /^ {2}hint: (.*)$/m.exec(stderr)?.[1];
}

const SILENT =
  'it wrote nothing; a bash script ends at the first command that fails, and "set -x" in it shows which';

test.each([
  ['echo "$INPUT[a.rows]"', `a value is written with braces: \${INPUT[task.key]}`],
  ['echo "$OUTPUT[rows]"', `a value is written with braces: \${OUTPUT[key]}`],
  [
    `echo "\${INPUT[a.row]}"`,
    'no task in "before" has set "a.row" ("otto data" shows what tasks have set; of a foreach each item has values of its own)',
  ],
  ['OUTPUT[x] = 1', 'a value is set without blanks around "=": OUTPUT[key]=value'],
  ['OUTPUT.x=1', 'a value is set without blanks around "=": OUTPUT[key]=value'],
  [
    'otto-set x 1',
    'the functions are called otto.set and otto.get; programs that a script starts do not have them',
  ],
  ['x=$(echo a | grep b)\necho never', SILENT],
  ['false', SILENT],
  ['nope', 'a command it names was not found: check its spelling and PATH'],
  ['echo why; exit 1', undefined],
  ['exit 3', undefined],
])('%s', (script, hint) => {
  expect(hintOf(script)).toBe(hint);
});
