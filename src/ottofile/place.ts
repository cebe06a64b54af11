import type { Diagnostic, Located, Place } from './model.ts';

/**
 * The place of one character of a text: its own column when the text stands in its line as it is, plain or in quotes; else
 * (blocks, escapes) where the text begins.
 */
export function placeIn({ text, at }: Located, offset: number): Place {
  return { ...at, column: at.column + offsetInLine(at.sourceLine, { text, start: at.column - 1, offset }) };
}

/** How far behind `start` the character stands in what holds the text; 0 when that cannot be told. */
export function offsetInLine(
  line: string,
  { text, start, offset }: { readonly text: string; readonly start: number; readonly offset: number },
): number {
  if (line.startsWith(text, start)) return offset;
  return /["']/.test(line.charAt(start)) && line.startsWith(text, start + 1) ? offset + 1 : 0;
}

/** An error of the ottofile that came to light when its document was no longer at hand. */
export function errorAt(at: Place, message: string, hint?: string): Diagnostic {
  const { file, line, column, sourceLine } = at;
  return { severity: 'error', file, at: { line, column }, sourceLine, message, ...(hint && { hint }) };
}
