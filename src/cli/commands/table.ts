import { visible } from '../../ottofile/quote.ts';

/** Characters that take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d]/u;

export type Align = 'left' | 'right';

/** Lines with aligned columns, two spaces apart, without trailing spaces. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(text));
  }
  return rows.map((row) =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0, align[column] ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function pad(text: string, width: number, align: Align): string {
  const space = ' '.repeat(width - widthOf(text));
  return align === 'right' ? space + text : text + space;
}

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Text from a run as a cell: on one line, and unable to steer the terminal. */
export const cell = (text: string): string => visible(text).replaceAll('\t', '\\t');

const PLAIN_WORD = /^[\w./:=@%+,-]+$/;

/** A command line as it could be typed. */
export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (PLAIN_WORD.test(word) ? word : cell(`'${word.replaceAll("'", "'\\''")}'`))).join(' ');
