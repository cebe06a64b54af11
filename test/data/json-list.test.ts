import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitJsonList } from '../../src/data/json-list.ts';

const texts = (json: string): readonly string[] | null => {
  const list = splitJsonList(json);
  return list.ok ? list.value.map(({ text }) => text) : null;
};

test('values keep their digits and lose only blanks between them', () => {
  expect(texts('[12345678901234567890.10, -0, 1e400 ,true,null]')).toEqual([
    '12345678901234567890.10',
    '-0',
    '1e400',
    'true',
    'null',
  ]);
  expect(texts('[ {"a b" : [1, "x, ]y\\"" ]} ,[] , [ [ ] ] ]')).toEqual([
    '{"a b":[1,"x, ]y\\""]}',
    '[]',
    '[[]]',
  ]);
  expect([texts('[]'), texts(' [ ] ')]).toEqual([[], []]);
});

test('their kinds are told apart', () => {
  const list = splitJsonList('["[", 1, false, {}, []]');
  expect(list.ok && list.value.map(({ kind }) => kind)).toEqual([
    'string',
    'scalar',
    'scalar',
    'structure',
    'structure',
  ]);
});

test('what is no list is refused', () => {
  expect(['{}', '"[]"', '1', 'null', '[1', '', '[1]]'].map(texts)).toEqual(Array(7).fill(null));
});

test('whatever the list, each text is the JSON of its value', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.nat(4), (list, indent) => {
      expect(texts(JSON.stringify(list, null, indent))).toEqual(list.map((value) => JSON.stringify(value)));
    }),
    { numRuns: 1000 },
  );
});
