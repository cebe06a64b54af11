import { visible } from '../../ottofile/quote.ts';
import { columns } from '../../report/columns.ts';
import { durationWords } from '../../report/words.ts';

export type Align = 'left' | 'right';

/** Lines with aligned columns, two spaces apart, without trailing spaces. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, columns(text));
  }
  return rows.map((row) =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0, align[column] ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function pad(text: string, width: number, align: Align): string {
  const space = ' '.repeat(width - columns(text));
  return align === 'right' ? space + text : text + space;
}

/** Text from a run as a cell: on one line, and unable to steer the terminal. */
export const cell = (text: string): string => visible(text).replaceAll('\t', '\\t');

const PLAIN_WORD = /^[\w./:=@%+,-]+$/;

/** A command line as it could be typed. */
export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (PLAIN_WORD.test(word) ? word : cell(`'${word.replaceAll("'", "'\\''")}'`))).join(' ');

/** `12ms`, and from a second on as everywhere else; `-` for what has not ended or never began. */
export function durationText(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 999.5 ? `${Math.round(ms)}ms` : durationWords(ms);
}
