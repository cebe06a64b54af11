/** Marks that join the letter before, and what is not shown at all. */
const COMBINING = /^[\p{Mark}\p{Cf}\u200b]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
/** Most letters; and the patterns need not be compiled for them. */
const isAscii = (letter: string): boolean => letter < '\u0080';

/** How many columns of a terminal the text takes: none for combining marks, two for East Asian letters and emoji. */
export function columns(text: string): number {
  let width = 0;
  for (const letter of text) width += columnsOf(letter);
  return width;
}

const columnsOf = (letter: string): number =>
  isAscii(letter) ? 1 : COMBINING.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;

/** The beginning of the text that fits into so many columns; a letter keeps its marks. */
export function cutToColumns(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const letter of text) {
    used += columnsOf(letter);
    if (used > width) break;
    kept += letter;
  }
  return kept;
}
