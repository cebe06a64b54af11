import { describe, expect, test } from 'vitest';
import { problems, task, valid } from './read.ts';

const a = (keys: string) => task(valid(`tasks: {a: {${keys}, bash: echo}}`), 'a');
const wrong = (keys: string) => problems(`tasks: {a: {${keys}, bash: echo}}`);

test.each([
  ['90', 90_000],
  ['0.5', 500],
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1h 30m', 5_400_000],
  ['2d', 172_800_000],
  ['1m500ms', 60_500],
  ['1.5h', 5_400_000],
])('a timeout of %s', (written, ms) => {
  expect(a(`timeout: ${written}`).timeoutMs).toBe(ms);
});

test.each(['0', '0s'])('a timeout of %s is none', (written) => {
  expect(a(`timeout: ${written}`).timeoutMs).toBeNull();
});

test.each(['x', '-1', '10 minutes', '1m1h', '""', '[1]', '1e3', '.5', '25d', '99999999999'])(
  'a timeout of %s is refused',
  (written) => {
    expect(wrong(`timeout: ${written}`)).toMatchObject([expect.stringContaining('"timeout" must be')]);
  },
);

test('retries are a number, or say how they wait', () => {
  expect(a('retries: 3').retries).toEqual({ times: 3, delayMs: 1000, factor: 2, maxDelayMs: 60_000 });
  expect(a('retries: {times: 2, delay: 0, backoff: 1.5, max_delay: 5m}').retries).toEqual({
    times: 2,
    delayMs: 0,
    factor: 1.5,
    maxDelayMs: 300_000,
  });
  expect(a('retries: 0').retries).toBeNull();
  expect(a('retries: {times: 0, delay: 1}').retries).toBeNull();
});

