import fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from './read.ts';

/** Pieces that ottofiles are made of, so that random texts get past the first character. */
const piece = fc.constantFrom(
  ...[
    'otto:',
    'tasks:',
    'a:',
    'b:',
    'before:',
    'after:',
    'bash:',
    'envs:',
    'jobs:',
    'memory:',
    'retention:',
    'dir:',
  ],
  ...[
    '[a, b]',
    '[a',
    '{a: b}',
    '{',
    '}',
    ']',
    ',',
    '*x',
    '&x',
    '<<:',
    '<<: *x',
    '? ',
    '- ',
    '|',
    '>-',
    '!t',
    '!!set',
    '%YAML 1.1',
  ],
  ...[
    '"',
    "'",
    '"\\ud800"',
    '"\\0"',
    '#',
    '---',
    '...',
    '\t',
    ' ',
    '  ',
    '    ',
    '\n',
    '\r\n',
    '\n  ',
    '\n    ',
    '\0',
    '\ufeff',
    '~',
    'null',
  ],
);
const text = fc
  .array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string({ maxLength: 5 })), { maxLength: 40 })
  .map((parts) => parts.join(''));
const bytes = fc.oneof(
  text.map((value) => new TextEncoder().encode(value)),
  fc.uint8Array({ maxLength: 60 }),
);

test('whatever a file holds gives an ottofile or an error, each at a place that exists', () => {
  fc.assert(
    fc.property(bytes, (content) => {
      const { ottofile, diagnostics } = read(content);
      expect(ottofile === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
      const lines = new TextDecoder().decode(content).split('\n');
      for (const { at, sourceLine } of diagnostics) {
        expect(at.line).toBeGreaterThanOrEqual(1);
        expect(at.line).toBeLessThanOrEqual(lines.length);
        expect(at.column).toBeGreaterThanOrEqual(1);
        expect(at.column).toBeLessThanOrEqual((lines[at.line - 1] ?? '').length + 1);
        expect(lines[at.line - 1]?.startsWith(sourceLine)).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
});

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const links = fc.uniqueArray(name, { maxLength: 3 });

test('an ottofile that is accepted names only tasks that exist', () => {
  const tasks = fc.dictionary(name, fc.record({ before: links, after: links }, { requiredKeys: [] }));
  fc.assert(
    fc.property(tasks, (given) => {
      const { ottofile } = read(JSON.stringify({ tasks: given }));
      for (const { name: task, before, after } of ottofile?.tasks.values() ?? []) {
        for (const other of [...before, ...after]) {
          expect(ottofile?.tasks.has(other)).toBe(true);
          expect(other).not.toBe(task);
        }
      }
    }),
  );
});
