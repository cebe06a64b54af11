import { createHash, type Hash } from 'node:crypto';
import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { attemptAsync } from '../../base/io-failure.ts';
import type { Entry } from '../value.ts';
import { MAX_CHUNK_BYTES } from './constants.ts';
import {
  type Answer,
  BROKEN_OFF_CHUNK,
  chunkHead,
  END_OF_BODY_CHUNK,
  encodeAnswer,
  encodeListed,
} from './frames.ts';

const EMPTY = Buffer.alloc(0);
const HEAD_BYTES = 4;
/** Smaller values go out in one write together with what stands around them. */
const SMALL_BYTES = 64 * 1024;

/** The answering side of one connection. Each method resolves when the system has taken the bytes, and rejects when nobody will. */
export class Outlet {
  readonly #socket: Socket;
  #held: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Is sent with what comes next, or by `flush`. */
  hold(data: Buffer): void {
    this.#held.push(data);
  }

  /** A promise when the system has not taken everything at once. */
  flush(): Promise<void> | undefined {
    if (this.#held.length === 0) return undefined;
    const sent = this.#begin(EMPTY);
    return this.#socket.writableLength === 0 ? undefined : sent;
  }

  answer(answer: Answer): Promise<void> {
    return this.write(encodeAnswer(answer));
  }

  /** VALUE with its body. What became of the bytes is added to `hash`. Rejects with ENOENT before anything was sent when its file is gone. */
  async value(entry: Entry, hash: Hash | null = null): Promise<void> {
    const { source, bytes, type } = entry;
    const head = encodeAnswer({ kind: 'value', type, bytes });
    if (source.kind === 'memory') return this.#fromMemory(head, source.data, hash);
    const file = await attemptAsync('read', source.path, () => promises.open(source.path, 'r'));
    try {
      await this.#fromFile(head, { file, bytes }, hash);
    } finally {
      await file.close();
    }
  }

  async entries(entries: readonly Entry[]): Promise<void> {
    const listed = entries.map(encodeListed);
    await this.#fromMemory(
      encodeAnswer({ kind: 'entries', count: listed.length }),
      Buffer.concat(listed),
      null,
    );
  }

  write(data: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(this.#withHeld(data), (error) => (error ? reject(error) : resolve()));
    });
  }

  #withHeld(data: Buffer): Buffer {
    if (this.#held.length === 0) return data;
    const held = this.#held;
    this.#held = [];
    return held.length === 1 && data.length === 0 ? (held[0] ?? data) : Buffer.concat([...held, data]);
  }

  /** A write that is waited for later, if at all. */
  #begin(data: Buffer): Promise<void> {
    const sent = this.write(data);
    sent.catch(() => undefined);
    return sent;
  }

  async #fromMemory(head: Buffer, data: Uint8Array, hash: Hash | null): Promise<void> {
    hash?.update(data);
    if (data.length <= SMALL_BYTES) {
      const body = data.length === 0 ? [] : [chunkHead(data.length), data];
      return this.write(Buffer.concat([head, ...body, END_OF_BODY_CHUNK]));
    }
    await this.write(head);
    for (let at = 0; at < data.length; at += MAX_CHUNK_BYTES) {
      const part = Buffer.from(
        data.buffer,
        data.byteOffset + at,
        Math.min(MAX_CHUNK_BYTES, data.length - at),
      );
      this.#socket.write(chunkHead(part.length));
      await this.write(part);
    }
    await this.write(END_OF_BODY_CHUNK);
  }

  /** Reads one chunk while the one before is on its way. */
  async #fromFile(head: Buffer, value: FileToSend, hash: Hash | null): Promise<void> {
    let sent = this.#begin(head);
    const size = HEAD_BYTES + Math.min(MAX_CHUNK_BYTES, value.bytes);
    const buffers: Buffer[] = [];
    let left = value.bytes;
    for (let turn = 0; left > 0; turn++) {
      const buffer = buffers[turn % 2] ?? Buffer.allocUnsafeSlow(size);
      buffers[turn % 2] = buffer;
      const wanted = Math.min(left, size - HEAD_BYTES);
      const { bytesRead } = await value.file.read(buffer, HEAD_BYTES, wanted, null);
      await sent;
      // Somebody has cut the file: the value is none.
      if (bytesRead === 0) return this.write(BROKEN_OFF_CHUNK);
      buffer.writeUInt32LE(bytesRead);
      const chunk = buffer.subarray(0, HEAD_BYTES + bytesRead);
      hash?.update(chunk.subarray(HEAD_BYTES));
      sent = this.#begin(chunk);
      left -= bytesRead;
    }
    await sent;
    await this.write(END_OF_BODY_CHUNK);
  }
}

interface FileToSend {
  readonly file: FileHandle;
  readonly bytes: number;
}

/** Tells values apart that a follower has been sent. */
export const newFingerprint = (): Hash => createHash('sha1');
