import type { Diagnostic } from '../ottofile/model.ts';
import { visible } from '../ottofile/quote.ts';
import { showPath } from './messages.ts';
import type { Style, Terminal } from './terminal.ts';

/** A line longer than this is shown in part, around the column that matters. */
const MAX_LINE = 120;

/** All problems of an ottofile on stderr. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): void {
  for (const diagnostic of diagnostics) terminal.err(formatDiagnostic(diagnostic, terminal.errStyle));
}

export function formatDiagnostic(diagnostic: Diagnostic, style: Style): string {
  const { file, at, severity, message, hint } = diagnostic;
  const place = style.bold(`${showPath(file)}:${at.line}:${at.column}`);
  const kind = severity === 'error' ? style.red('error') : style.yellow('warning');
  const lines = [`${place}  ${kind}: ${message}`, ...excerpt(diagnostic, style)];
  if (hint !== undefined) lines.push(`  ${style.cyan('hint')}: ${hint}`);
  return `${lines.join('\n')}\n`;
}

/** The line with a caret under its column. */
function excerpt({ sourceLine, at }: Diagnostic, style: Style): string[] {
  if (sourceLine.trim() === '') return [];
  const column = at.column - 1;
  const from = sourceLine.length <= MAX_LINE ? 0 : Math.max(0, column - MAX_LINE / 2);
  const cut = sourceLine.slice(from, from + MAX_LINE);
  const shown = visible(cut);
  const before = visible(cut.slice(0, column - from));
  const gutter = String(at.line);
  const padding = [...before].map((character) =>
    character === '\t' ? '\t' : ' '.repeat(widthOf(character)),
  );
  return [
    style.dim(`  ${gutter} | `) + shown,
    `${style.dim(`  ${' '.repeat(gutter.length)} | `)}${padding.join('')}${style.red('^')}`,
  ];
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const widthOf = (character: string): number => (/\p{Mn}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

/** `otto: words` and the next step. */
export function printWords(
  words: { readonly message: string; readonly hint?: string | undefined },
  terminal: Terminal,
): void {
  const { err, errStyle } = terminal;
  err(`${errStyle.bold('otto')}: ${words.message}\n`);
  if (words.hint !== undefined) err(`  ${errStyle.cyan('hint')}: ${words.hint}\n`);
}
