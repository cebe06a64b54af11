import { StringDecoder } from 'node:string_decoder';
import { MemberScanner } from './json-members.ts';

type Pieces = AsyncIterable<Buffer>;

/**
 * A value as JSON text, in pieces, however large it is: as the output JSON has it (docs/task-protocol.md, section 4), but never
 * as a reference to a file. `read` begins anew each time it is called; nothing is given before it has given a piece, so that who
 * reads a file that is gone has written nothing.
 */
export function valueJson(
  type: 'string' | 'bytes' | 'json',
  read: () => Pieces,
): AsyncGenerator<string | Buffer> {
  if (type === 'string') return stringJson(read());
  return type === 'bytes' ? bytesJson(read()) : wrappedJson(read);
}

async function* stringJson(pieces: Pieces): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
  let start = '"';
  for await (const piece of pieces) {
    yield start + escaped(decoder.write(piece));
    start = '';
  }
  yield `${start}${escaped(decoder.end())}"`;
}

/** Base64 in pieces joins without a seam when each but the last stands for a multiple of three bytes. */
async function* bytesJson(pieces: Pieces): AsyncGenerator<string> {
  let start = '{"$otto":"bytes","base64":"';
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const end = bytes.length - (bytes.length % 3);
    yield start + bytes.toString('base64', 0, end);
    start = '';
    rest = bytes.subarray(end);
  }
  yield `${start}${rest.toString('base64')}"}`;
}

async function* wrappedJson(read: () => Pieces): AsyncGenerator<string | Buffer> {
  if (!(await hasMember(read(), '$otto'))) return yield* read();
  let start = '{"$otto":"value","value":';
  for await (const piece of read()) {
    yield start;
    yield piece;
    start = '';
  }
  yield '}';
}

/** Whether the text is an object with this key on its top level. */
async function hasMember(pieces: Pieces, key: string): Promise<boolean> {
  const scanner = new MemberScanner();
  for await (const piece of pieces) {
    if (scanner.push(piece).some((member) => member.key === key)) return true;
    if (scanner.invalid) return false;
  }
  return false;
}
