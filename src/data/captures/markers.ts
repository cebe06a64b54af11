import { MAX_KEY_BYTES } from '../value.ts';
import { keyProblem } from './key-problem.ts';

/** What stdout holds, in order. Pieces are views that are valid during the call. */
export interface MarkerListener {
  /** To be shown. `hidden`: so many bytes before it are not, since the last call. */
  text(bytes: Buffer, hidden: number): void;
  begin(marker: Marker): void;
  /** A piece of the marker's value, as it was printed. */
  piece(bytes: Buffer): void;
  end(): void;
  /** Output has ended within a marker: `opener` and all pieces since `begin` are text, which `text` is not told. */
  unclosed(opener: Buffer, hidden: number): void;
}

export interface Marker {
  readonly key: string;
  readonly isBase64: boolean;
}

const OPENER = Buffer.from('<OTTO:OUTPUT:');
const BASE64 = ':base64';
const MAX_NAME_BYTES = MAX_KEY_BYTES + BASE64.length;
const [LF, CR, LESS, GREATER] = [10, 13, 60, 62];
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Finds `<OTTO:OUTPUT:KEY>value</OTTO:OUTPUT:KEY>` in what a task prints (docs/task-protocol.md, section 7). Everything else is text
 * and stays as it is, but for the end of a line that holds nothing but markers: it is hidden with them. Bytes come in pieces of any
 * length, and no more of them is held than a tag has.
 */
export class MarkerParser {
  readonly #listener: MarkerListener;
  #rest: Buffer = EMPTY;
  /** The tag that is open, and what closes it. */
  #open: { readonly opener: Buffer; readonly closer: Buffer; readonly hiddenBefore: number } | null = null;
  #hidden = 0;
  /** Nothing has been shown of the line, and a marker has been hidden that ends in it. */
  #isLineStart = true;
  #isBehindMarker = false;

  constructor(listener: MarkerListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    this.#read(chunk, false);
  }

  end(): void {
    this.#read(EMPTY, true);
    if (this.#open !== null) {
      if (this.#rest.length > 0) this.#listener.piece(this.#rest);
      this.#listener.unclosed(this.#open.opener, this.#open.hiddenBefore);
    }
    this.#rest = EMPTY;
    this.#open = null;
  }

  #read(chunk: Buffer, isLast: boolean): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let next = this.#step(bytes, at, isLast); next > at; next = this.#step(bytes, at, isLast)) at = next;
    // A copy: who gave the chunk may fill it again.
    this.#rest = at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
  }

  /** How far it has come; where it was when it needs to see more. */
  #step(bytes: Buffer, at: number, isLast: boolean): number {
    if (at === bytes.length) return at;
    if (this.#open !== null) return this.#value(bytes, at, this.#open.closer);
    if (this.#isBehindMarker && this.#isLineStart) return this.#behindMarker(bytes, at, isLast);
    return this.#text(bytes, at, isLast);
  }

  /** The end of a line of which nothing has been shown is hidden. */
  #behindMarker(bytes: Buffer, at: number, isLast: boolean): number {
    const isCut = bytes[at] === CR && at + 1 === bytes.length && !isLast;
    if (isCut) return at;
    this.#isBehindMarker = false;
    const length = bytes[at] === LF ? 1 : bytes[at] === CR && bytes[at + 1] === LF ? 2 : 0;
    this.#hidden += length;
    return length > 0 ? at + length : this.#text(bytes, at, isLast);
  }

  #text(bytes: Buffer, at: number, isLast: boolean): number {
    for (let from = at; ; ) {
      const found = bytes.indexOf(OPENER, from);
      const end = found < 0 ? (isLast ? bytes.length : bytes.length - cutOpener(bytes, from)) : found;
      if (found < 0) return this.#show(bytes, at, end);
      const tag = tagAt(bytes, found);
      if (tag === 'cut' && !isLast) return this.#show(bytes, at, found);
      if (tag === 'cut' || tag === 'none') {
        from = found + OPENER.length;
        continue;
      }
      this.#show(bytes, at, found);
      this.#begin(tag);
      return found + tag.opener.length;
    }
  }

  #show(bytes: Buffer, from: number, to: number): number {
    if (to === from) return to;
    this.#listener.text(bytes.subarray(from, to), this.#hidden);
    this.#hidden = 0;
    this.#isLineStart = bytes[to - 1] === LF;
    this.#isBehindMarker = false;
    return to;
  }

  #begin({ opener, marker }: Tag): void {
    const closer = Buffer.concat([Buffer.from('</'), opener.subarray(1)]);
    this.#open = { opener: Buffer.from(opener), closer, hiddenBefore: this.#hidden };
    this.#hidden += opener.length;
    this.#listener.begin(marker);
  }

  #value(bytes: Buffer, at: number, closer: Buffer): number {
    const found = bytes.indexOf(closer, at);
    const end = found < 0 ? Math.max(at, bytes.length - closer.length + 1) : found;
    if (end > at) this.#listener.piece(bytes.subarray(at, end));
    this.#hidden += end - at;
    if (found < 0) return end;
    this.#hidden += closer.length;
    this.#open = null;
    this.#isBehindMarker = true;
    this.#listener.end();
    return found + closer.length;
  }
}

interface Tag {
  readonly opener: Buffer;
  readonly marker: Marker;
}

/** `cut`: more has to be seen. */
function tagAt(bytes: Buffer, at: number): Tag | 'cut' | 'none' {
  const start = at + OPENER.length;
  const window = bytes.subarray(start, start + MAX_NAME_BYTES + 1);
  const length = window.findIndex(
    (byte) => byte === GREATER || byte === LESS || byte === LF || byte === CR || byte === 0,
  );
  if (length < 0) return window.length > MAX_NAME_BYTES ? 'none' : 'cut';
  if (window[length] !== GREATER) return 'none';
  const name = window.subarray(0, length);
  const isBase64 = name.length > BASE64.length && name.toString('latin1').endsWith(BASE64);
  const key = isBase64 ? name.subarray(0, -BASE64.length) : name;
  if (keyProblem(key) !== null) return 'none';
  return { opener: bytes.subarray(at, start + length + 1), marker: { key: key.toString(), isBase64 } };
}

/** How many of the last bytes may be the beginning of an opening tag. */
function cutOpener(bytes: Buffer, from: number): number {
  const start = bytes.lastIndexOf(LESS);
  const length = bytes.length - start;
  if (start < from || length >= OPENER.length) return 0;
  return bytes.compare(OPENER, 0, length, start) === 0 ? length : 0;
}
