import type { Write } from './output.ts';

/** To the beginning of the line, and nothing from there on. */
const ERASE = '\r\u001b[J';
/** A line that is too wide after all is cut by the terminal instead of going on below. */
const CUT = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const NEWLINE = 10;

/**
 * One line below everything that is written to a terminal. The cursor stands at its beginning all the time: whatever the terminal
 * does with the line when its width changes, it lies behind the cursor, where erasing takes all of it. The cursor is never hidden, so
 * there is nothing to be restored when otto is killed.
 */
export class Footer {
  readonly #write: Write;
  #line = '';
  #isShown = false;
  /** What was written last has ended its line. */
  #isFree = true;
  #willShow = false;

  constructor(write: Write) {
    this.#write = write;
  }

  /** The line from now on; empty: none. */
  set(line: string): void {
    if (line === this.#line && this.#isShown === (line !== '')) return;
    this.#line = line;
    if (line === '') this.erase();
    else this.#show();
  }

  /** Writes above the line, which comes again when this turn's writing is over. */
  above(bytes: string | Uint8Array): void {
    if (bytes.length === 0) return;
    this.#write(this.#isShown ? behindErase(bytes) : bytes);
    this.#isShown = false;
    this.#isFree = typeof bytes === 'string' ? bytes.endsWith('\n') : bytes.at(-1) === NEWLINE;
    if (this.#willShow || this.#line === '') return;
    this.#willShow = true;
    queueMicrotask(() => {
      this.#willShow = false;
      if (!this.#isShown) this.#show();
    });
  }

  erase(): void {
    if (this.#isShown) this.#write(ERASE);
    this.#isShown = false;
  }

  /** Somebody else has used the terminal: what he left in the last line stays, and the cursor goes to the beginning of a new one. */
  takeBack(columns: number): void {
    this.#write(`${' '.repeat(columns)}\r`);
    this.#isFree = true;
  }

  #show(): void {
    if (this.#line === '' || !this.#isFree) return;
    this.#write(`${this.#isShown ? ERASE : ''}${CUT}${this.#line}${WRAP}\r`);
    this.#isShown = true;
  }
}

const behindErase = (bytes: string | Uint8Array): string | Uint8Array =>
  typeof bytes === 'string' ? ERASE + bytes : Buffer.concat([Buffer.from(ERASE), bytes]);
