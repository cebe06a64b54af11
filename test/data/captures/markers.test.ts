import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MarkerParser } from '../../../src/data/captures/markers.ts';
import { pushInPieces } from './pieces.ts';

interface Parsed {
  readonly text: string;
  readonly values: readonly (readonly [key: string, value: string])[];
  /** What was open at the end. */
  readonly unclosed: string | null;
}

/** What the parser makes of bytes that come in pieces of these lengths (the rest in one piece). All texts are latin1. */
function parse(bytes: Buffer, lengths: readonly number[] = []): Parsed {
  const shown: Buffer[] = [];
  const values: [string, string][] = [];
  let pieces: Buffer[] = [];
  let key = '';
  let unclosed: string | null = null;
  let offset = 0;
  const parser = new MarkerParser({
    text: (piece, hidden) => {
      offset += hidden;
      expect(bytes.subarray(offset, offset + piece.length).equals(piece)).toBe(true);
      offset += piece.length;
      shown.push(Buffer.from(piece));
    },
    begin: (marker) => {
      key = marker.key + (marker.isBase64 ? ' (base64)' : '');
      pieces = [];
    },
    piece: (piece) => pieces.push(Buffer.from(piece)),
    end: () => values.push([key, Buffer.concat(pieces).toString('latin1')]),
    unclosed: (opener, hidden) => {
      const open = Buffer.concat([opener, ...pieces]);
      expect(bytes.subarray(offset + hidden).equals(open)).toBe(true);
      unclosed = open.toString('latin1');
    },
  });
  pushInPieces(parser, bytes, lengths);
  return { text: Buffer.concat(shown).toString('latin1'), values, unclosed };
}

const TAG = /<OTTO:OUTPUT:([^<>\n\r\0]{1,2055})>/g;

/** The same for bytes that are all there. */
function model(bytes: Buffer): Parsed {
  const all = bytes.toString('latin1');
  const values: [string, string][] = [];
  let text = '';
  for (let at = 0; ; ) {
    TAG.lastIndex = at;
    const match = TAG.exec(all);
    if (match === null) return { text: text + all.slice(at), values, unclosed: null };
    const name = match[1] ?? '';
    const isBase64 = name.length > 7 && name.endsWith(':base64');
    const key = isBase64 ? name.slice(0, -7) : name;
    text += all.slice(at, match.index);
    const start = TAG.lastIndex;
    const end = all.indexOf(`</OTTO:OUTPUT:${name}>`, start);
    if (end < 0) return { text, values, unclosed: all.slice(match.index) };
    values.push([key + (isBase64 ? ' (base64)' : ''), all.slice(start, end)]);
    at = end + `</OTTO:OUTPUT:${name}>`.length;
    const newline = /^\r?\n/.exec(all.slice(at));
    if (newline && (text === '' || text.endsWith('\n'))) at += newline[0].length;
  }
}

