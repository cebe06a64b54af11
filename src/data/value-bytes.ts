import { constants, promises } from 'node:fs';
import { FailureError } from '../base/failure.ts';
import { attemptAsync } from '../base/io-failure.ts';
import { resolveType } from './entry-bytes.ts';
import { Utf8Stream } from './utf8-stream.ts';
import type { Entry } from './value.ts';

const PIECE_BYTES = 1024 * 1024;
/** A pipe or a link that somebody put in the file's place is neither waited for nor followed. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The value's bytes in pieces that the caller may keep. Throws a FailureError when its file is gone or has not the length that
 * was recorded.
 */
export async function* piecesOf({ source, bytes }: Entry): AsyncGenerator<Buffer> {
  if (source.kind === 'memory') {
    const { data } = source;
    yield Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return;
  }
  const { path } = source;
  const file = await attemptAsync('read', path, () => promises.open(path, FLAGS)).catch(explainGone);
  try {
    checkFile(path, await file.stat(), bytes);
    for (let left = bytes; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
      const { bytesRead } = await attemptAsync('read', path, () => file.read(piece, 0, piece.length));
      if (bytesRead === 0) throw unlike(path, `it was cut ${left} bytes before its end`);
      left -= bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Who removed it is not known; what to do is. */
function explainGone(error: unknown): never {
  if (!(error instanceof FailureError) || error.failure.kind !== 'io' || error.failure.code !== 'ENOENT')
    throw error;
  const hint = 'the file of this value has been removed; a new run makes the value again';
  throw new FailureError({ ...error.failure, hint });
}

interface FileFacts {
  readonly size: number;
  isFile(): boolean;
}

/** A value's file as it must be: plain, and of the length that was recorded. */
export function checkFile(path: string, stat: FileFacts, bytes: number): void {
  if (!stat.isFile()) throw unlike(path, 'it is not a plain file');
  if (stat.size !== bytes) throw unlike(path, `it has ${stat.size} bytes, recorded are ${bytes}`);
}

/** The type that the value has in JSON: one that does not say is read for it. */
export async function settledType(entry: Entry): Promise<'string' | 'bytes' | 'json'> {
  if (entry.type !== 'raw') return entry.type;
  const utf8 = new Utf8Stream();
  for await (const piece of piecesOf(entry)) utf8.push(piece);
  return resolveType('raw', utf8.end());
}

const unlike = (path: string, code: string): FailureError =>
  new FailureError({ kind: 'io', action: 'read the value in', path, code });
