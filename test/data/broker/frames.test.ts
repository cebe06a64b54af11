import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ANSWER, ERROR, HOW, REQUEST, TYPE } from '../../../src/data/broker/constants.ts';
import { ProtocolError } from '../../../src/data/broker/fields.ts';
import { type Arrival, FrameReader } from '../../../src/data/broker/frame-reader.ts';
import {
  type Answer,
  chunkHead,
  decodeAnswer,
  decodeListed,
  decodeRequest,
  END_OF_BODY_CHUNK,
  encodeAnswer,
  encodeListed,
  encodeRequest,
  greeting,
  hasBody,
  type Request,
} from '../../../src/data/broker/frames.ts';

const names = <Name extends string>(table: Readonly<Record<Name, number>>) =>
  fc.constantFrom(...(Object.keys(table) as Name[]));
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const count = fc.maxSafeNat();
const type = names(TYPE);

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), task: text }),
  fc.record({ kind: fc.constant('set' as const), type, key: text }),
  fc.record({ kind: fc.constant('delete' as const), key: text }),
  fc.record({ kind: fc.constant('get' as const), how: names(HOW), task: text, key: text }),
  fc.record({ kind: fc.constant('list' as const), task: text }),
  fc.record({ kind: fc.constant('progress' as const), done: count, total: count, text }),
);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constantFrom<Answer>({ kind: 'ok' }, { kind: 'missing' }, { kind: 'end' }),
  fc.record({ kind: fc.constant('value' as const), type, bytes: count }),
  fc.record({ kind: fc.constant('error' as const), code: names(ERROR), text }),
  fc.record({ kind: fc.constant('entries' as const), count: fc.nat() }),
);

test('every request and answer comes back as it was encoded', () => {
  fc.assert(
    fc.property(request, (one) => {
      expect(decodeRequest(encodeRequest(one).subarray(4))).toEqual(one);
    }),
  );
  fc.assert(
    fc.property(answer, (one) => {
      expect(decodeAnswer(encodeAnswer(one).subarray(4))).toEqual(one);
    }),
  );
  const listed = fc.array(fc.record({ type, bytes: count, key: text }));
  fc.assert(
    fc.property(listed, (all) => {
      expect(decodeListed(Buffer.concat(all.map(encodeListed)))).toEqual(all);
    }),
  );
  expect(Object.keys({ ...REQUEST, ...ANSWER }).length).toBe(12);
});

/** What arrives, with the pieces of each body put together. */
function arrivals(stream: Buffer, cuts: readonly number[]): unknown[] {
  const reader = new FrameReader(decodeRequest);
  const all: Arrival<Request>[] = [];
  let from = 0;
  for (const cut of [...cuts.map((one) => one % (stream.length + 1)), stream.length].sort((a, b) => a - b)) {
    all.push(...[...reader.push(stream.subarray(from, cut))].map((one) => ({ ...one })));
    from = cut;
  }
  return all.reduce<unknown[]>((joined, one) => {
    const last = joined.at(-1);
    if (one.kind === 'piece' && last instanceof Buffer)
      joined[joined.length - 1] = Buffer.concat([last, one.data]);
    else joined.push(one.kind === 'piece' ? Buffer.from(one.data) : one);
    return joined;
  }, []);
}

const message = fc.tuple(request, fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })));

test('a stream is understood in the same way wherever it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (messages, cuts) => {
        const bytes = messages.flatMap(([one, chunks]) => [
          encodeRequest(one),
          ...(hasBody(one)
            ? [...chunks.flatMap((data) => [chunkHead(data.length), data]), END_OF_BODY_CHUNK]
            : []),
        ]);
        const found = arrivals(Buffer.concat([greeting(), ...bytes]), cuts);
        expect(found).toEqual([
          { kind: 'greeting', version: 1 },
          ...messages.flatMap(([one, chunks]) => [
            { kind: 'message', message: one },
            ...(hasBody(one) && chunks.length > 0 ? [Buffer.concat(chunks)] : []),
            ...(hasBody(one) ? [{ kind: 'body-ended' }] : []),
          ]),
        ]);
      },
    ),
  );
});

test('any other bytes are understood or refused, never anything else', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(request, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
      .map(([one, changes]) => {
        const frame = encodeRequest(one);
        for (const [at, byte] of changes) frame[at % frame.length] = byte;
        return frame;
      }),
  );
  fc.assert(
    fc.property(bytes, (data) => {
      const reader = new FrameReader(decodeRequest);
      try {
        for (const _ of reader.push(Buffer.concat([greeting(), data])));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['a frame longer than 1 MiB', chunkHead(1024 * 1024 + 1)],
  ['a frame of nothing', chunkHead(0)],
  [
    'a chunk longer than 1 MiB',
    Buffer.concat([encodeRequest({ kind: 'set', type: 'raw', key: 'k' }), chunkHead(1024 * 1024 + 1)]),
  ],
  ['a field that is left over', Buffer.concat([chunkHead(6), Buffer.from([3, 0, 0, 0, 0, 0])])],
  ['a text with NUL', Buffer.concat([chunkHead(6), Buffer.from([3, 1, 0, 0, 0, 0])])],
  ['a text that is not UTF-8', Buffer.concat([chunkHead(6), Buffer.from([3, 1, 0, 0, 0, 255])])],
])('%s is refused', (_, bytes) => {
  const reader = new FrameReader(decodeRequest);
  expect(() => [...reader.push(Buffer.concat([greeting(), bytes]))]).toThrow(ProtocolError);
});
