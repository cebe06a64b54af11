import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/task-args.ts';
import type { ParamValue } from '../../src/graph/param-value.ts';
import type { ParamDefinition, TaskDefinition } from '../../src/ottofile/model.ts';
import { flag, MANY, nargs, param } from '../support/params.ts';

const task = (params: readonly ParamDefinition[], foreach = false): TaskDefinition =>
  ({ name: 't', params, foreach: foreach ? {} : null }) as unknown as TaskDefinition;

const plain = (value: ParamValue) =>
  value.kind === 'text' ? value.text : value.kind === 'flag' ? value.on : value.items;

/** What the words give, and the words that are not the task's. */
function read(params: readonly ParamDefinition[], words: readonly string[]) {
  const found = readArguments(task(params), words, 0);
  if (!found.ok) throw new Error(`${found.error.message}\n${found.error.hint ?? ''}`);
  if (found.value === null) return 'help';
  const { given, next } = found.value;
  return [Object.fromEntries([...given].map(([name, value]) => [name, plain(value)])), ...words.slice(next)];
}

function problem(params: readonly ParamDefinition[], words: readonly string[]): (string | undefined)[] {
  const found = readArguments(task(params), words, 0);
  return found.ok ? [] : [found.error.message, found.error.hint];
}

const GREETING = param('-g|--greeting');
const DRY = flag('-n|--dry-run');
const LOUD = flag('-l|--loud', true);
const FILES = param('-f|--files', { nargs: nargs(0, MANY) });
const PAIR = param('-p|--pair', { nargs: nargs(2, 2) });
const ONE = param('one');
const REST = param('rest', { nargs: nargs(0, MANY) });

describe('options', () => {
  const all = [GREETING, DRY, LOUD, FILES, PAIR];
  test.each([
    ['', {}],
    ['--greeting hi', { greeting: 'hi' }],
    ['--greeting=hi', { greeting: 'hi' }],
    ['--greeting=', { greeting: '' }],
    ['--greeting==a=b', { greeting: '=a=b' }],
    ['-g hi', { greeting: 'hi' }],
    ['-ghi', { greeting: 'hi' }],
    ['-g=hi', { greeting: 'hi' }],
    ['-g -', { greeting: '-' }],
    ['-g -5', { greeting: '-5' }],
    ['-g -.5e-3', { greeting: '-.5e-3' }],
    ['-g a --greeting b', { greeting: 'b' }],
    ['-n', { 'dry-run': true }],
    ['-l', { loud: false }],
    ['-nn', { 'dry-run': true }],
    ['-nl', { 'dry-run': true, loud: false }],
    ['-nlg hi', { 'dry-run': true, loud: false, greeting: 'hi' }],
    ['-nlghi', { 'dry-run': true, loud: false, greeting: 'hi' }],
    ['--dry-run=true', { 'dry-run': true }],
    ['--dry-run=false', { 'dry-run': false }],
    ['-l=true', { loud: true }],
    ['-n --dry-run=false', { 'dry-run': false }],
    ['-f', { files: [] }],
    ['-f a b -n', { files: ['a', 'b'], 'dry-run': true }],
    ['--files=a --files b c', { files: ['a', 'b', 'c'] }],
    ['-fa -f=b', { files: ['a', 'b'] }],
    ['-nf a b', { 'dry-run': true, files: ['a', 'b'] }],
    ['-f a -1 - --', { files: ['a', '-1', '-'] }],
    ['-p a b', { pair: ['a', 'b'] }],
    ['-p a -n -p b', { pair: ['a', 'b'], 'dry-run': true }],
  ])('%s', (line, expected) => {
    expect(read(all, line.split(' ').filter(Boolean))).toEqual([expected]);
  });

  test.each([
    ['--greeting=hi next', [{ greeting: 'hi' }, 'next']],
    ['--files=a next', [{ files: ['a'] }, 'next']],
    ['-p a b next', [{ pair: ['a', 'b'] }, 'next']],
    ['-f a -- next', [{ files: ['a'] }, 'next']],
    ['-- -n', [{}, '-n']],
    ['-- --', [{}, '--']],
    ['-n next -l', [{ 'dry-run': true }, 'next', '-l']],
  ])('%s: what no param takes is the next task', (line, expected) => {
    expect(read(all, line.split(' '))).toEqual(expected);
  });
});

