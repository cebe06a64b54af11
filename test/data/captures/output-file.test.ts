import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputFileParser } from '../../../src/data/captures/output-file.ts';
import { pushInPieces } from './pieces.ts';

interface Parsed {
  readonly values: readonly (readonly [key: string, hex: string])[];
  readonly problems: readonly (readonly [offset: number, detail: string])[];
}

/** What the parser makes of bytes that come in pieces of these lengths (the rest in one piece). */
function parse(bytes: Buffer, lengths: readonly number[] = []): Parsed {
  const values: [string, string][] = [];
  const problems: [number, string][] = [];
  let pieces: Buffer[] | null = null;
  let key = '';
  const parser = new OutputFileParser({
    begin: (begun) => {
      expect(pieces).toBe(null);
      key = begun;
      pieces = [];
    },
    piece: (piece) => pieces?.push(Buffer.from(piece)),
    end: () => {
      values.push([key, Buffer.concat(pieces ?? []).toString('hex')]);
      pieces = null;
    },
    drop: () => {
      pieces = null;
    },
    problem: (offset, detail) => problems.push([offset, detail]),
  });
  pushInPieces(parser, bytes, lengths);
  expect(pieces).toBe(null);
  return { values, problems };
}

/** The rules of docs/task-protocol.md, section 6, on lines that are all there. */
function model(bytes: Buffer): Parsed {
  const text = bytes.toString('latin1');
  const values: [string, string][] = [];
  const problems: [number, string][] = [];
  const hex = (part: string): string => Buffer.from(part, 'latin1').toString('hex');
  const name = (part: string): string => Buffer.from(part, 'latin1').toString();
  const lines = text.split('\n');
  const isLast = (index: number): boolean => index === lines.length - 1;
  let offset = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const at = offset;
    offset += line.length + 1;
    if (line === '' || (line === '\r' && !isLast(i))) continue;
    const [, key = '', sign, rest = ''] = /^((?:(?!<<)[^=])*)(=|<<)(.*)$/s.exec(line) ?? [];
    if (sign === undefined || key === '') {
      problems.push([at, sign === undefined ? 'line' : 'key']);
      if (sign !== '<<') continue;
    }
    if (sign === '=') {
      if (key !== '') values.push([name(key), hex(rest)]);
      continue;
    }
    if (rest === '' || isLast(i)) {
      problems.push([at, 'delimiter']);
      continue;
    }
    const end = lines.indexOf(rest, i + 1);
    if (end < 0) {
      problems.push([at, 'open']);
      break;
    }
    const body = lines.slice(i + 1, end);
    if (key !== '') values.push([name(key), hex(body.join('\n'))]);
    offset += body.reduce((sum, one) => sum + one.length + 1, 0) + rest.length + 1;
    i = end;
  }
  return { values, problems };
}

const offsets = ({ problems }: Parsed): number[] => problems.map(([offset]) => offset);

