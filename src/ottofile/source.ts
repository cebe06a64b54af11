import type { Diagnostic, Place, Position } from './model.ts';
import { suggest } from './suggest.ts';

/** Beyond this many suggestions a file is not misspelled but something else, and comparing names costs time. */
const MAX_SUGGESTIONS = 50;

/** The text of one ottofile, and the problems found in it so far. Offsets count UTF-16 units from the text's start. */
export class Source {
  readonly #lineStarts: readonly number[];
  readonly #diagnostics: Diagnostic[] = [];
  /** What has been reported where: a mapping used through several aliases is read several times. */
  readonly #reported = new Set<string>();
  #suggestions = 0;

  constructor(
    readonly path: string,
    readonly text: string,
  ) {
    this.#lineStarts = lineStarts(text);
  }

  /** An error always tells the next step. */
  error(offset: number, message: string, hint: string): void {
    this.#report('error', offset, { message, hint });
  }

  warn(offset: number, message: string, hint?: string): void {
    this.#report('warning', offset, { message, hint });
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some((d) => d.severity === 'error');
  }

  /** All problems in the order of their places in the file. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  }

  position(offset: number): Position {
    const index = this.#lineIndex(offset);
    return { line: index + 1, column: offset - (this.#lineStarts[index] ?? 0) + 1 };
  }

  /** The same together with the file and the line itself, to be shown when the file is no longer at hand. */
  place(offset: number): Place {
    const at = this.position(Math.max(0, Math.min(offset, this.text.length)));
    return { file: this.path, ...at, sourceLine: this.#line(at.line - 1) };
  }

  /** A line, counted from 1. */
  lineAt(line: number): string {
    return this.#line(line - 1);
  }

  /** Where a line begins. */
  offsetOf(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  /** `did you mean "x"?` when one of the candidates is spelled much like `word`. */
  didYouMean(word: string, candidates: Iterable<string>, find = suggest): string | undefined {
    if (this.#suggestions >= MAX_SUGGESTIONS) return undefined;
    this.#suggestions++;
    const found = find(word, candidates);
    return found === undefined ? undefined : `did you mean "${found}"?`;
  }

  #report(
    severity: Diagnostic['severity'],
    offset: number,
    words: { readonly message: string; readonly hint: string | undefined },
  ): void {
    if (this.#reported.has(`${offset} ${words.message}`)) return;
    this.#reported.add(`${offset} ${words.message}`);
    const at = this.position(Math.max(0, Math.min(offset, this.text.length)));
    const sourceLine = this.#line(at.line - 1);
    const { message, hint } = words;
    const diagnostic = { severity, file: this.path, at, sourceLine, message };
    this.#diagnostics.push(hint === undefined ? diagnostic : { ...diagnostic, hint });
  }

  #line(index: number): string {
    const end = this.#lineStarts[index + 1];
    const line = this.text.slice(this.#lineStarts[index], end === undefined ? undefined : end - 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** The last line that starts at or before the offset. */
  #lineIndex(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
