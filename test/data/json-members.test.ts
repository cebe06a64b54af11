import { expect, test } from 'vitest';
import { MemberScanner } from '../../src/data/json-members.ts';

/** The members with the text of their values, from pieces of that length. */
function scan(text: string, pieceBytes: number) {
  const bytes = Buffer.from(text);
  const scanner = new MemberScanner();
  const members = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    members.push(...scanner.push(bytes.subarray(at, at + pieceBytes)));
  const found = members.map(({ key, start, end }) => [key, bytes.toString('utf8', start, end)]);
  return scanner.complete ? found : null;
}

const OBJECTS = [
  {},
  { a: 1 },
  { 'k"\\\n\u0001é日𝄞': 'v"\\\\"\n,}{é', b: { c: ['}', ']', '\\"'] }, '': null, d: '' },
  { back: '\\', backs: '\\\\\\', quote: '"', list: [[], {}, [{}]], n: -1.5e-7, t: true },
];

test.each([1, 2, 3, 7, 1000])('members are found in pieces of %d bytes', (pieceBytes) => {
  for (const object of OBJECTS)
    for (const indent of [undefined, 2, '\t']) {
      const text = ` \n${JSON.stringify(object, null, indent)}\n`;
      const found = scan(text, pieceBytes);
      expect(found?.map(([key, value]) => [key, JSON.parse(value ?? '')])).toEqual(Object.entries(object));
    }
});

test('a value is its text exactly, without the space around it', () => {
  expect(scan('{ "a" :  1e400 , "b":{ "x" : 1 } }', 4)).toEqual([
    ['a', '1e400'],
    ['b', '{ "x" : 1 }'],
  ]);
  expect(scan('{"\\u0024otto":0,"\\u0024otto":1}', 5)).toEqual([
    ['$otto', '0'],
    ['$otto', '1'],
  ]);
});

test.each([
  '',
  '{',
  '[]',
  '"a"',
  '{"a"}',
  '{"a":}',
  '{"a":1',
  '{"a":1,}',
  '{"a":"1}',
  '{"a":1}}',
  '{"a":1}x',
  '{,}',
  '{a:1}',
  '{"a":]}',
  '{"\\q":1}',
])('%j is no object', (text) => {
  expect(scan(text, 3)).toBe(null);
});

test('a key without an end is not collected for ever', () => {
  const scanner = new MemberScanner();
  scanner.push(Buffer.from('{"'));
  for (let n = 0; n < 100 && !scanner.invalid; n++) scanner.push(Buffer.alloc(1024, 'x'));
  expect(scanner.invalid).toBe(true);
});

test('random objects are found as JSON.parse finds them', () => {
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % below;
  };
  const text = (): string =>
    Array.from({ length: random(6) }, () => ['"', '\\', '{', '}', ',', ':', 'é', '\n', 'a'][random(9)]).join(
      '',
    );
  const value = (depth: number): unknown => {
    const kind = random(depth > 2 ? 3 : 5);
    if (kind === 3) return Array.from({ length: random(4) }, () => value(depth + 1));
    if (kind === 4)
      return Object.fromEntries(Array.from({ length: random(4) }, () => [text(), value(depth + 1)]));
    return [text(), random(1000) / 8, null][kind];
  };
  for (let n = 0; n < 500; n++) {
    const object = Object.fromEntries(
      Array.from({ length: random(5) }, (_, i) => [`${i}${text()}`, value(0)]),
    );
    const found = scan(JSON.stringify(object, null, random(3)), 1 + random(9));
    const parsed = found?.map(([key = '', json = '']) => [key, JSON.parse(json)]) ?? [];
    expect(Object.fromEntries(parsed)).toEqual(object);
    expect(parsed.length).toBe(Object.keys(object).length);
  }
});
