import { describe, expect, test } from 'vitest';
import type { ParamDefinition } from '../../src/ottofile/model.ts';
import { problems, task, valid } from './read.ts';

const of = (params: string, rest = 'bash: echo'): readonly ParamDefinition[] =>
  task(valid(`tasks: {a: {params: {${params}}, ${rest}}}`), 'a').params;

const wrong = (params: string, rest = 'bash: echo'): string[] =>
  problems(`tasks: {a: {params: {${params}}, ${rest}}}`).map((line) => line.replace(/^error \d+:\d+ /, ''));

describe('the key of a param', () => {
  test.each([
    [
      '-g|--greeting',
      { kind: 'option', name: 'greeting', variable: 'greeting', short: 'g', long: 'greeting' },
    ],
    [
      '--greeting|-g',
      { kind: 'option', name: 'greeting', variable: 'greeting', short: 'g', long: 'greeting' },
    ],
    ['-g | --greeting', { kind: 'option', name: 'greeting', short: 'g', long: 'greeting' }],
    ['--dry-run', { kind: 'option', name: 'dry-run', variable: 'dry_run', short: null, long: 'dry-run' }],
    ['-v', { kind: 'option', name: 'v', variable: 'v', short: 'v', long: null }],
    ['out-dir', { kind: 'positional', name: 'out-dir', variable: 'out_dir', short: null, long: null }],
    ['-h|--host', { kind: 'option', short: 'h', long: 'host' }],
    ['--Serial', { long: 'Serial' }],
  ])('%s', (key, expected) => {
    expect(of(`"${key}":`)).toMatchObject([expected]);
  });

  test.each<readonly [string, string]>([
    ['--2x', 'a variable is made of letters, digits and "_"'],
    ['--ü', 'a variable is made of letters, digits and "_"'],
    ['--a b', 'a variable is made of letters, digits and "_"'],
    ['a.b', 'a variable is made of letters, digits and "_"'],
    ['', 'a variable is made of letters, digits and "_"'],
    ['--', 'a variable is made of letters, digits and "_"'],
    ['--a-', 'a name ends with a letter or digit'],
    ['-', 'it can have one letter and one long name'],
    ['--a|--b', 'it can have one letter and one long name'],
    ['-a|-b', 'it can have one letter and one long name'],
    ['a|b', 'it can have one letter and one long name'],
    ['-a|b', 'a bare word is a positional param, which has no other names'],
    ['-gg', '"-gg" is not one letter'],
    ['-1', '"-1" is not one letter'],
    ['--help', '--help is taken: it shows the help of the task'],
    ['-h|--help', '--help is taken: it shows the help of the task'],
    ['--INPUT', 'otto itself uses this name'],
    ['--OTTO-TASK', 'otto itself uses this name'],
    ...['UID', 'EUID', 'PPID', 'BASHOPTS', 'SHELLOPTS', 'BASH_VERSINFO', 'BASH_ENV', 'RANDOM', '_'].map(
      (name) => [`--${name}`, 'bash has a variable of this name that a script cannot set'] as const,
    ),
    ...['PATH', 'IFS', 'HOME', 'LD_PRELOAD', 'NODE_OPTIONS', 'PYTHONPATH', 'LC_ALL'].map(
      (name) => [`--${name}`, 'programs take this variable for something else'] as const,
    ),
  ])('%j is refused', (key, problem) => {
    expect(wrong(`"${key}":`)).toMatchObject([
      expect.stringContaining(`${JSON.stringify(key)} is no param: ${problem}`),
    ]);
  });

  test('no variable that bash knows at its start and refuses to set is accepted', async () => {
    const { execFileSync } = await import('node:child_process');
    const names = execFileSync('bash', ['-c', 'compgen -v'], { encoding: 'utf8' }).trim().split('\n');
    const unsettable = names.filter((name) => {
      const script = `${name}=otto_value 2>/dev/null; [ "\${${name}-}" = otto_value ]`;
      try {
        execFileSync('bash', ['-c', script], { stdio: 'ignore' });
        return false;
      } catch {
        return true;
      }
    });
    expect(unsettable).toContain('UID');
    for (const name of unsettable) expect([name, wrong(`--${name}:`).length]).toEqual([name, 1]);
  });
});

describe('what a param says', () => {
  test('every field is kept as the text that was written', () => {
    expect(
      of(
        '--level: {help: how loud, default: 1.10, choices: [1.10, 0x1F, yes, true, null], metavar: N, dest: other}',
      ),
    ).toMatchObject([
      {
        kind: 'option',
        help: 'how loud',
        default: '1.10',
        choices: ['1.10', '0x1F', 'yes', 'true', 'null'],
        metavar: 'N',
        dest: 'other',
        nargs: null,
      },
    ]);
  });

  test('params stand in declared order, each with its place', () => {
    const params = task(valid('tasks:\n  a:\n    params:\n      b:\n      -a:\n    bash: x\n'), 'a').params;
    expect(params.map(({ name, at }) => [name, at.line, at.column])).toEqual([
      ['b', 4, 7],
      ['a', 5, 7],
    ]);
  });

  test.each([
    ['true', 'flag', 'true'],
    ['false', 'flag', 'false'],
    ['True', 'flag', 'true'],
    ['"true"', 'option', 'true'],
    ["'false'", 'option', 'false'],
    ['yes', 'option', 'yes'],
    ['""', 'option', ''],
  ])('a default of %s makes an %s', (written, kind, text) => {
    expect(of(`--x: {default: ${written}}`)).toMatchObject([{ kind, default: text }]);
  });

  test('without a default, and with an empty one, there is none', () => {
    expect(of('--x: , --y: {}, --z: {default: }').map((param) => param.default)).toEqual([null, null, null]);
  });

  test('a default need not be one of the choices', () => {
    expect(of('--x: {default: none, choices: [a]}')).toMatchObject([{ default: 'none', choices: ['a'] }]);
  });

  test.each([
    ['"?"', 0, 1],
    ['"*"', 0, Infinity],
    ['+', 1, Infinity],
    ['3', 3, 3],
    ['1:3', 1, 3],
    ['":2"', 0, 2],
    ['"2:"', 2, Infinity],
  ])('nargs %s', (written, min, max) => {
    expect(of(`x: {nargs: ${written}}`)).toMatchObject([{ nargs: { min, max } }]);
  });

  test('with nargs the default is a list', () => {
    expect(
      of('x: {nargs: "*", default: a}, --y: {nargs: 2, default: [1, 2.0]}').map((p) => p.default),
    ).toEqual([['a'], ['1', '2.0']]);
  });
});