describe('positionals', () => {
  const TWO = param('two');
  const MAYBE = param('maybe', { nargs: nargs(0, 1) });
  const SOME = param('some', { nargs: nargs(1, MANY) });
  const UP_TO = param('up-to', { nargs: nargs(1, 3) });
  const WITH_DEFAULT = param('with', { default: 'd' });
  test.each([
    [[ONE], 'a', [{ one: 'a' }]],
    [[ONE], 'a b', [{ one: 'a' }, 'b']],
    [[ONE, TWO], 'a', [{ one: 'a' }]],
    [[ONE, TWO], 'a -n b', [{ one: 'a', two: 'b', 'dry-run': true }]],
    [[ONE, REST], 'a', [{ one: 'a' }]],
    [[ONE, REST], 'a b -n c', [{ one: 'a', rest: ['b', 'c'], 'dry-run': true }]],
    [[SOME, ONE], 'a', [{ some: ['a'] }]],
    [[SOME, ONE], 'a b', [{ some: ['a'], one: 'b' }]],
    [[SOME, ONE], 'a b c', [{ some: ['a', 'b'], one: 'c' }]],
    [[UP_TO, ONE], 'a b c d e', [{ 'up-to': ['a', 'b', 'c'], one: 'd' }, 'e']],
    [[MAYBE, ONE], 'a', [{ one: 'a' }]],
    [[MAYBE, ONE], 'a b c', [{ maybe: ['a'], one: 'b' }, 'c']],
    [[WITH_DEFAULT, MAYBE], 'a', [{ with: 'a' }]],
    [[ONE], '-- -n', [{ one: '-n' }]],
    [[ONE], '-- -- -n', [{ one: '--' }, '-n']],
    [[ONE, TWO], 'a -- -n next', [{ one: 'a', two: '-n' }, 'next']],
    [[ONE], '-5', [{ one: '-5' }]],
    [[ONE], '-', [{ one: '-' }]],
    [[ONE], '-1.5E+3 -n', [{ one: '-1.5E+3', 'dry-run': true }]],
    [[ONE, param('-5', { kind: 'flag', default: 'false' })], '-5', [{ '5': true }]],
  ])('%# %s', (positionals, line, expected) => {
    expect(read([...positionals, DRY], line.split(' '))).toEqual(expected);
  });

  test('an empty word is a value', () => {
    expect(read([ONE, GREETING], ['-g', '', ''])).toEqual([{ one: '', greeting: '' }]);
  });
});

test.each([['--help'], ['-h'], ['-nh'], ['x', '-h']])('%s asks for help', (...words) => {
  expect(read([ONE, DRY], words)).toBe('help');
});

test("-h can be a task's own, and behind -- it is a value", () => {
  expect(read([flag('-h|--hard')], ['-h'])).toEqual([{ hard: true }]);
  expect(read([ONE], ['--', '-h'])).toEqual([{ one: '-h' }]);
});

test('--Serial belongs to a task with foreach', () => {
  expect(readArguments(task([], true), ['--Serial', 'x'], 0)).toEqual({
    ok: true,
    value: { given: new Map(), serial: true, next: 1 },
  });
  expect(problem([], ['--Serial'])).toEqual(['task "t" has no option "--Serial"', 'it takes no options']);
  expect(problem([flag('--serious')], ['--Serial'])[1]).toBe('its options are: --serious');
  const hints = [['--serial'], ['--Serial=1'], ['-S']].map((words) => {
    const found = readArguments(task([], true), words, 0);
    return found.ok ? null : found.error.hint;
  });
  expect(hints).toEqual(['did you mean --Serial?', '--Serial takes no value', 'its options are: --Serial']);
});

