/** Directions in which a line leaves a cell. */
const [UP, DOWN, LEFT, RIGHT] = [1, 2, 4, 8];

/** The box character for each set of directions. */
const LINES = ' ╵╷│╴┘┐┤╶└┌├─┴┬┼';

/** A sheet of characters of one column each, onto which lines are drawn that join where they meet. */
export class Cells {
  readonly #lines: Uint8Array;
  readonly #texts = new Map<number, string>();

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#lines = new Uint8Array(width * height);
  }

  /** From the middle of one cell to that of the other, in the same column. */
  vertical(x: number, from: number, to: number): void {
    for (let y = from; y <= to; y++) this.#join(x, y, (y > from ? UP : 0) | (y < to ? DOWN : 0));
  }

  horizontal(y: number, from: number, to: number): void {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    for (let x = left; x <= right; x++) this.#join(x, y, (x > left ? LEFT : 0) | (x < right ? RIGHT : 0));
  }

  /** A text in the place of `width` cells; it stands in the first of them. */
  text(x: number, y: number, { text, width }: { readonly text: string; readonly width: number }): void {
    const at = y * this.width + x;
    this.#texts.set(at, text);
    for (let more = 1; more < width; more++) this.#texts.set(at + more, '');
  }

  lines(): string[] {
    return Array.from({ length: this.height }, (_, y) => this.#line(y));
  }

  #join(x: number, y: number, directions: number): void {
    const at = y * this.width + x;
    this.#lines[at] = (this.#lines[at] ?? 0) | directions;
  }

  #line(y: number): string {
    let line = '';
    for (let x = 0; x < this.width; x++) {
      const at = y * this.width + x;
      line += this.#texts.get(at) ?? LINES[this.#lines[at] ?? 0];
    }
    return line.trimEnd();
  }
}