test.each<readonly [string, string]>([
  ['params: [a]', '"params" must be a mapping'],
  ['params: {a: hello}', 'the param "a" must be a mapping'],
  ['params: {-a: {defualt: 1}}', 'the param "-a" has an unknown key "defualt"'],
  ['params: {-a: {choices: []}}', '"choices" must be a list with at least one text'],
  ...['0', '3:2', ':', ':0', 'x', '-1', '1:2:3', '[1]'].map(
    (nargs) => [`params: {-a: {nargs: "${nargs}"}}`, '"nargs" must be a number of values'] as const,
  ),
  ['params: {-a: {default: [x]}}', 'the param "-a" has a list as its default, but takes one value'],
  ['params: {-a: {default: [x], nargs: 2}}', 'the param "-a" takes 2 values, but its default has 1'],
  ['params: {-a: {default: x, nargs: 2}}', 'the param "-a" takes 2 values, but its default has 1'],
  ['params: {-a: {default: [], nargs: +}}', 'the param "-a" takes 1 or more values, but its default has 0'],
  ['params: {-a: {default: [1, 2, 3], nargs: ":2"}}', 'takes 0 to 2 values, but its default has 3'],
  [
    'params: {-a: {default: [[x]], nargs: "*"}}',
    '"default" must be a list of texts; this item is not a text',
  ],
  ['params: {-a: {default: {b: c}}}', '"default" must be text, not a mapping'],
  ['params: {-a: {default: true, choices: [a]}}', 'a flag takes no value: "choices" means nothing'],
  ['params: {-a: {default: false, nargs: 2}}', 'a flag takes no value: "nargs" means nothing'],
  ['params: {a: {default: true}}', 'the param "a" has the default true, which makes a flag'],
  ['params: {-a: , -a|--b: }', 'two params of this task have the letter -a: "-a" is the other'],
  ['params: {--a: , -b|--a: }', 'two params of this task have the variable a: "--a" is the other'],
  ['params: {--a-b: , --a_b: }', 'two params of this task have the variable a_b: "--a-b" is the other'],
  ['params: {a: , --a: }', 'two params of this task have the variable a: "a" is the other'],
  ['params: {--a: , -b: {dest: a}}', 'two params of this task have the variable a: "--a" is the other'],
  ['params: {-b: {dest: UID}}', '"dest" is "UID": bash has a variable of this name'],
  ['params: {-b: {dest: 1}}', '"dest" is "1": a variable is made of letters'],
  ['params: {a: {default: x}, b: }', '"b" must be given, but stands after "a", which need not be'],
  ['params: {a: {nargs: "*"}, b: }', '"b" must be given, but stands after "a", which need not be'],
  ['params: {a: {nargs: +}, b: {nargs: +}}', '"a" and "b" both take any number of values'],
  ['params: {--Serial: }, foreach: {items: [a]}', '--Serial is taken in a task with "foreach"'],
  ['params: {--item: }, foreach: {items: [a]}', `the item's variable "item" is that of the param "--item"`],
  [
    'params: {-x: {dest: f}}, foreach: {items: [a], as: f}',
    `the item's variable "f" is that of the param "-x"`,
  ],
])('{%s} is a problem', (keys, message) => {
  const found = problems(`tasks: {a: {${keys}, bash: echo}}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
  expect(found[0]).toMatch(/ \(.+\)$/);
});

test('"+" may stand before one that must be given, and dest may repeat the own name', () => {
  expect(wrong('from: {nargs: +}, to: {dest: to}, --x: {nargs: "*"}, --y: {nargs: "*"}')).toEqual([]);
});

test('names that mean something in the language of the script are refused there only', () => {
  for (const name of ['process', 'fetch', 'require', 'URL']) {
    expect(wrong(`--${name}:`)).toEqual([]);
    expect(wrong(`--${name}:`, 'python: pass')).toEqual([]);
    expect(wrong(`--${name}:`, 'node: "1"')).toEqual([
      `"${name}" means something else in Node (choose another name)`,
    ]);
  }
  expect(wrong('-x: {dest: Buffer}', 'node: "1"')).toHaveLength(1);
  expect(wrong('--class: ', 'node: "1"')).toEqual([]);
  expect(wrong('--__name__:', 'python: pass')).toHaveLength(1);
});