describe('what cannot be read is told', () => {
  const HELP = '"otto t --help" shows what it takes';
  const COLOR = param('--color', { choices: ['red', 'dark blue'] });
  const all = [GREETING, DRY, FILES, PAIR, COLOR, ONE];
  test.each([
    [['--gretting', 'x'], 'task "t" has no option "--gretting"', 'did you mean --greeting?'],
    [
      ['-x'],
      'task "t" has no option "-x"',
      'its options are: --greeting, --dry-run, --files, --pair, --color',
    ],
    [
      ['-nx'],
      'task "t" has no option "-x"',
      'its options are: --greeting, --dry-run, --files, --pair, --color',
    ],
    [
      ['--fast'],
      'task "t" has no option "--fast"',
      'options of run come before the first task: otto run --fast t',
    ],
    [
      ['--fast=x'],
      'task "t" has no option "--fast"',
      'options of run come before the first task: otto run --fast t',
    ],
    [['-k'], 'task "t" has no option "-k"', 'options of run come before the first task: otto run -k t'],
    [['--no-dry-run'], 'task "t" has no option "--no-dry-run"', 'write --dry-run=false'],
    [
      ['--__proto__'],
      'task "t" has no option "--__proto__"',
      'its options are: --greeting, --dry-run, --files, --pair, --color',
    ],
    [
      ['--\u001b[2J'],
      'task "t" has no option "--\\x1b[2J"',
      'its options are: --greeting, --dry-run, --files, --pair, --color',
    ],
    [
      ['-g'],
      '--greeting of task "t" needs a value: --greeting=GREETING',
      '"otto t --help" shows all options',
    ],
    [
      ['-g', '--dry-run'],
      '--greeting of task "t" needs a value: --greeting=GREETING',
      'a value that begins with "-" is joined to it: --greeting=--dry-run',
    ],
    [
      ['--greeting', '--'],
      '--greeting of task "t" needs a value: --greeting=GREETING',
      '"otto t --help" shows all options',
    ],
    [
      ['--dry-run=yes'],
      '--dry-run of task "t" is a flag: it is true or false, not "yes"',
      '--dry-run alone means true',
    ],
    [
      ['--color', 'rad'],
      '"rad" is no choice for --color of task "t"',
      'did you mean "red"? the choices are: red, "dark blue"',
    ],
    [['--color', ''], '"" is no choice for --color of task "t"', 'the choices are: red, "dark blue"'],
    [['-p', 'a'], '--pair of task "t" takes 2 values, but was given 1', HELP],
    [['-p', '-n'], '--pair of task "t" takes 2 values, but was given none', HELP],
    [['-p', 'a', 'b', '-p', 'c'], '--pair of task "t" takes 2 values, but was given 3', HELP],
  ])('%j', (words, message, hint) => {
    expect(problem(all, words)).toEqual([message, hint]);
  });

  test('of a positional', () => {
    const three = param('three', { nargs: nargs(3, 4), metavar: 'NUM' });
    expect(problem([three], ['1', '2'])[0]).toBe('NUM of task "t" takes 3 to 4 values, but was given 2');
    expect(problem([param('one', { choices: ['a'] })], ['b'])[0]).toBe(
      '"b" is no choice for ONE of task "t"',
    );
  });
});

/** Params of all kinds with values that they can have. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '-', '--', '--k0', '-a', '=', '=x', 'true', '$(touch x)', '\n', '-5', '--help', '-h'),
);
const anyParam = (index: number) => {
  const name = `k${index}`;
  const letter = 'abcde'[index] ?? 'z';
  const arity = fc
    .tuple(fc.nat(2), fc.oneof(fc.nat(3), fc.constant(MANY)))
    .map(([min, more]) => nargs(min, Math.max(1, min + more)));
  const key = fc.constantFrom(`-${letter}|--${name}`, `--${name}`, `-${letter}`);
  return fc.oneof(
    fc
      .tuple(key, fc.boolean(), fc.boolean())
      .map(([spelled, byDefault, on]) => ({ definition: flag(spelled, byDefault), value: on })),
    fc.tuple(key, anyText).map(([spelled, value]) => ({ definition: param(spelled), value })),
    anyText.map((value) => ({ definition: param(name), value })),
    fc
      .tuple(key, arity)
      .chain(([spelled, takes]) =>
        fc
          .array(anyText, { minLength: takes.min, maxLength: Math.min(takes.max, 5) })
          .map((value) => ({ definition: param(spelled, { nargs: takes }), value })),
      ),
  );
};
const anyTask = fc.record({
  params: fc.tuple(...[0, 1, 2, 3, 4].map(anyParam)),
  rest: fc.array(anyText),
  coins: fc.infiniteStream(fc.boolean()),
});

test('whatever values are written as words are read as those values', () => {
  fc.assert(
    fc.property(anyTask, ({ params, rest, coins }) => {
      const coin = () => coins.next().value === true;
      const words: string[] = [];
      const positional: string[] = [];
      for (const { definition, value } of params) {
        const { kind, short, long } = definition;
        const name = short !== null && (long === null || coin()) ? `-${short}` : `--${long}`;
        if (kind === 'positional') positional.push(String(value));
        else if (typeof value === 'boolean') words.push(`${name}=${value}`);
        else if (typeof value === 'string') {
          const apart = !value.startsWith('-') || value === '-' || value === '-5';
          words.push(...(apart && coin() ? [name, value] : [`${name}=${value}`]));
        } else words.push(...(value.length === 0 ? [name] : value.map((one) => `${name}=${one}`)));
      }
      const definitions = [
        ...params.map(({ definition }) => definition),
        param('rest', { nargs: nargs(0, MANY) }),
      ];
      const expected: Record<string, unknown> = Object.fromEntries(
        params.map(({ definition, value }) => [definition.name, value]),
      );
      if (rest.length > 0) expected.rest = rest;
      expect(read(definitions, [...words, '--', ...positional, ...rest])).toEqual([expected]);
    }),
    { numRuns: 500 },
  );
});

test('10,000 values are read in one go', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => `${at}`);
  expect(read([FILES, REST], ['-f', ...many, '--', ...many])).toEqual([{ files: many, rest: many }]);
});
