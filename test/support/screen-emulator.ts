import { columns } from '../../src/report/columns.ts';

/**
 * A terminal of so many rows and columns, as far as otto uses one: text, wide letters, wrapping and its being turned off, CR, LF,
 * erasing below, SGR, and sizes that change. Anything else is an error: what a test does not understand it cannot vouch for. Like xterm it does
 * not wrap lines again when its size changes; like VTE it does with `reflow`.
 */
export class ScreenEmulator {
  /** All rows there have been, those that have scrolled away included; a row that goes on in the next one says so. */
  readonly rows: { cells: string[]; wraps: boolean }[] = [{ cells: [], wraps: false }];
  #row = 0;
  #column = 0;
  #columns: number;
  #wrap = true;
  #pending = '';
  readonly #reflow: boolean;

  constructor(width: number, { reflow = false } = {}) {
    this.#columns = width;
    this.#reflow = reflow;
  }

  get cursorColumn(): number {
    return this.#column;
  }

  get wraps(): boolean {
    return this.#wrap;
  }

  /** Whole lines as one would copy them: without blanks at their ends, and without empty ones at the end. */
  get lines(): string[] {
    const lines: string[] = [];
    let line = '';
    for (const { cells, wraps } of this.rows) {
      line += cells.map((cell) => cell || '').join('');
      if (wraps) continue;
      lines.push(line.trimEnd());
      line = '';
    }
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** What stands where the cursor is. */
  get currentLine(): string {
    return (this.rows[this.#row]?.cells ?? []).join('').trimEnd();
  }

  resize(width: number): void {
    if (this.#reflow) this.#layOutAgain(width);
    this.#columns = width;
    if (!this.#reflow) {
      for (const row of this.rows) row.cells.length = Math.min(row.cells.length, width);
      this.#column = Math.min(this.#column, width - 1);
    }
  }

  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = '';
    while (rest !== '') {
      const sequence = /^\u001b(?:\[[?\d;]*[A-Za-z])?/.exec(rest)?.[0];
      if (sequence === undefined) {
        const [letter = ''] = rest;
        this.#put(letter);
        rest = rest.slice(letter.length);
      } else if (sequence.length === 1 && /^\u001b(?:\[[?\d;]*)?$/.test(rest)) {
        this.#pending = rest;
        return;
      } else {
        this.#obey(sequence, rest);
        rest = rest.slice(sequence.length);
      }
    }
  }

  #obey(sequence: string, rest: string): void {
    const name = sequence.slice(1);
    if (/^\[[\d;]*m$/.test(name)) return;
    if (name === '[J') this.#eraseBelow();
    else if (name === '[?7l' || name === '[?7h') this.#wrap = name.endsWith('h');
    else throw new Error(`no such sequence: ${JSON.stringify(rest.slice(0, 20))}`);
  }

  #eraseBelow(): void {
    const row = this.#current();
    row.cells.length = Math.min(row.cells.length, this.#column);
    row.wraps = false;
    this.rows.length = this.#row + 1;
  }

  #put(letter: string): void {
    if (letter === '\r') this.#column = 0;
    else if (letter === '\n') this.#nextRow(false);
    else if (letter < ' ') throw new Error(`no such control character: ${JSON.stringify(letter)}`);
    else this.#print(letter, columns(letter));
  }

  #print(letter: string, width: number): void {
    if (width === 0) {
      const { cells } = this.#current();
      cells[Math.max(0, this.#column - 1)] += letter;
      return;
    }
    if (this.#column + width > this.#columns) {
      if (this.#wrap) {
        this.#nextRow(true);
        this.#column = 0;
      } else this.#column = this.#columns - width;
    }
    const { cells } = this.#current();
    while (cells.length < this.#column) cells.push(' ');
    cells[this.#column] = letter;
    if (width === 2) cells[this.#column + 1] = '';
    this.#column += width;
  }

  #nextRow(wraps: boolean): void {
    this.#current().wraps = wraps;
    this.#row++;
    this.rows[this.#row] ??= { cells: [], wraps: false };
  }

  #current(): { cells: string[]; wraps: boolean } {
    return this.rows[this.#row] as { cells: string[]; wraps: boolean };
  }

  /** Lines are cut anew for the new width; the cursor stays at its letter. */
  #layOutAgain(width: number): void {
    const old = this.rows.splice(0);
    const cursor = { row: this.#row, column: this.#column };
    let line: string[] = [];
    let cursorAt: number | null = null;
    for (const [at, { cells, wraps }] of old.entries()) {
      if (at === cursor.row) cursorAt = line.length + cursor.column;
      line.push(...cells);
      if (wraps) continue;
      this.#layOut(line, { width, cursorAt });
      line = [];
      cursorAt = null;
    }
  }

  #layOut(line: readonly string[], { width, cursorAt }: { width: number; cursorAt: number | null }): void {
    const first = this.rows.length;
    for (let at = 0; at === 0 || at < line.length; at += width)
      this.rows.push({ cells: line.slice(at, at + width), wraps: at + width < line.length });
    if (cursorAt === null) return;
    this.#row = first + Math.min(Math.floor(cursorAt / width), this.rows.length - first - 1);
    this.#column = cursorAt - (this.#row - first) * width;
  }
}