describe('markers', () => {
  const of = (text: string): Parsed => parse(Buffer.from(text, 'latin1'));
  const put = (key: string, value: string): string => `<OTTO:OUTPUT:${key}>${value}</OTTO:OUTPUT:${key}>`;

  test.each([
    ['alone on a line', `a\n${put('k', 'v')}\nb\n`, 'a\nb\n', [['k', 'v']]],
    ['with text before and behind', `a ${put('k', 'v')} b\n`, 'a  b\n', [['k', 'v']]],
    [
      'several on a line',
      `${put('k', 'v')}${put('l', 'w')}\nx`,
      'x',
      [
        ['k', 'v'],
        ['l', 'w'],
      ],
    ],
    ['several lines', `${put('k', 'v\n\nw\n')}\nx`, 'x', [['k', 'v\n\nw\n']]],
    ['on a line of DOS', `${put('k', 'v')}\r\nx`, 'x', [['k', 'v']]],
    ['a carriage return that ends no line', `${put('k', 'v')}\rx`, '\rx', [['k', 'v']]],
    ['empty', put('k', ''), '', [['k', '']]],
    ['an empty line behind is shown', `${put('k', 'v')}\n\nx`, '\nx', [['k', 'v']]],
    [
      'another tag inside',
      put('k', `<OTTO:OUTPUT:l>w</OTTO:OUTPUT:l></OTTO:OUTPUT:`),
      '',
      [['k', '<OTTO:OUTPUT:l>w</OTTO:OUTPUT:l></OTTO:OUTPUT:']],
    ],
    ['its own opening tag inside', put('k', '<OTTO:OUTPUT:k>'), '', [['k', '<OTTO:OUTPUT:k>']]],
    ['base64', put('k:base64', 'AAH/'), '', [['k (base64)', 'AAH/']]],
    ['a key with colons, blanks and quotes', put(`a:b "c" '$(d)'`, 'v'), '', [[`a:b "c" '$(d)'`, 'v']]],
    [
      'a key that is called base64',
      put('base64', 'v') + put(':base64', 'w'),
      '',
      [
        ['base64', 'v'],
        [':base64', 'w'],
      ],
    ],
    ['a key of 2048 bytes', put('k'.repeat(2048), 'v'), '', [['k'.repeat(2048), 'v']]],
    [
      'the same key twice',
      put('k', 'v') + put('k', 'w'),
      '',
      [
        ['k', 'v'],
        ['k', 'w'],
      ],
    ],
  ])('%s', (_, text, shown, values) => {
    expect(of(text)).toEqual({ text: shown, values, unclosed: null });
  });

  test.each([
    '<OTTO:OUTPUT:>v</OTTO:OUTPUT:>',
    '<OTTO:OUTPUT:k',
    '<OTTO:OUTPUT:',
    '<OTTO:OUTP',
    '<',
    '<otto:output:k>v</otto:output:k>',
    '</OTTO:OUTPUT:k>',
    '<OTTO:OUTPUT:a\nb>v</OTTO:OUTPUT:a\nb>',
    '<OTTO:OUTPUT:a<b>v',
    `<OTTO:OUTPUT:${'k'.repeat(2049)}>v</OTTO:OUTPUT:${'k'.repeat(2049)}>`,
    '<OTTO:OUTPUT:\xff>v</OTTO:OUTPUT:\xff>',
    '<OTTO:OUTPUT: <<OTTO:OUTPUT:<OTTO:OUTPUT',
  ])('what only looks like one stays as it is (%#)', (text) => {
    expect(of(text)).toEqual({ text, values: [], unclosed: null });
    expect(parse(Buffer.from(text, 'latin1'), Array(text.length).fill(1)).text).toBe(text);
  });

  test('what follows a marker that is not closed is text, with the markers in it', () => {
    const text = `a ${put('k', 'v')}<OTTO:OUTPUT:l>x ${put('m', 'w')}</OTTO:OUTPUT:L>\n`;
    expect(of(text)).toEqual({
      text: 'a ',
      values: [['k', 'v']],
      unclosed: `<OTTO:OUTPUT:l>x ${put('m', 'w')}</OTTO:OUTPUT:L>\n`,
    });
  });

  test('a marker of 64 MiB that comes in pieces of 4 KiB takes time in proportion to its length', () => {
    let bytes = 0;
    const parser = new MarkerParser({
      text: () => undefined,
      begin: () => undefined,
      piece: (piece) => {
        bytes += piece.length;
      },
      end: () => undefined,
      unclosed: () => undefined,
    });
    parser.push(Buffer.from('<OTTO:OUTPUT:k>'));
    const chunk = Buffer.alloc(4096, '<');
    for (let i = 0; i < 16 * 1024; i++) parser.push(chunk);
    parser.push(Buffer.from('</OTTO:OUTPUT:k>'));
    parser.end();
    expect(bytes).toBe(64 * 1024 * 1024);
  });
});

const token = fc.constantFrom(
  '<OTTO:OUTPUT:k>',
  '</OTTO:OUTPUT:k>',
  '<OTTO:OUTPUT:l:base64>',
  '</OTTO:OUTPUT:l:base64>',
  '<OTTO:OUTPUT:',
  '</OTTO:OUTPUT:',
  '<',
  '>',
  '<OTTO',
  'k',
  'a ',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\0',
  '\xe9',
);
const text = fc.array(token, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
/** The model does not know that a key has to be UTF-8. */
const isOdd = (bytes: Buffer): boolean => /<OTTO:OUTPUT:[^<>\n\r\0]*\xe9/.test(bytes.toString('latin1'));

test('any output is read as the rules say, however it comes', () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 0, max: 9 })), (bytes, lengths) => {
      if (!isOdd(bytes)) expect(parse(bytes)).toEqual(model(bytes));
      expect(parse(bytes, lengths)).toEqual(parse(bytes));
      expect(parse(bytes, Array(bytes.length).fill(1))).toEqual(parse(bytes));
    }),
    { numRuns: 5000 },
  );
});

test('cut at every two places', () => {
  const bytes = Buffer.from(
    'a <OTTO:OUTPUT:k>v</OTTO:OUTPUT:k>\n<OTTO:OUTPUT:l>w</OTTO:OUTPUT:l>\r\n<OTTO:OUTPUT:',
  );
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second++)
      expect(parse(bytes, [first, second - first])).toEqual(parse(bytes));
});
