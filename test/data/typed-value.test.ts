import { describe, expect, test } from 'vitest';
import { compactJson } from '../../src/data/json-text.ts';
import { schemaJudge } from '../../src/data/schema-check.ts';
import { type Found, judge, showFound } from '../../src/data/typed-value.ts';

const text = (value: string): Found => ({ kind: 'text', text: value });
const json = (value: string): Found => ({ kind: 'json', text: value });
const BYTES: Found = { kind: 'bytes' };

const FITS = 'fits';
const no = 'refused';
/** What the value becomes, as JSON text; `fits` and `refused` are told by these words. */
const verdict = (type: Parameters<typeof judge>[0], found: Found): string => {
  const { kind, ...rest } = judge(type, found);
  return kind === 'becomes' && 'text' in rest ? rest.text : kind;
};

describe('a declared type', () => {
  const LONG = `${'9'.repeat(400)}`;
  test.each([
    ['int', text('42'), '42'],
    ['int', text(' 42\n'), '42'],
    ['int', text('-0'), '-0'],
    ['int', text(LONG), LONG],
    ['int', text('9007199254740993'), '9007199254740993'],
    ['int', text('007'), no],
    ['int', text('+1'), no],
    ['int', text('1.0'), no],
    ['int', text('1e3'), no],
    ['int', text(''), no],
    ['int', text('1 2'), no],
    ['int', text('0x10'), no],
    ['int', text('$(id)'), no],
    ['int', text('٤٢'), no],
    ['int', json('7'), FITS],
    ['int', json('1.0'), no],
    ['int', json('"7"'), no],
    ['int', json('true'), no],
    ['int', BYTES, no],
    ['float', text('1.50'), '1.50'],
    ['float', text('-1e-400'), '-1e-400'],
    ['float', text('42'), '42.0'],
    ['float', text('-7'), '-7.0'],
    ['float', text('1e3'), '1e3'],
    ['float', text('.5'), no],
    ['float', text('5.'), no],
    ['float', text('nan'), no],
    ['float', text('Infinity'), no],
    ['float', json('3'), '3.0'],
    ['float', json('2.50'), FITS],
    ['float', json('null'), no],
    ['bool', text('true'), 'true'],
    ['bool', text('false\n'), 'false'],
    ['bool', text('yes'), no],
    ['bool', text('1'), no],
    ['bool', json('false'), FITS],
    ['bool', json('0'), no],
    ['string', text(''), FITS],
    ['string', json('1'), no],
    ['string', json('null'), no],
    ['string', BYTES, no],
    ['bytes', text('x'), 'x'],
    ['bytes', BYTES, FITS],
    ['bytes', json('"x"'), no],
    ['json', text(' {"a": [1, 2.0], "b c": "d  e"} '), '{"a":[1,2.0],"b c":"d  e"}'],
    ['json', text('hello'), no],
    // Strings are strings, but for those that have no UTF-8.
    ['json', text(' "a\\u00e9" '), 'aé'],
    ['json', text('"\\ud800"'), '"\\ud800"'],
    ['json', json('null'), FITS],
    ['list', text('[1, "]"]'), '[1,"]"]'],
    ['list', text('{}'), no],
    ['list', json('[]'), FITS],
    ['list', json('{}'), no],
  ] as const)('%s makes of %j: %s', (type, found, expected) => {
    expect(verdict(type, found)).toBe(expected);
  });
});

describe('a schema', () => {
  const judgedBy = async (schema: unknown, found: Found): Promise<unknown> =>
    (await schemaJudge(schema))(found);

  test('leaves a text alone when it takes strings, and reads it as JSON otherwise', async () => {
    expect(await judgedBy({ type: 'string' }, text('[1]'))).toEqual({ kind: 'fits' });
    expect(await judgedBy({ enum: ['a', 'b'] }, text('a'))).toEqual({ kind: 'fits' });
    expect(await judgedBy({ type: 'array' }, text('[1, 2]'))).toEqual({
      kind: 'becomes',
      type: 'json',
      text: '[1,2]',
    });
    expect(await judgedBy({ type: 'integer' }, text('9007199254740993'))).toMatchObject({
      text: '9007199254740993',
    });
    expect(await judgedBy({ type: 'array' }, text('[1'))).toEqual({
      kind: 'refused',
      why: 'it is not JSON text',
    });
  });

  test('is one of draft 2020-12, or of draft 7 when it says so', async () => {
    const tuple = { type: 'array', prefixItems: [{ type: 'string' }], items: false };
    expect(await judgedBy(tuple, json('["a"]'))).toEqual({ kind: 'fits' });
    expect(await judgedBy(tuple, json('["a",1]'))).toMatchObject({ kind: 'refused' });
    const old = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'array',
      items: [{ type: 'string' }],
      additionalItems: false,
    };
    expect(await judgedBy(old, json('["a"]'))).toEqual({ kind: 'fits' });
    expect(await judgedBy(old, json('["a",1]'))).toMatchObject({ kind: 'refused' });
  });

  test('tells where a value does not fit, takes everything when true, and refuses bytes', async () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
    expect(await judgedBy(schema, json('{"a":"x"}'))).toEqual({ kind: 'refused', why: '/a must be integer' });
    expect(await judgedBy(schema, json('{}'))).toEqual({
      kind: 'refused',
      why: "it must have required property 'a'",
    });
    expect(await judgedBy(true, BYTES)).toEqual({ kind: 'fits' });
    expect(await judgedBy({}, BYTES)).toMatchObject({ kind: 'refused' });
  });

  test('that is none is told', async () => {
    await expect(schemaJudge({ type: 'nothing' })).rejects.toThrow('schema is invalid');
    await expect(schemaJudge({ $ref: 'http://example.com/x' })).rejects.toThrow("can't resolve reference");
  });
});

test('compact JSON keeps strings and digits', () => {
  expect(compactJson('{ "a\\" b" :\n[ 1.50 , 1e+05 ],\t"": " \\\\" }')).toBe(
    '{"a\\" b":[1.50,1e+05],"":" \\\\"}',
  );
  expect(compactJson(`["${'\\"  '.repeat(200_000)}"]`)).toHaveLength(800_004);
});

test('a value in a message is short and says what it is', () => {
  expect(showFound(text('a\nb'))).toBe('"a\\nb" (a string)');
  expect(showFound(text('x'.repeat(100)))).toBe(`"${'x'.repeat(59)}… (a string)`);
  expect(['1', '1.5', 'true', 'null', '{}', '[]', '"x"'].map((one) => showFound(json(one)))).toEqual([
    '1 (an int)',
    '1.5 (a float)',
    'true (a bool)',
    'null (null)',
    '{} (a dict)',
    '[] (a list)',
    '"x" (a string)',
  ]);
});
