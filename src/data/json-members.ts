/** Where one member of a JSON object lies: its value is the bytes from `start` to before `end`. */
export interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const MAX_KEY_BYTES = 64 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What may come next outside of strings. `first` is a key or the object's end. */
type Expected = 'object' | 'first' | 'key' | 'colon' | 'value' | 'nothing' | 'invalid';

/**
 * Finds the members of a JSON object whose text comes in pieces, without keeping it: the object may be larger than memory or
 * than any string. Values are not parsed, so what is wrong inside of one shows only when it is.
 */
export class MemberScanner {
  #expected: Expected = 'object';
  /** Where the current piece begins in the text. */
  #base = 0;
  #inString = false;
  #escaped = false;
  /** The text of the key so far, with its quotes. */
  #key: Buffer = EMPTY;
  #name = '';
  #depth = 0;
  #start = -1;
  #end = -1;

  /** True when the object was well-formed, as far as that was looked at, and nothing follows it. */
  get complete(): boolean {
    return this.#expected === 'nothing';
  }

  /** True when the text is no object; then nothing more will be found. */
  get invalid(): boolean {
    return this.#expected === 'invalid';
  }

  /** The members that end in this piece. */
  push(piece: Buffer): Member[] {
    const members: Member[] = [];
    for (let at = 0; at < piece.length && this.#expected !== 'invalid'; ) {
      if (this.#inString) at = this.#passString(piece, at);
      else this.#see(piece[at] ?? 0, this.#base + at++, members);
    }
    this.#base += piece.length;
    return members;
  }

  /** Goes on to the string's end, or the piece's. */
  #passString(piece: Buffer, from: number): number {
    const end = this.#endOfString(piece, from);
    if (this.#expected === 'value') this.#end = this.#base + end;
    else this.#takeKey(piece.subarray(from, end));
    return end;
  }

  #endOfString(piece: Buffer, from: number): number {
    let at = this.#escaped ? from + 1 : from;
    this.#escaped = false;
    const quoteOrEnd = (): number => {
      const found = piece.indexOf(QUOTE, at);
      return found < 0 ? piece.length : found;
    };
    for (let quote = quoteOrEnd(); ; ) {
      const backslash = piece.subarray(0, quote).indexOf(BACKSLASH, at);
      if (backslash < 0) {
        this.#inString = quote === piece.length;
        return Math.min(quote + 1, piece.length);
      }
      at = backslash + 2;
      this.#escaped = at > piece.length;
      if (at >= piece.length) return piece.length;
      if (quote < at) quote = quoteOrEnd();
    }
  }

  #takeKey(bytes: Buffer): void {
    this.#key = Buffer.concat([this.#key, bytes]);
    if (this.#key.length > MAX_KEY_BYTES) this.#expected = 'invalid';
    if (this.#inString) return;
    try {
      this.#name = JSON.parse(this.#key.toString());
    } catch {
      this.#expected = 'invalid';
    }
  }

  #see(byte: number, at: number, members: Member[]): void {
    if (isSpace(byte)) return;
    switch (this.#expected) {
      case 'object':
        this.#expected = byte === OPEN_OBJECT ? 'first' : 'invalid';
        return;
      case 'first':
      case 'key':
        this.#beginKey(byte);
        return;
      case 'colon':
        this.#expected = byte === COLON ? 'value' : 'invalid';
        this.#start = -1;
        return;
      case 'value':
        this.#seeInValue(byte, at, members);
        return;
      default:
        this.#expected = 'invalid';
    }
  }

  #beginKey(byte: number): void {
    if (byte === CLOSE_OBJECT && this.#expected === 'first') this.#expected = 'nothing';
    else if (byte !== QUOTE) this.#expected = 'invalid';
    else {
      this.#key = Buffer.from('"');
      this.#inString = true;
      this.#expected = 'colon';
    }
  }

  #seeInValue(byte: number, at: number, members: Member[]): void {
    const isOuter = this.#depth === 0;
    if (isOuter && (byte === COMMA || byte === CLOSE_OBJECT)) {
      if (this.#start < 0) this.#expected = 'invalid';
      else {
        members.push({ key: this.#name, start: this.#start, end: this.#end });
        this.#expected = byte === COMMA ? 'key' : 'nothing';
      }
      return;
    }
    if (this.#start < 0) this.#start = at;
    this.#end = at + 1;
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--;
    if (this.#depth < 0) this.#expected = 'invalid';
  }
}