test.each([
  ['retries: many', '"retries" must be a number or a mapping, not "many"'],
  ['retries: -1', '"retries" must be a number or a mapping'],
  ['retries: {delay: 1}', '"retries" does not say how often (add "times: 3")'],
  ['retries: {times: 1, backoff: 0.5}', '"backoff" must be a number from 1'],
  ['retries: {times: 1, delay: soon}', '"delay" must be a time'],
  [
    'retries: {times: 1, dealy: 1}',
    '"retries" has an unknown key "dealy"; it is ignored (did you mean "delay"?)',
  ],
  ['interactive: perhaps', '"interactive" must be true or false'],
  ['always: 1', '"always" must be true or false'],
  ['fresh: date', '"fresh" must be mtime or hash, not "date"'],
  ['if: [x]', '"if" must be text, not a list'],
  ['if: ""', '"if" is empty'],
  ['input: {a: b}', '"input" must be a list of paths, not a mapping'],
  ['output: [[a]]', '"output" must be a list of paths; this item is not a path'],
  ['input: [""]', '"input" holds an empty path'],
  ['dotenv: ""', '"dotenv" holds an empty path'],
])('{%s} is a problem', (keys, message) => {
  const found = wrong(keys);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test('paths and conditions are kept as written, each with its place', () => {
  expect(a('input: "src/**/*.${EXT}", output: [b, 1.0], dotenv: .env, if: false')).toMatchObject({
    input: [{ text: 'src/**/*.${EXT}', at: { line: 1, column: 20 } }],
    output: [{ text: 'b' }, { text: '1.0' }],
    dotenv: [{ text: '.env' }],
    condition: { text: 'false' },
  });
});

test('a task compares files as the whole file says, unless it says itself', () => {
  const ottofile = valid('otto: {fresh: hash}\ntasks: {a: {}, b: {fresh: mtime}}');
  expect(['a', 'b'].map((name) => task(ottofile, name).fresh)).toEqual(['hash', 'mtime']);
});

test.each([
  ['bash', 'bash'],
  ['bash-3.2', 'bash-3.2'],
  ['./bash', '/project/bash'],
  ['~/bin/bash', '/home/ann/bin/bash'],
  ['/bin/bash', '/bin/bash'],
])('otto.bash: %s', (written, path) => {
  expect(valid(`otto: {bash: ${written}}`).bash).toBe(path);
});

describe('outputs', () => {
  const outputs = (written: string) =>
    a(`outputs: ${written}`).outputs?.map(({ key, type, optional }) => [key, type, optional]);
  const schema = (value: unknown) => ({ schema: value });

  test('none are declared, or that there are none', () => {
    expect(a('outputs: ').outputs).toBeNull();
    expect(a('outputs: []').outputs).toEqual([]);
    expect(a('outputs: {}').outputs).toEqual([]);
  });

  test('keys without a type may hold anything', () => {
    expect(outputs('[sha, "a b"]')).toEqual([
      ['sha', schema(true), false],
      ['a b', schema(true), false],
    ]);
    expect(outputs('sha')).toEqual([['sha', schema(true), false]]);
    expect(outputs('{sha: , x: {optional: true}}')).toEqual([
      ['sha', schema(true), false],
      ['x', schema(true), true],
    ]);
  });

  test.each(['string', 'int', 'float', 'bool', 'bytes', 'json', 'list'])('the type %s', (type) => {
    expect(outputs(`{k: ${type}, o: {type: ${type}, optional: true}}`)).toEqual([
      ['k', type, false],
      ['o', type, true],
    ]);
  });

  test.each([
    ['{type: object}', { type: 'object' }],
    ['{type: [string, "null"]}', { type: ['string', 'null'] }],
    ['{type: string, minLength: 3}', { type: 'string', minLength: 3 }],
    ['{enum: [1, null, 1.5, yes]}', { enum: [1, null, 1.5, 'yes'] }],
    ['{$ref: "#/x"}', { $ref: '#/x' }],
    ['{type: array, items: {type: integer}}', { type: 'array', items: { type: 'integer' } }],
  ])('%s is a JSON Schema itself', (written, expected) => {
    expect(outputs(`{k: ${written}}`)).toEqual([['k', schema(expected), false]]);
  });

  test('a declaration may hold a JSON Schema', () => {
    expect(outputs('{k: {schema: {type: array}, optional: true}, l: {type: json, schema: true}}')).toEqual([
      ['k', schema({ type: 'array' }), true],
      ['l', schema(true), false],
    ]);
  });

  test.each([
    ['outputs: {a: strng}', 'there is no type "strng" (did you mean "string"?)'],
    ['outputs: {a: integer}', 'there is no type "integer" (did you mean "int"?)'],
    ['outputs: {a: constructor}', 'there is no type "constructor" (the types are string'],
    ['outputs: {a: [int]}', '"a" must be a type or a JSON Schema, not a list'],
    ['outputs: {a: {type: int, schema: {}}}', 'the output "a" has a type and a schema'],
    ['outputs: {a: {schema: x}}', '"schema" must be a JSON Schema, not "x"'],
    [
      'outputs: {a: {tpye: int}}',
      'the output "a" has an unknown key "tpye"; it is ignored (did you mean "type"?)',
    ],
    ['outputs: {a: {type: int, optional: 1}}', '"optional" must be true or false'],
    ['outputs: [a, b, a]', '"a" stands twice here'],
    ['outputs: [""]', 'the key of a value must not be empty'],
    ['outputs: {"": int}', 'the key of a value must not be empty'],
    ['outputs: {"\\0": int}', 'cannot be a key'],
    ['outputs: [[a]]', '"outputs" must be a list of keys; this item is not a key'],
  ])('{%s} is a problem', (keys, message) => {
    const found = wrong(keys);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
    expect(found[0]).toMatch(/ \(.+\)$/);
  });

  test('a schema that refers to itself by alias, or repeats itself without end, is too large', () => {
    expect(wrong('outputs: {k: {schema: &x {a: *x}}}')[0]).toMatch(/too large|alias/);
    const bombs = Array.from({ length: 20 }, (_, i) => `x-${i + 1}: &m${i + 1} [*m${i}, *m${i}]`);
    const text = ['x-0: &m0 [1]', ...bombs, 'tasks: {a: {outputs: {k: {enum: *m20}}, bash: x}}'].join('\n');
    expect(problems(text)).toMatchObject([expect.stringContaining('this is too large')]);
  });
});

describe('a task that lost its script', () => {
  test.each([
    ['pyhton', 'python'],
    ['Bash', 'bash'],
    ['bsh', 'bash'],
    ['nod', 'node'],
    ['actoin', 'action'],
    ['sh', 'bash'],
    ['script', 'bash'],
    ['py', 'python'],
    ['js', 'node'],
  ])('by "%s" still keeps no other task from running, and is told', (key, meant) => {
    expect(problems(`tasks: {a: {${key}: echo}}`)).toEqual([
      `warning 1:13 task "a" has an unknown key "${key}" and no script: it runs nothing (did you mean "${meant}"?)`,
    ]);
    expect(problems(`tasks: {a: {${key}: echo, bash: x}}`)).toMatchObject([
      expect.stringMatching(/^warning/),
    ]);
  });

  test.each(['note', 'mode', 'base', 'option', 'constructor', 'toString', 'owner'])(
    '"%s" is a word like others',
    (key) => {
      expect(problems(`tasks: {a: {${key}: x}}`)).toMatchObject([expect.stringMatching(/^warning/)]);
    },
  );

  test.each(['bash:', 'bash: ~', 'bash: ""', 'bash: "  "', 'python: ', 'action: |'])(
    '"%s" is an error',
    (line) => {
      const [key] = line.split(':');
      expect(problems(`tasks:\n  a:\n    ${line}\n    help: x\n`)).toEqual([
        `error 3:5 task "a" has "${key}" without a script (write the script behind it, or remove the key)`,
      ]);
    },
  );
});

test('a glob that nothing can be compared with is refused, and so is an item without a text', () => {
  const long = 'x'.repeat(65_537);
  const told = 'holds 65537 characters; a glob has at most 65536 (write several globs)';
  expect(wrong(`input: ${long}, output: o`)).toEqual([`error 1:20 "input" ${told}`]);
  expect(wrong(`foreach: {glob: ${long}}`)).toEqual([`error 1:29 "glob" ${told}`]);
  for (const key of ['input', 'outputs', 'before', 'dotenv'])
    expect(wrong(`${key}: [~]`)).toEqual([
      expect.stringContaining(`"${key}" has an item without a text (write it`),
    ]);
  expect(a('outputs: ["~", "null"]').outputs?.map(({ key }) => key)).toEqual(['~', 'null']);
});
