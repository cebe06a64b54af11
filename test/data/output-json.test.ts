import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { encodeOutput, type OutputObserver } from '../../src/data/output-json.ts';
import type { Entry, ValueType } from '../../src/data/value.ts';

const task = 'build' as TaskName;
const entry = (key: string, type: ValueType, value: string | Buffer): Entry => {
  const data = Buffer.from(value as string);
  return { key, type, bytes: data.length, source: { kind: 'memory', data } };
};

const beside: OutputObserver = {
  place: async ({ type, bytes }) => ({ type: type === 'raw' ? 'string' : type, bytes, xxh128: 'ab' }),
  inline: async () => {},
};

async function encode(entries: readonly Entry[]): Promise<string> {
  let text = '';
  for await (const chunk of encodeOutput(task, entries, beside)) text += chunk;
  return text;
}

const lineOf = async (value: Entry): Promise<string> =>
  (await encode([value])).split('\n')[1]?.replace(/^ {2}"k": /, '') ?? '';

describe('encodeOutput', () => {
  test('an empty object for no values', async () => {
    expect(await encode([])).toBe('{}\n');
  });

  test('one key a line, two spaces, a newline at the end', async () => {
    const text = await encode([entry('b', 'raw', 'x'), entry('a "q"\n', 'json', '{"z":[1,2]}')]);
    expect(text).toBe('{\n  "b": "x",\n  "a \\"q\\"\\n": {"z":[1,2]}\n}\n');
  });

  test('numbers keep every digit', async () => {
    for (const text of ['9007199254740993', '1000000000000000000000000000001', '1.0', '1e100', '-0.0']) {
      expect(await lineOf(entry('k', 'json', text))).toBe(text);
    }
  });

  test('strings are escaped as JSON.stringify does', async () => {
    const value = '\u0000\u0001\b\t\n\u000b\f\r"\\/\u007f\u2028é😀</script>$(touch x)';
    for (const type of ['raw', 'string'] as const) {
      expect(await lineOf(entry('k', type, value))).toBe(JSON.stringify(value));
    }
  });

  test('raw that is not UTF-8 is bytes, UTF-8 that was written as bytes stays bytes', async () => {
    expect(await lineOf(entry('k', 'raw', Buffer.from([0xff, 0])))).toBe('{"$otto":"bytes","base64":"/wA="}');
    expect(await lineOf(entry('k', 'bytes', 'abc'))).toBe('{"$otto":"bytes","base64":"YWJj"}');
  });

  test.each(['{"$otto":"bytes","base64":""}', '{"a":1,"\\u0024otto":2}', '{"$ott\\u006f":null}'])(
    'a dict that looks like a tag is wrapped: %s',
    async (text) => {
      expect(await lineOf(entry('k', 'json', text))).toBe(`{"$otto":"value","value":${text}}`);
    },
  );

  test.each([
    '{"a":{"$otto":1}}',
    '["$otto"]',
    '"$otto"',
    '{"a":"$otto"}',
    '{"$Otto":1}',
    '{"\\\\u0024otto":1}',
  ])('anything else stays as it is: %s', async (text) => {
    expect(await lineOf(entry('k', 'json', text))).toBe(text);
  });

  test.each([
    ['string', 16 * 1024 * 1024, 'string'],
    ['json', 16 * 1024 * 1024, 'json'],
    ['bytes', 64 * 1024, 'bytes'],
  ] as const)('%s of %i bytes stands in the JSON, one byte more beside it', async (type, limit, tag) => {
    const most = type === 'json' ? `"${'x'.repeat(limit - 2)}"` : 'x'.repeat(limit);
    expect(await lineOf(entry('k', type, most))).not.toContain('"file"');
    expect(await lineOf(entry('k', type, `${most} `))).toBe(
      `{"$otto":"file","type":"${tag}","path":"values/1","bytes":${limit + 1},"xxh128":"ab"}`,
    );
  });

  test('raw between the limits stands beside the JSON only when it is not UTF-8', async () => {
    const text = Buffer.alloc(64 * 1024 + 1, 'a');
    expect(await lineOf(entry('k', 'raw', text))).not.toContain('$otto');
    text[5] = 0xff;
    expect(await lineOf(entry('k', 'raw', text))).toContain('"$otto":"file"');
  });

  test.each([
    ['{"a":', 'not valid JSON'],
    ['', 'not valid JSON'],
    ['NaN', 'not valid JSON'],
    ['1} {', 'not valid JSON'],
    [Buffer.from([0x22, 0xff, 0x22]), 'not valid UTF-8'],
  ])('JSON text that would break the file is refused: %s', async (text, detail) => {
    const failure = await encode([entry('good', 'raw', 'x'), entry('k', 'json', text)]).catch(
      (e) => e.failure,
    );
    expect(failure).toEqual({ kind: 'value', task, key: 'k', detail: expect.stringContaining(detail) });
  });

  test('gives each value as a piece of its own, so that memory holds one at a time', async () => {
    const big = 'x'.repeat(8 * 1024 * 1024);
    const entries = Array.from({ length: 5 }, (_, i) => entry(`k${i}`, 'raw', big));
    let longest = 0;
    for await (const chunk of encodeOutput(task, entries, beside)) longest = Math.max(longest, chunk.length);
    expect(longest).toBe(big.length + 2);
  });
});
