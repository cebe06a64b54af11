import { closeSync, fstatSync, readSync, writevSync } from 'node:fs';
import {
  BROKEN_OFF,
  END_OF_BODY,
  MAX_CHUNK_BYTES,
  MAX_FRAME_BYTES,
  PROTOCOL_VERSION,
} from '../../../src/data/broker/constants.ts';
import {
  type Answer,
  chunkHead,
  decodeAnswer,
  decodeListed,
  END_OF_BODY_CHUNK,
  encodeRequest,
  greetedVersion,
  greeting,
  type ListedValue,
  type Request,
} from '../../../src/data/broker/frames.ts';
import { connectUnix } from './addon.ts';
import type { Range } from './stored.ts';
import { loadTask } from './task.ts';

const BUFFER_BYTES = 64 * 1024;
const GREETING_BYTES = 8;

/**
 * A connection to otto (docs/socket-protocol.md). Every call waits for its answer. What does not end as it should leaves the connection
 * in no known state: it is closed then.
 */
class Connection {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #inode: number;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #begin = 0;
  #end = 0;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = connectUnix(path);
    this.#inode = fstatSync(this.#descriptor).ino;
    try {
      this.#enter();
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  #enter(): void {
    this.#send([greeting(), encodeRequest({ kind: 'hello', task: loadTask().task })]);
    const version = greetedVersion(this.#exactly(GREETING_BYTES));
    if (version !== PROTOCOL_VERSION)
      throw new Error(`${this.#path}: otto speaks version ${version} here, this client ${PROTOCOL_VERSION}`);
    refuseError(this.#answer());
  }

  /** The script owns the process: it may have closed the descriptor, which is another file's by now. */
  get isOpen(): boolean {
    try {
      return fstatSync(this.#descriptor).ino === this.#inode;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.isOpen) closeSync(this.#descriptor);
  }

  ask(request: Request): Answer {
    this.#send([encodeRequest(request)]);
    return refuseError(this.#answer());
  }

  set(request: Request, data: Uint8Array): void {
    let waiting: Uint8Array[] = [encodeRequest(request)];
    for (let at = 0; at < data.length; at += MAX_CHUNK_BYTES) {
      if (at > 0) {
        this.#send(waiting);
        waiting = [];
      }
      const chunk = data.subarray(at, at + MAX_CHUNK_BYTES);
      waiting.push(chunkHead(chunk.length), chunk);
    }
    // Small values go out at once with what stands around them: otto is woken once.
    waiting.push(END_OF_BODY_CHUNK);
    this.#send(data.length <= BUFFER_BYTES ? [Buffer.concat(waiting)] : waiting);
    refuseError(this.#answer());
  }

  list(task: string): ListedValue[] {
    this.ask({ kind: 'list', task });
    const pieces: Buffer[] = [];
    for (let left = this.#chunk(); left > 0; left = this.#chunk()) pieces.push(this.#exactly(left));
    return decodeListed(Buffer.concat(pieces));
  }

  /** Fills `to` with the body, from its byte `offset` on. False: there is more of it, or less; the connection is of no use then. */
  body(to: Buffer, offset: number): boolean {
    let at = -offset;
    for (let left = this.#chunk(); left > 0; left = this.#chunk()) {
      while (left > 0) {
        if (at >= to.length) return false;
        const target = at < 0 ? null : to.subarray(at, at + left);
        const got = target === null ? this.#skip(Math.min(left, -at)) : this.#into(target);
        left -= got;
        at += got;
      }
    }
    return at === to.length;
  }

  /** When otto has gone it may have said why before. */
  #send(parts: readonly Uint8Array[]): void {
    let rest = parts;
    try {
      while (rest.length > 0) rest = without(rest, writevSync(this.#descriptor, rest));
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      refuseError(this.#answer());
      throw this.#closed();
    }
  }

  #answer(): Answer {
    const length = this.#exactly(4).readUInt32LE();
    if (length === 0 || length > MAX_FRAME_BYTES)
      throw new Error(`${this.#path}: an answer of ${length} bytes`);
    return decodeAnswer(this.#exactly(length));
  }

  /** How long the next chunk is; 0 when there is none. */
  #chunk(): number {
    const length = this.#exactly(4).readUInt32LE();
    if (length === BROKEN_OFF) throw new Error(`${this.#path}: otto could not read all of the value`);
    if (length !== END_OF_BODY && length > MAX_CHUNK_BYTES)
      throw new Error(`${this.#path}: a chunk of ${length} bytes`);
    return length;
  }

  #exactly(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) at += this.#into(bytes.subarray(at));
    return bytes;
  }

  /** At least one byte; what is large does not pass through the buffer. */
  #into(to: Buffer): number {
    if (this.#begin === this.#end && to.length >= BUFFER_BYTES) return this.#read(to);
    this.#fill();
    const count = this.#buffer.copy(to, 0, this.#begin, this.#end);
    this.#begin += count;
    return count;
  }

  #skip(most: number): number {
    this.#fill();
    const count = Math.min(most, this.#end - this.#begin);
    this.#begin += count;
    return count;
  }

  #fill(): void {
    if (this.#begin < this.#end) return;
    this.#begin = 0;
    this.#end = 0;
    this.#end = this.#read(this.#buffer);
  }

  #read(to: Buffer): number {
    try {
      const count = readSync(this.#descriptor, to);
      if (count > 0) return count;
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    throw this.#closed();
  }

  #closed(): Error {
    return new Error(`${this.#path}: otto has closed the connection; the run has ended`);
  }
}

export type { Connection };

const GONE = new Set(['EPIPE', 'ECONNRESET']);
const connections = new Map<string, Connection>();

/** Each thread and process has a connection of its own. One that fails is not used again. */
export function withConnection<T>(path: string, use: (connection: Connection) => T): T {
  let connection = connections.get(path);
  if (connection === undefined || !connection.isOpen) connection = new Connection(path);
  connections.delete(path);
  try {
    const result = use(connection);
    connections.set(path, connection);
    return result;
  } catch (error) {
    if (error instanceof AnswerError) connections.set(path, connection);
    else connection.close();
    throw error;
  }
}

/** Threads leave descriptors open. */
export function closeConnections(): void {
  for (const connection of connections.values()) connection.close();
  connections.clear();
}

/** The value, or its part from `offset` on, as long as `length` says. */
export function getBytes(path: string, wanted: { task: string; key: string }, range: Range): Buffer {
  const bytes = Buffer.allocUnsafeSlow(range.length);
  return withConnection(path, (connection) => {
    const answer = connection.ask({ kind: 'get', how: 'now', ...wanted });
    if (answer.kind !== 'value')
      throw new AnswerError(`the value ${JSON.stringify(wanted.key)} of ${wanted.task} has disappeared`);
    const isWhole = range.offset === 0 && range.length === answer.bytes;
    const isDone = connection.body(bytes, range.offset);
    if (isDone) return bytes;
    connection.close();
    if (isWhole || range.offset + range.length > answer.bytes)
      throw new Error(`${path}: a value is not as long as otto has said`);
    return bytes;
  });
}

/** What otto answers to a request; the connection goes on. `code` is a name of Table 5. */
class AnswerError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

function refuseError(answer: Answer): Answer {
  if (answer.kind === 'error') throw new AnswerError(answer.text, answer.code);
  return answer;
}

function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left < part.length) rest.push(part.subarray(left));
    left = Math.max(0, left - part.length);
  }
  return rest;
}
