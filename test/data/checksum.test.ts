import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createHasher } from '../../src/data/checksum.ts';
import { nativeOrNull } from '../../src/data/native-or-null.ts';
import { Utf8Stream } from '../../src/data/utf8-stream.ts';

const directory = mkdtempSync(join(tmpdir(), 'otto-checksum-'));
afterAll(() => rmSync(directory, { recursive: true }));

// From the reference implementation, XXH3_128bits with seed 0.
const KNOWN = [
  ['', '99aa06d3014798d86001c324468d497f'],
  ['a', 'a96faf705af16834e6c632b61e964e1f'],
  ['abc', '06b05ab6733a618578af5f94892f3950'],
] as const;

describe.each([
  ['in WebAssembly', () => null],
  ['through the addon', nativeOrNull],
])('XXH3-128 %s', (name, load) => {
  const hasher = createHasher(load);

  test('is the one that the reference gives', async () => {
    expect(load() === null).toBe(name === 'in WebAssembly');
    for (const [text, hash] of KNOWN) expect(await hasher.hash(Buffer.from(text))).toBe(hash);
  });

  test('copies a file, hashes it and sees whether it is UTF-8', async () => {
    const [from, to] = [join(directory, 'from'), join(directory, `to-${name}`)];
    // Its characters of three bytes lie across every border of a power of two.
    const data = Buffer.from('€'.repeat(1_000_000));
    writeFileSync(from, data);
    const copied = await hasher.copyAndHash(from, to);
    expect(copied).toEqual({ xxh128: await hasher.hash(data), bytes: data.length, utf8: true });
    expect(readFileSync(to).equals(data)).toBe(true);
    data[1_234_567] = 0xff;
    writeFileSync(from, data);
    expect(await hasher.copyAndHash(from, null)).toMatchObject({ bytes: data.length, utf8: false });
  });

  test('says which path failed', async () => {
    const missing = join(directory, 'missing');
    await expect(hasher.copyAndHash(missing, null)).rejects.toMatchObject({
      failure: { kind: 'io', path: missing, code: 'ENOENT' },
    });
  });

  test('concurrent hashes do not mix', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => Buffer.from(`value ${i}`));
    const alone: string[] = [];
    for (const text of texts) alone.push(await hasher.hash(text));
    expect(await Promise.all(texts.map((text) => hasher.hash(text)))).toEqual(alone);
    expect(new Set(alone).size).toBe(texts.length);
  });
});

test('pieces of UTF-8 are judged like the whole, wherever they are cut', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map((s) => Buffer.from(s)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      Buffer.from('€'),
      Buffer.from([0xe2, 0x82]),
      Buffer.from([0xf0, 0x9f]),
      Buffer.from([0x80]),
    ),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (pieces) => {
      const stream = new Utf8Stream();
      for (const piece of pieces) stream.push(piece);
      const whole = Buffer.concat(pieces);
      expect(stream.end()).toBe(Buffer.from(whole.toString()).equals(whole));
    }),
    { numRuns: 2000 },
  );
});
