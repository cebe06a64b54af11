const COMBINING = /^[\p{Mark}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
/** Most letters; and the patterns need not be compiled for them. */
const isAscii = (letter: string): boolean => letter < '\u0080';

/** How many columns of a terminal the text takes: none for combining marks, two for East Asian letters and emoji. */
export function columns(text: string): number {
  let width = 0;
  for (const letter of text)
    width += isAscii(letter) ? 1 : COMBINING.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}
