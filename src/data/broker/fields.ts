import { isUtf8 } from 'node:buffer';

/** What breaks a rule of docs/socket-protocol.md. Whoever receives it ends the connection. */
export class ProtocolError extends Error {}

/** The fields of a frame, one after the other. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** Sizes and counts: what a double cannot hold exactly is none. */
  u64(): number {
    const number = this.#bytes.readBigUInt64LE(this.#take(8));
    if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProtocolError(`${number} is too large a number`);
    return Number(number);
  }

  text(): string {
    const length = this.u32();
    const start = this.#take(length);
    const bytes = this.#bytes.subarray(start, start + length);
    if (!isUtf8(bytes) || bytes.includes(0)) throw new ProtocolError('a text is not UTF-8, or holds NUL');
    return bytes.toString();
  }

  /** One of the numbers of a table, as its name. */
  named<Name extends string>(what: string, names: Readonly<Record<Name, number>>): Name {
    const number = this.u8();
    for (const name in names) if (names[name] === number) return name;
    throw new ProtocolError(`${number} is no ${what}`);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  end(): void {
    if (!this.isAtEnd) throw new ProtocolError('a frame is longer than its fields');
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new ProtocolError('a frame is shorter than its fields');
    this.#at += length;
    return start;
  }
}

export const u8 = (value: number): Buffer => Buffer.of(value);

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
}
