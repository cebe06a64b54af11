import { keyProblem } from './key-problem.ts';

/** What the file says, in the order in which it says it. */
export interface OutputFileListener {
  begin(key: string): void;
  /** A piece of the value; a view that is valid during the call. */
  piece(bytes: Buffer): void;
  end(): void;
  /** The value that has begun is none. */
  drop(): void;
  /** `offset` is that of a byte in the line that cannot be understood. */
  problem(offset: number, detail: string): void;
}

const LF = 10;
const EMPTY: Buffer = Buffer.alloc(0);
/** So many bytes tell what a line is: a key, and what stands behind it. */
const HEAD_BYTES = 2048 + 3;
const MAX_DELIMITER_BYTES = 64 * 1024;

type State =
  | { readonly kind: 'line' | 'value' | 'skip' }
  /** `opener` is where its line begins. */
  | { readonly kind: 'delimiter'; readonly opener: number; readonly isKept: boolean }
  | {
      readonly kind: 'block';
      readonly opener: number;
      readonly delimiter: Buffer;
      /** A newline and the delimiter. */
      readonly needle: Buffer;
      readonly isKept: boolean;
      /** The next byte is the newline behind the delimiter in the first line. */
      isFresh: boolean;
    };

const LINE: State = { kind: 'line' };
const VALUE: State = { kind: 'value' };
const SKIP: State = { kind: 'skip' };

/**
 * Reads what programs append to `$OTTO_OUTPUT` (docs/task-protocol.md, section 7): lines `key=value`, and blocks `key<<WORD`,
 * lines, `WORD`. Bytes come in pieces of any length, and no more of them is held than a key or a delimiter has.
 */
export class OutputFileParser {
  readonly #listener: OutputFileListener;
  #state: State = LINE;
  /** What has not been understood yet, and where in the file it begins. */
  #rest: Buffer = EMPTY;
  #offset = 0;

  constructor(listener: OutputFileListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    this.#read(chunk, false);
  }

  end(): void {
    this.#read(EMPTY, true);
    const state = this.#state;
    if (state.kind === 'value') this.#listener.end();
    if (state.kind !== 'block' && state.kind !== 'delimiter') return;
    if (state.isKept) this.#listener.drop();
    const word = state.kind === 'block' ? shown(state.delimiter) : null;
    this.#listener.problem(
      state.opener,
      word === null
        ? 'the block that begins here has no lines'
        : `the block that begins here has no line ${word} at its end`,
    );
  }

  #read(chunk: Buffer, isLast: boolean): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let next = this.#step(bytes, at, isLast); next > at; next = this.#step(bytes, at, isLast)) at = next;
    // A copy: the caller may fill its chunk again.
    this.#rest = Buffer.from(bytes.subarray(at));
    this.#offset += at;
  }

  /** How far it has understood; where it was when it needs to see more. */
  #step(bytes: Buffer, at: number, isLast: boolean): number {
    if (at === bytes.length) return at;
    switch (this.#state.kind) {
      case 'line':
        return this.#line(bytes, at, isLast);
      case 'value':
      case 'skip':
        return this.#toLineEnd(bytes, at);
      case 'delimiter':
        return this.#delimiter(bytes, at);
      default:
        return this.#block(bytes, at, isLast);
    }
  }

  #line(bytes: Buffer, at: number, isLast: boolean): number {
    const window = bytes.subarray(at, at + HEAD_BYTES);
    const lineEnd = window.indexOf(LF);
    const head = lineEnd < 0 ? window : window.subarray(0, lineEnd);
    if (lineEnd === 0 || (lineEnd === 1 && head[0] === 13)) return at + lineEnd + 1;
    const equals = head.indexOf('=');
    const arrows = head.indexOf('<<');
    if (arrows >= 0 && (equals < 0 || arrows < equals)) {
      const isKept = this.#begin(head.subarray(0, arrows), at);
      this.#state = { kind: 'delimiter', opener: this.#offset + at, isKept };
      return at + arrows + 2;
    }
    if (equals >= 0) {
      this.#state = this.#begin(head.subarray(0, equals), at) ? VALUE : SKIP;
      return at + equals + 1;
    }
    if (lineEnd < 0 && !isLast && window.length < HEAD_BYTES) return at;
    this.#listener.problem(this.#offset + at, `${shown(head)} is neither key=value nor key<<WORD`);
    this.#state = SKIP;
    return at + head.length;
  }

  #begin(key: Buffer, at: number): boolean {
    const problem = keyProblem(key);
    if (problem === null) this.#listener.begin(key.toString());
    else this.#listener.problem(this.#offset + at, problem);
    return problem === null;
  }

  #toLineEnd(bytes: Buffer, at: number): number {
    const isValue = this.#state.kind === 'value';
    const lineEnd = bytes.indexOf(LF, at);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    if (isValue && end > at) this.#listener.piece(bytes.subarray(at, end));
    if (lineEnd < 0) return end;
    if (isValue) this.#listener.end();
    this.#state = LINE;
    return lineEnd + 1;
  }

  #delimiter(bytes: Buffer, at: number): number {
    const state = this.#state;
    if (state.kind !== 'delimiter') return at;
    const { opener, isKept } = state;
    const lineEnd = bytes.indexOf(LF, at);
    const length = (lineEnd < 0 ? bytes.length : lineEnd) - at;
    if (lineEnd < 0 && length <= MAX_DELIMITER_BYTES) return at;
    if (length === 0 || length > MAX_DELIMITER_BYTES) {
      if (isKept) this.#listener.drop();
      const isLong = length > 0;
      this.#listener.problem(
        opener,
        isLong
          ? `the word behind "<<" has more than ${MAX_DELIMITER_BYTES} bytes`
          : 'there is no word behind "<<"',
      );
      this.#state = isLong ? SKIP : LINE;
      return isLong ? at + length : lineEnd + 1;
    }
    const delimiter = Buffer.from(bytes.subarray(at, lineEnd));
    const needle = Buffer.concat([Buffer.of(LF), delimiter]);
    this.#state = { kind: 'block', opener, delimiter, needle, isKept, isFresh: true };
    // The newline stays: the delimiter is looked for together with the one before it.
    return lineEnd;
  }

  #block(bytes: Buffer, at: number, isLast: boolean): number {
    const state = this.#state;
    if (state.kind !== 'block') return at;
    const { needle, isKept } = state;
    for (let found = bytes.indexOf(needle, at); found >= 0; found = bytes.indexOf(needle, found + 1)) {
      const behind = found + needle.length;
      const isCut = behind === bytes.length && !isLast;
      if (behind < bytes.length && bytes[behind] !== LF) continue;
      this.#inBlock(bytes, at, found);
      if (isCut) return found;
      if (isKept) this.#listener.end();
      this.#state = LINE;
      return Math.min(behind + 1, bytes.length);
    }
    // Its end may be the beginning of the delimiter's line.
    const certain = isLast ? bytes.length : Math.max(at, bytes.length - needle.length + 1);
    this.#inBlock(bytes, at, certain);
    return certain;
  }

  #inBlock(bytes: Buffer, from: number, to: number): void {
    const state = this.#state;
    if (state.kind !== 'block' || to === from) return;
    const start = state.isFresh ? from + 1 : from;
    state.isFresh = false;
    if (state.isKept && to > start) this.#listener.piece(bytes.subarray(start, to));
  }
}

const SHOWN = 60;

/** A line in a message. */
function shown(line: Buffer): string {
  const text = line.toString();
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
