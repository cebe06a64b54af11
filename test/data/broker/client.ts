import { connect, type Socket } from 'node:net';
import { FrameReader } from '../../../src/data/broker/frame-reader.ts';
import {
  type Answer,
  chunkHead,
  decodeAnswer,
  END_OF_BODY_CHUNK,
  encodeRequest,
  greeting,
  type How,
  type Request,
} from '../../../src/data/broker/frames.ts';
import type { ValueType } from '../../../src/data/value.ts';

/** An answer with its body; null: the connection has ended. */
export type Got = (Answer & { readonly body?: Buffer; readonly isBroken?: boolean }) | null;

/** Speaks the protocol as it is documented, and can break its rules. */
export class RawClient {
  readonly socket: Socket;
  readonly #answers: AsyncGenerator<Exclude<Got, null>>;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('error', () => undefined);
    this.#answers = answersOf(this.socket);
  }

  static async enter(path: string, task: string): Promise<RawClient> {
    const client = new RawClient(path);
    client.socket.write(greeting());
    const got = await client.ask({ kind: 'hello', task });
    if (got?.kind !== 'ok') throw new Error(JSON.stringify(got));
    return client;
  }

  async next(): Promise<Got> {
    const { value, done } = await this.#answers.next();
    return done ? null : value;
  }

  ask(request: Request): Promise<Got> {
    this.socket.write(encodeRequest(request));
    return this.next();
  }

  set(key: string, data: Buffer | string, type: ValueType = 'raw'): Promise<Got> {
    const bytes = Buffer.from(data);
    this.socket.write(encodeRequest({ kind: 'set', type, key }));
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      const part = bytes.subarray(at, at + 1_000_000);
      this.socket.write(chunkHead(part.length));
      this.socket.write(part);
    }
    this.socket.write(END_OF_BODY_CHUNK);
    return this.next();
  }

  get(task: string, key: string, how: How = 'now'): Promise<Got> {
    return this.ask({ kind: 'get', how, task, key });
  }

  /** The value, or the kind of the answer that is none. */
  async read(task: string, key: string, how: How = 'now'): Promise<string> {
    return shownAnswer(await this.get(task, key, how));
  }

  close(): void {
    this.socket.destroy();
  }
}

export const shownAnswer = (got: Got): string => {
  if (got === null) return 'closed';
  if (got.kind === 'value') return `${got.body}`;
  return got.kind === 'error' ? got.code : got.kind;
};

async function* answersOf(socket: Socket): AsyncGenerator<Exclude<Got, null>> {
  const reader = new FrameReader(decodeAnswer);
  let open: { answer: Answer; pieces: Buffer[] } | null = null;
  try {
    for await (const data of socket as AsyncIterable<Buffer>)
      for (const arrival of reader.push(data)) {
        if (arrival.kind === 'message') {
          if (arrival.message.kind === 'value' || arrival.message.kind === 'entries')
            open = { answer: arrival.message, pieces: [] };
          else yield arrival.message;
        } else if (arrival.kind === 'piece') open?.pieces.push(arrival.data);
        else if (arrival.kind !== 'greeting' && open !== null) {
          yield {
            ...open.answer,
            body: Buffer.concat(open.pieces),
            isBroken: arrival.kind === 'body-broken-off',
          };
          open = null;
        }
      }
  } catch {
    // The other end has cut the connection.
  }
}
