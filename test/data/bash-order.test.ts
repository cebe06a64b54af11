import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderBashKeys } from '../../src/data/bash-order.ts';

test('keys stand in the order in which the script spells them first', () => {
  const script = `OUTPUT[zebra]=1
    OUTPUT["apple pie"]=2; OUTPUT['m\u00fcsli']=3
    echo "\${OUTPUT[zebra]}"; OUTPUT[apple]+=x`;
  expect(orderBashKeys(['apple', 'müsli', 'zebra', 'apple pie'], script)).toEqual([
    'zebra',
    'apple pie',
    'müsli',
    'apple',
  ]);
});

test('escapes in double quotes and brackets in quotes are read as bash reads them', () => {
  const script = String.raw`OUTPUT["say \"hi\""]=1; OUTPUT["a]b"]=2; OUTPUT['$x']=3; OUTPUT["\$y"]=4`;
  expect(orderBashKeys(['$y', '$x', 'a]b', 'say "hi"'], script)).toEqual(['say "hi"', 'a]b', '$x', '$y']);
});

test('keys that the script computes follow in natural order', () => {
  const script = 'for i in {1..12}; do OUTPUT[key$i]=$i; done; OUTPUT[last]=1';
  const computed = Array.from({ length: 12 }, (_, i) => `key${i + 1}`);
  expect(orderBashKeys([...computed].reverse().concat('last'), script)).toEqual(['last', ...computed]);
});

test('numbers too large for a double still sort by value', () => {
  expect(orderBashKeys(['a9007199254740993', 'a9007199254740992', 'a10'], '')).toEqual([
    'a10',
    'a9007199254740992',
    'a9007199254740993',
  ]);
});

test('the result does not depend on the order that the hash table gave', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'A', 'é', '-', '.', '0', '00', '7', '07', '10', '𝄞'),
    fc.string(),
  );
  const key = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (keys, numbers) => {
      const shuffled = [...keys].sort(() => ((numbers.next().value ?? 0) % 2 === 0 ? 1 : -1));
      expect(orderBashKeys(shuffled, 'OUTPUT[a]=')).toEqual(orderBashKeys(keys, 'OUTPUT[a]='));
    }),
  );
});

test('OUTPUT of another name is not OUTPUT', () => {
  expect(orderBashKeys(['a', 'b'], 'MY_OUTPUT[b]=1; OUTPUT[a]=1')).toEqual(['a', 'b']);
});
