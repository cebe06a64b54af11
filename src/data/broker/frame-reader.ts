import { BROKEN_OFF, END_OF_BODY, MAX_CHUNK_BYTES, MAX_FRAME_BYTES } from './constants.ts';
import { ProtocolError } from './fields.ts';
import { greetedVersion, hasBody, type Message } from './frames.ts';

/** What arrives on a connection, piece by piece. */
export type Arrival<M extends Message> =
  | { readonly kind: 'greeting'; readonly version: number }
  | { readonly kind: 'message'; readonly message: M }
  /** Of the body of the last message; a view of what was pushed. */
  | { readonly kind: 'piece'; readonly data: Buffer }
  | { readonly kind: 'body-ended' }
  | { readonly kind: 'body-broken-off' };

const GREETING_BYTES = 8;
const LENGTH_BYTES = 4;

/**
 * Takes a connection's bytes apart, wherever they are cut. Holds no more than one frame; the bytes of a body pass through. Throws a
 * ProtocolError for what breaks a rule; nothing may be pushed after that.
 */
export class FrameReader<M extends Message> {
  readonly #decode: (payload: Buffer) => M;
  #state: 'greeting' | 'length' | 'payload' | 'chunk-length' | 'chunk' = 'greeting';
  #wanted = GREETING_BYTES;
  /** Parts of what is wanted that have come before. */
  #parts: Buffer[] = [];
  #have = 0;

  constructor(decode: (payload: Buffer) => M) {
    this.#decode = decode;
  }

  *push(data: Buffer): Generator<Arrival<M>> {
    let at = 0;
    while (at < data.length) {
      const taken = data.subarray(at, at + this.#wanted - this.#have);
      at += taken.length;
      if (this.#state === 'chunk') {
        this.#wanted -= taken.length;
        yield { kind: 'piece', data: taken };
        if (this.#wanted === 0) this.#expect('chunk-length', LENGTH_BYTES);
        continue;
      }
      const whole = this.#collect(taken);
      if (whole === null) return;
      const arrival = this.#advance(whole);
      if (arrival !== null) yield arrival;
    }
  }

  /** True where a connection may end. */
  get isBetweenMessages(): boolean {
    return this.#state === 'length' && this.#have === 0;
  }

  #collect(taken: Buffer): Buffer | null {
    this.#have += taken.length;
    if (this.#have < this.#wanted) {
      this.#parts.push(taken);
      return null;
    }
    const whole = this.#parts.length === 0 ? taken : Buffer.concat([...this.#parts, taken]);
    this.#parts = [];
    this.#have = 0;
    return whole;
  }

  #advance(whole: Buffer): Arrival<M> | null {
    switch (this.#state) {
      case 'greeting':
        this.#expect('length', LENGTH_BYTES);
        return { kind: 'greeting', version: greetedVersion(whole) };
      case 'length':
        this.#expect('payload', frameLength(whole.readUInt32LE()));
        return null;
      case 'payload': {
        const message = this.#decode(whole);
        this.#expect(hasBody(message) ? 'chunk-length' : 'length', LENGTH_BYTES);
        return { kind: 'message', message };
      }
      default:
        return this.#chunk(whole.readUInt32LE());
    }
  }

  #chunk(length: number): Arrival<M> | null {
    if (length === END_OF_BODY || length === BROKEN_OFF) {
      this.#expect('length', LENGTH_BYTES);
      return { kind: length === BROKEN_OFF ? 'body-broken-off' : 'body-ended' };
    }
    if (length > MAX_CHUNK_BYTES) throw new ProtocolError(`a chunk of ${length} bytes is too long`);
    this.#expect('chunk', length);
    return null;
  }

  #expect(state: 'length' | 'payload' | 'chunk-length' | 'chunk', bytes: number): void {
    this.#state = state;
    this.#wanted = bytes;
  }
}

function frameLength(length: number): number {
  if (length === 0 || length > MAX_FRAME_BYTES)
    throw new ProtocolError(`a frame of ${length} bytes: 1 to ${MAX_FRAME_BYTES} are allowed`);
  return length;
}
