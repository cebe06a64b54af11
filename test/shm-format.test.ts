import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyHash } from '../src/base/task-name.ts';
import * as layout from '../src/data/shm-layout.ts';
import { MAX_KEY_BYTES } from '../src/data/value.ts';

/** What a language says about the format: `header.tail` 128, `type.json` 3, `max_inline_bytes` 1048576 and so on. */
type Constants = Readonly<Record<string, number | string>>;

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const format = read('docs/shm-format.md');

/** The cells of the table that follows `heading`, without its head. */
function tableAfter(heading: string): string[][] {
  const lines = format.slice(format.indexOf(heading)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const last = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  const rows = lines.slice(first + 2, last).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows.length, heading).toBeGreaterThan(3);
  return rows;
}

/** A number of the text, which may be written as 36,864. */
function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/shm-format.md no longer says ${pattern}`);
  return Number(found.replaceAll(',', ''));
}

const named = (prefix: string, rows: string[][]): [string, number][] =>
  rows.filter(([, , name]) => name !== '').map(([offset, , name]) => [`${prefix}.${name}`, Number(offset)]);

function documented(): Constants {
  const header = tableAfter('## 2. Table 1');
  const meaning = (name: string): string => header.find((row) => row[2] === name)?.[3] ?? '';
  const fixed = ['major', 'minor', 'header_bytes', 'root_offset', 'root_bits', 'node_bits'];
  return {
    ...Object.fromEntries(named('header', header)),
    ...Object.fromEntries(named('record', tableAfter('A record (Table 3)'))),
    ...Object.fromEntries(
      tableAfter('### Table 4').map(([number, name]) => [`type.${name}`, Number(number)]),
    ),
    ...Object.fromEntries(fixed.map((name) => [name, numberIn(meaning(name), /^(\d+)/)])),
    magic: `${/`(\w+)` and a NUL byte/.exec(meaning('magic'))?.[1]}\0`,
    first_free: numberIn(format, /first byte that can be reserved is ([\d,]+)/),
    initial_bytes: numberIn(format, /A new region is\s+([\d,]+) bytes/),
    max_key_bytes: numberIn(format, /key_bytes is 1 to ([\d,]+)/),
    max_inline_bytes: numberIn(format, /more than ([\d,]+) bytes \(`max_inline_bytes`\)/),
  };
}

const prefixed = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]);

function typescript(): Constants {
  const scalars = Object.entries(layout).filter(([, value]) => typeof value !== 'object');
  return {
    ...Object.fromEntries([
      ...prefixed('header', layout.HEADER),
      ...prefixed('record', layout.RECORD),
      ...prefixed('type', layout.TYPE),
    ]),
    ...Object.fromEntries(scalars.map(([name, value]) => [name.toLowerCase(), value as number | string])),
  };
}

/** The compiler proves the offsets: they stand in static_asserts. */
function cplusplus(): Constants {
  const source = read('native/core/layout.h');
  const constant = (name: string): number => Number(new RegExp(`k${name} = (\\d+)`).exec(source)?.[1]);
  const offsets = (struct: string, prefix: string): [string, number][] =>
    [...source.matchAll(new RegExp(`offsetof\\(${struct}, (\\w+)\\) == (\\d+)`, 'g'))].map((found) => [
      `${prefix}.${found[1]}`,
      Number(found[2]),
    ]);
  const types = /enum class ValueType[^{]*\{([^}]*)\}/.exec(source)?.[1] ?? '';
  const letters = /kMagic\[8\] = \{([^}]*)\}/.exec(source)?.[1] ?? '';
  return {
    ...Object.fromEntries(offsets('RegionHeader', 'header')),
    ...Object.fromEntries(offsets('RecordHeader', 'record')),
    ...Object.fromEntries(
      [...types.matchAll(/k(\w+) = (\d+)/g)].map((t) => [`type.${t[1]?.toLowerCase()}`, Number(t[2])]),
    ),
    magic: letters.replaceAll(/[', ]/g, '').replace(/0$/, '\0'),
    major: constant('Major'),
    minor: constant('Minor'),
    header_bytes: constant('HeaderBytes'),
    root_offset: constant('RootOffset'),
    root_bits: constant('RootBits'),
    node_bits: constant('NodeBits'),
    first_free: constant('FirstFree'),
    initial_bytes: constant('InitialBytes'),
    max_key_bytes: constant('MaxKeyBytes'),
    max_inline_bytes: constant('MaxInlineBytes'),
    'record.key': constant('RecordHeaderBytes'),
    // The first member of each struct, which is at 0 by the language's rules.
    ...(/struct RegionHeader \{\s+unsigned char magic\[8\];/.test(source) ? { 'header.magic': 0 } : {}),
    ...(/struct RecordHeader \{\s+std::uint64_t previous;/.test(source) ? { 'record.previous': 0 } : {}),
  };
}

const runPython = (code: string): string =>
  execFileSync('python3', ['-c', code], { cwd: join(root, 'dist/clients/python'), encoding: 'utf8' });

const python = (): Constants =>
  JSON.parse(runPython('import json, otto; print(json.dumps(otto.LAYOUT, default=bytes.decode))'));

test.each([
  ['TypeScript', typescript],
  ['C++', cplusplus],
  ['Python', python],
])('the constants of %s are those of the document, all of them', (_, constants) => {
  expect(constants()).toEqual(documented());
});

test('the longest key is the same in every store', () => {
  expect(MAX_KEY_BYTES).toBe(documented().max_key_bytes);
});

test('the bits of a slot in C++ are those of Table 2', () => {
  const source = read('native/core/layout.h');
  const rows = tableAfter('## 3. Tables 2 and 3');
  const bitsOf = (name: string): number[] =>
    rows
      .find((row) => row[1] === name)?.[0]
      ?.split('–')
      .map(Number) ?? [Number.NaN];
  const [low = 0, high = 0] = bitsOf('offset');
  const mask = ((1n << BigInt(high + 1)) - 1n) & ~((1n << BigInt(low)) - 1n);
  expect(BigInt(/kSlotOffsetMask = (0x[0-9a-f]+)/.exec(source)?.[1] ?? 0)).toBe(mask);
  expect(Number(/kSlotIsNode = (\d+)/.exec(source)?.[1])).toBe(1 << (bitsOf('slot_is_node')[0] ?? 99));
  expect(Number(/kSlotSegmentShift = (\d+)/.exec(source)?.[1])).toBe(bitsOf('segment')[0]);
});

test('the key hash is the documented one in C++, TypeScript and Python', () => {
  const [basis, prime, first, second] = [...format.matchAll(/0x[0-9a-f]{9,16}/g)].map(([text]) =>
    BigInt(text),
  );
  const cc = read('native/base/hash.h');
  for (const constant of [basis, prime, first, second])
    expect(cc).toContain(`0x${constant?.toString(16)}ULL`);
  const mask = (1n << 64n) - 1n;
  const mix = (h: bigint, factor = 1n): bigint => ((h ^ (h >> 33n)) * factor) & mask;
  const byTheDocument = (text: string): bigint => {
    let h = basis ?? 0n;
    for (const byte of Buffer.from(text)) h = ((h ^ BigInt(byte)) * (prime ?? 0n)) & mask;
    return mix(mix(mix(h, first), second));
  };
  const keys = ['', 'a', 'key', 'ключ', 'x'.repeat(2048)];
  const hashes = keys.map(byTheDocument);
  expect(keys.map((key) => keyHash(Buffer.from(key)))).toEqual(hashes);
  const list = `[otto._key_hash(key.encode()) for key in ${JSON.stringify(keys)}]`;
  expect(runPython(`import otto; print(*${list})`).trim().split(' ').map(BigInt)).toEqual(hashes);
});
