import { closeSync, openSync, promises, rmSync, writeSync } from 'node:fs';
import { attempt, attemptAsync } from '../../base/io-failure.ts';
import { type Incoming, MAX_IN_MEMORY_BYTES } from '../broker/backend.ts';
import type { Entry } from '../value.ts';
import type { Connection } from './connection.ts';
import { RefusedByRedis, redisFailure } from './problems.ts';

/** How values are sent and fetched, so that no more of one than this is in memory. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Strings of Redis end here; larger values are lists of pieces. */
export const MAX_STRING_BYTES = 512 * 1024 * 1024;
const MAX_READS = 8;

/** What a key of Redis holds, compared with what is known of it. */
export type Found =
  | { readonly kind: 'same' | 'gone' }
  | { readonly kind: 'changed'; readonly value: Incoming }
  | { readonly kind: 'no-value'; readonly type: string };

/** Puts a value under `name`, piece by piece; what is there is replaced. */
export async function store(
  connection: Connection,
  name: string,
  { value, maxStringBytes }: { readonly value: Incoming; readonly maxStringBytes: number },
): Promise<void> {
  if (value.kind === 'memory') {
    await connection.send('SET', name, asBuffer(value.data));
    return;
  }
  const { path, bytes } = value;
  const isList = bytes > maxStringBytes;
  await connection.send('UNLINK', name);
  // The last byte first: so the server takes the room for all at once.
  if (!isList && bytes > PIECE_BYTES) await connection.send('SETRANGE', name, String(bytes - 1), '\0');
  let at = 0;
  for await (const piece of piecesOf(path, bytes)) {
    if (isList) await connection.send('RPUSH', name, piece);
    else await connection.send('SETRANGE', name, String(at), piece);
    at += piece.length;
  }
  if (bytes === 0) await connection.send('SET', name, '');
}

/** Looks at `name`; 'large' when that takes more than one answer. */
export async function inspect(
  connection: Connection,
  name: string,
  known: Entry | null,
): Promise<Found | 'large'> {
  const [type, start] = await Promise.all([
    connection.send<string>('TYPE', name),
    connection.send<Buffer>('GETRANGE', name, '0', String(MAX_IN_MEMORY_BYTES)).catch(noString),
  ]);
  if (type === 'none') return { kind: 'gone' };
  if (type === 'list' && isInPieces(known)) return 'large';
  if (type !== 'string' || start === null) return { kind: 'no-value', type };
  if (start.length > MAX_IN_MEMORY_BYTES) return 'large';
  const isSame = known?.bytes === start.length && (await holds(known, () => Promise.resolve(start)));
  return isSame ? { kind: 'same' } : { kind: 'changed', value: { kind: 'memory', data: start } };
}

/** As it was at one moment, whoever writes to it meanwhile. What is new is fetched to `newPath`. */
export async function inspectLarge(
  connection: Connection,
  name: string,
  { known, newPath }: { readonly known: Entry | null; readonly newPath: () => string },
): Promise<Found> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    await connection.send('WATCH', name);
    const found = await compareOrFetch(connection, name, { known, newPath });
    // Sent together, so that nothing of others comes between.
    const [, executed] = await Promise.all([connection.send('MULTI'), connection.send('EXEC')]);
    if (executed !== null) return found;
    if (found.kind === 'changed' && found.value.kind === 'file') rmSync(found.value.path, { force: true });
  }
  const detail = 'it is written to again and again';
  throw redisFailure({ action: 'read', where: JSON.stringify(name), detail });
}

async function compareOrFetch(
  connection: Connection,
  name: string,
  { known, newPath }: { readonly known: Entry | null; readonly newPath: () => string },
): Promise<Found> {
  const type = await connection.send<string>('TYPE', name);
  if (type === 'list' && known !== null && isInPieces(known)) {
    const pieces = await connection.send<number>('LLEN', name);
    const pieceAt = (index: number): Promise<Buffer> => connection.send('LINDEX', name, String(index));
    const isSame = pieces === Math.ceil(known.bytes / PIECE_BYTES) && (await holds(known, pieceAt));
    return isSame ? { kind: 'same' } : { kind: 'no-value', type };
  }
  if (type !== 'string') return type === 'none' ? { kind: 'gone' } : { kind: 'no-value', type };
  const bytes = await connection.send<number>('STRLEN', name);
  const pieceAt = (index: number): Promise<Buffer> => range(connection, name, index);
  if (known?.bytes === bytes && (await holds(known, pieceAt))) return { kind: 'same' };
  const path = newPath();
  return { kind: 'changed', value: { kind: 'file', path, bytes: await fetchTo(path, bytes, pieceAt) } };
}

/** Only then a list of Redis can be a value of otto's; its bytes tell. */
const isInPieces = (known: Entry | null): boolean => known !== null && known.bytes > PIECE_BYTES;

function noString(error: unknown): null {
  if (error instanceof RefusedByRedis && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}

/** Whether a value's bytes are the pieces that `pieceAt` gives. */
async function holds(known: Entry, pieceAt: (index: number) => Promise<Buffer | null>): Promise<boolean> {
  const { source, bytes } = known;
  if (source.kind !== 'file') return (await pieceAt(0))?.equals(source.data) === true;
  let index = 0;
  for await (const piece of piecesOf(source.path, bytes))
    if ((await pieceAt(index++))?.equals(piece) !== true) return false;
  return true;
}

async function* piecesOf(path: string, bytes: number): AsyncGenerator<Buffer> {
  const file = await attemptAsync('read', path, () => promises.open(path, 'r'));
  try {
    for (let at = 0; at < bytes; at += PIECE_BYTES)
      yield await attemptAsync('read', path, () => pieceOf(file, at, Math.min(PIECE_BYTES, bytes - at)));
  } finally {
    await file.close();
  }
}

async function pieceOf(file: promises.FileHandle, at: number, bytes: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(bytes);
  for (let filled = 0; filled < bytes; ) {
    const { bytesRead } = await file.read(piece, filled, bytes - filled, at + filled);
    if (bytesRead === 0) return piece.subarray(0, filled);
    filled += bytesRead;
  }
  return piece;
}

async function fetchTo(
  path: string,
  bytes: number,
  pieceAt: (index: number) => Promise<Buffer>,
): Promise<number> {
  const descriptor = attempt('write', path, () => openSync(path, 'wx', 0o600));
  let written = 0;
  try {
    for (let index = 0; written < bytes; index++) {
      const piece = await pieceAt(index);
      if (piece.length === 0) break;
      attempt('write', path, () => writeAll(descriptor, piece));
      written += piece.length;
    }
    return written;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(descriptor, data, at);
}

const range = (connection: Connection, name: string, index: number): Promise<Buffer> =>
  connection.send<Buffer>(
    'GETRANGE',
    name,
    String(index * PIECE_BYTES),
    String((index + 1) * PIECE_BYTES - 1),
  );

const asBuffer = (data: Uint8Array): Buffer =>
  Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
