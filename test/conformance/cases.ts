/**
 * The values that every store has to carry between every two languages, spelled in each of them. A language that cannot
 * spell a value itself is left out.
 */
export type CaseLanguage = 'bash' | 'python' | 'node';

export interface TextCase {
  readonly key: string;
  readonly type: 'string' | 'bytes';
  readonly data: Buffer;
  readonly writers: readonly CaseLanguage[];
}

const ALL = ['bash', 'python', 'node'] as const;

const string = (key: string, value: string, writers: readonly CaseLanguage[] = ALL): TextCase => ({
  key,
  type: 'string',
  data: Buffer.from(value),
  writers,
});
const bytes = (key: string, value: readonly number[], writers: readonly CaseLanguage[] = ALL): TextCase => ({
  key,
  type: 'bytes',
  data: Buffer.from(value),
  writers,
});

const CONTROL = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join('');
const ALL_BYTES = Array.from({ length: 256 }, (_, i) => i);

const VALUES: readonly TextCase[] = [
  string('empty', ''),
  string('trailing newlines', 'a\nb\n\n\n'),
  string('only newlines', '\n\n'),
  string('spaces', '  a\tb  '),
  string('control characters', `${CONTROL}\u007f`),
  string('dos lines', 'a\r\nb\r\n'),
  string('four bytes', '😀𝄞 é ß 漢 \u2028 \ufeff'),
  string('noncharacters', '\ufffd\uffff\u{10ffff}'),
  string('command', '$(touch x); `touch y`; $HOME; touch z'),
  string('quotes', `'"\\'"\\"'"'`),
  string('option', '-n'),
  string('dash', '-'),
  string('looks like null', 'null'),
  string('looks like a number', '007'),
  string('looks like a tag', '{"$otto":"bytes","base64":"AAAA"}'),
  string('longer than a record', 'é'.repeat(5000)),
  string('nul inside', 'a\0b\0', ['python', 'node']),
  string('only nul', '\0', ['python', 'node']),
  bytes('invalid UTF-8', [0xff, 0xfe, 0x61, 0xc3]),
  bytes('overlong and surrogates', [0xc0, 0xaf, 0xed, 0xa0, 0x80]),
  bytes('all bytes', ALL_BYTES, ['python', 'node']),
  bytes('many bytes', ALL_BYTES.flatMap(() => ALL_BYTES).concat(0xff), ['python', 'node']),
  bytes('bytes that are UTF-8', [0x61, 0x62], ['python', 'node']),
  bytes('no bytes', [], ['python', 'node']),
];

const HOSTILE_KEYS = [
  'UPPER',
  'a.b.c',
  '.',
  'with space',
  ' ',
  'x/../y',
  'a:b',
  'k=v',
  '%2F',
  'ключ',
  '😀',
  '$(touch x)',
  '`touch x`',
  '$HOME',
  '"double"',
  "'single'",
  'a]b[c',
  '\\',
  '-n',
  '!',
  'new\nline',
  'tab\t',
  '__proto__',
  'constructor',
  'toString',
  '10',
  '9',
  '0',
  'k'.repeat(2048),
] as const;

/** Keys that bash takes for all elements; it reads them by `otto.get`. */
const WHOLE_ARRAY_KEYS = ['@', '*'] as const;

export const TEXT_CASES: readonly TextCase[] = [
  ...VALUES,
  ...HOSTILE_KEYS.map((key) => string(key, `value of ${key}`)),
  ...WHOLE_ARRAY_KEYS.map((key) => string(key, `value of ${key}`, ['python', 'node'])),
];

/** A value with a type that bash does not have. */
export interface JsonCase {
  readonly key: string;
  readonly python: string;
  readonly node: string;
  /** The text in the JSON and in bash: one, or what each writer makes of it. */
  readonly text: string | { readonly python: string; readonly node: string };
  /** What Python reads when Node has written it, when that is not `python`. */
  readonly nodeInPython?: string;
}

export const JSON_CASES: readonly JsonCase[] = [
  { key: 'null', python: 'None', node: 'null', text: 'null' },
  { key: 'true', python: 'True', node: 'true', text: 'true' },
  { key: 'false', python: 'False', node: 'false', text: 'false' },
  { key: 'zero', python: '0', node: '0', text: '0' },
  { key: 'negative', python: '-17', node: '-17', text: '-17' },
  { key: 'largest safe', python: '2**53 - 1', node: '2 ** 53 - 1', text: '9007199254740991' },
  { key: 'beyond 2^53', python: '2**53 + 1', node: '2n ** 53n + 1n', text: '9007199254740993' },
  { key: 'below -2^53', python: '-(2**63) - 1', node: '-(2n ** 63n) - 1n', text: '-9223372036854775809' },
  { key: '10^30', python: '10**30', node: '10n ** 30n', text: `1${'0'.repeat(30)}` },
  { key: 'half', python: '0.5', node: '0.5', text: '0.5' },
  { key: 'shortest', python: '0.1 + 0.2', node: '0.1 + 0.2', text: '0.30000000000000004' },
  { key: '1.0', python: '1.0', node: '1', text: { python: '1.0', node: '1' }, nodeInPython: '1' },
  { key: '1e100', python: '1e100', node: '1e100', text: '1e+100' },
  { key: 'tiny', python: '5e-324', node: '5e-324', text: '5e-324' },
  { key: '-0.0', python: '-0.0', node: '-0', text: '-0.0' },
  { key: 'empty list', python: '[]', node: '[]', text: '[]' },
  { key: 'empty dict', python: '{}', node: '({})', text: '{}' },
  {
    key: 'nested',
    python: '{"b": [1, [None, {"é\\n": "\\u2028"}], "x"], "a": {}, "10": 2**64}',
    node: '({ "10": 2n ** 64n, "b": [1, [null, { "é\\n": "\\u2028" }], "x"], "a": {} })',
    text: {
      python: '{"b":[1,[null,{"é\\n":"\u2028"}],"x"],"a":{},"10":18446744073709551616}',
      node: '{"10":18446744073709551616,"b":[1,[null,{"é\\n":"\u2028"}],"x"],"a":{}}',
    },
  },
  {
    key: 'looks like bytes',
    python: '{"$otto": "bytes", "base64": "AAAA"}',
    node: '({ "$otto": "bytes", "base64": "AAAA" })',
    text: '{"$otto":"bytes","base64":"AAAA"}',
  },
  {
    key: 'looks like a wrapped value',
    python: '{"$otto": "value", "value": {"$otto": 1}}',
    node: '({ "$otto": "value", "value": { "$otto": 1 } })',
    text: '{"$otto":"value","value":{"$otto":1}}',
  },
  {
    key: 'holds a tag deeper',
    python: '[{"$otto": "file", "path": "/etc/passwd"}]',
    node: '[{ "$otto": "file", "path": "/etc/passwd" }]',
    text: '[{"$otto":"file","path":"/etc/passwd"}]',
  },
  { key: 'lone surrogate', python: '"\\ud800"', node: '"\\ud800"', text: '"\\ud800"' },
];

export const textOf = ({ text }: JsonCase, writer: 'python' | 'node'): string =>
  typeof text === 'string' ? text : text[writer];
