import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OTTO_SECTION, TASK_SECTION } from '../../src/ottofile/schema.ts';
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
    'include:',
    'params:',
    '-g|--x:',
    'default: true',
    'nargs: "*"',
    'foreach:',
    'items:',
    'range: 1..3',
    'items_from: a.b',
    'outputs:',
    'type: object',
    'retries:',
    'timeout: 1m',
    'input:',
    'if:',
    '${INPUT[a.b]}',
    'python: INPUT["a.b"]',
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

/** What a key may be given: what it is meant for, and anything else. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    { '-g|--x': { default: true }, y: { nargs: '*', default: ['a'] } },
    { items: ['a', 'b'], as: 'x' },
    { range: '1..3' },
    { items_from: 'a.k' },
    { k: 'int', l: { type: 'object' }, m: { schema: true, optional: true } },
    { times: 2, delay: '1s' },
    '1h30m',
    ['a', 'b'],
    '${INPUT[a.k]} INPUT["b.l"] otto.get c.m',
  ),
);

test('whatever the keys of tasks are given, nothing is thrown', () => {
  const keys = fc.constantFrom(...Object.keys(TASK_SECTION), 'pyhton', '__proto__', 'constructor');
  const tasks = fc.dictionary(name, fc.dictionary(keys, value, { maxKeys: 5 }), { maxKeys: 4 });
  const file = fc.record({
    otto: fc.dictionary(fc.constantFrom(...Object.keys(OTTO_SECTION)), value),
    tasks,
    include: value,
  });
  fc.assert(
    fc.property(file, (content) => {
      const { ottofile, diagnostics } = read(JSON.stringify(content));
      expect(ottofile === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
      for (const { message, hint } of diagnostics.filter(({ severity }) => severity === 'error')) {
        expect(message).not.toMatch(/undefined|\[object|NaN|Infinity/);
        expect(hint).toBeTruthy();
      }
    }),
    { numRuns: 500 },
  );
});