describe('what a file says', () => {
  const one = (text: string): Parsed['values'] => parse(Buffer.from(text)).values;
  const hex = (text: string): string => Buffer.from(text).toString('hex');

  test.each([
    ['a line', 'k=v\n', [['k', 'v']]],
    ['a last line without newline', 'k=v', [['k', 'v']]],
    ['an empty value', 'k=\n', [['k', '']]],
    ['an empty value at the end of the file', 'k=', [['k', '']]],
    ['a value with = and <<', 'k=a=b<<c\n', [['k', 'a=b<<c']]],
    ['blanks are part of both', ' k = v \n', [[' k ', ' v ']]],
    ['a carriage return is part of the value', 'k=v\r\n', [['k', 'v\r']]],
    ['empty lines', '\n\r\nk=v\n\n', [['k', 'v']]],
    [
      'a block',
      'k<<EOF\na\nb\nEOF\nl=w',
      [
        ['k', 'a\nb'],
        ['l', 'w'],
      ],
    ],
    ['a block with no line', 'k<<EOF\nEOF\n', [['k', '']]],
    ['a block with an empty line', 'k<<EOF\n\nEOF\n', [['k', '']]],
    ['a block with two empty lines', 'k<<EOF\n\n\nEOF\n', [['k', '\n']]],
    ['a block whose end has no newline', 'k<<EOF\na\nEOF', [['k', 'a']]],
    ['a word that other lines begin or end with', 'k<<E\nEE\n E\nE \nxE\nE\n', [['k', 'EE\n E\nE \nxE']]],
    ['any word', 'k<< a = "b" $(c) \nx\n a = "b" $(c) \n', [['k', 'x']]],
    ['lines of a block are never keys', 'k<<E\nl=w\nm<<F\nE\n', [['k', 'l=w\nm<<F']]],
    ['<< before =', 'k<<a=b\nx\na=b\n', [['k', 'x']]],
    ['carriage returns in a block', 'k<<E\r\na\r\nE\r\n', [['k', 'a\r']]],
  ])('%s', (_, text, expected) => {
    expect(one(text)).toEqual(expected.map(([key = '', value = '']) => [key, hex(value)]));
    expect(parse(Buffer.from(text)).problems).toEqual([]);
  });

  test('bytes that are no UTF-8, and NUL, are kept in values', () => {
    const data = Buffer.from([0x6b, 0x3d, 0xff, 0x00, 0xc3, 0x0a]);
    expect(parse(data).values).toEqual([['k', 'ff00c3']]);
  });

  test.each([
    ['no sign', 'a=1\nb\nc=3\n', 4, '"b" is neither key=value nor key<<WORD'],
    ['no key', '=v\n', 0, 'a key must not be empty'],
    ['a key that is too long', `${'k'.repeat(2049)}=v\n`, 0, 'a key is at most 2048 bytes'],
    ['no key within reach', `${'k'.repeat(5000)}=v\n`, 0, 'is neither key=value'],
    ['no word', 'k<<\na=1\n', 0, 'there is no word behind "<<"'],
    ['no end', 'a=1\nk<<EOF\nb=2\n', 4, 'the block that begins here has no line "EOF" at its end'],
    ['no lines', 'k<<EOF', 0, 'has no lines'],
    ['a key with NUL', 'a\0b=1', 0, 'a key must not hold NUL'],
  ])('problem: %s', (_, text, offset, words) => {
    const { problems } = parse(Buffer.from(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.[0]).toBe(offset);
    expect(problems[0]?.[1]).toContain(words);
  });

  test('a key of 2048 bytes is a key, and one that is no UTF-8 is none', () => {
    const key = 'é'.repeat(1024);
    expect(one(`${key}=v`)).toEqual([[key, hex('v')]]);
    expect(parse(Buffer.from([0xff, 0x3d, 0x31])).problems).toEqual([[0, 'a key must be valid UTF-8']]);
  });
});

const token = fc.constantFrom(
  'k',
  'key',
  '=',
  '<<',
  '<',
  'E',
  'EOF',
  '\n',
  '\n',
  '\r',
  'E\n',
  'k<<E\n',
  '\nE\n',
  'a=b\n',
  ' ',
  '\x80',
  '\0',
);
const text = fc.array(token, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));

/** NUL and broken UTF-8 in keys have rules of their own, which the examples show. */
const hasOddKey = ({ problems }: Parsed): boolean => problems.some(([, detail]) => /NUL|UTF-8/.test(detail));

test('any text is read as the rules say', () => {
  fc.assert(
    fc.property(text, (bytes) => {
      const parsed = parse(bytes);
      if (hasOddKey(parsed)) return;
      const expected = model(bytes);
      expect(parsed.values).toEqual(expected.values);
      expect(offsets(parsed)).toEqual(offsets(expected));
    }),
    { numRuns: 3000 },
  );
});

test('it makes no difference how the bytes come', () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 0, max: 7 })), (bytes, lengths) => {
      expect(parse(bytes, lengths)).toEqual(parse(bytes));
      expect(parse(bytes, Array(bytes.length).fill(1))).toEqual(parse(bytes));
    }),
    { numRuns: 2000 },
  );
});
