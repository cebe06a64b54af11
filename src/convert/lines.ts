import type { Line } from './model.ts';

/**
 * Logical lines: a `\` at the end continues a line. In a recipe the shell gets the `\` and the line end, without the tab that
 * begins the next line; elsewhere both become a blank.
 */
export function linesOf(text: string, file: string): Line[] {
  const physical = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n/g, '\n')
    .split('\n');
  const lines: Line[] = [];
  for (let at = 0; at < physical.length; at++) {
    const number = at + 1;
    const first = physical[at] as string;
    const isRecipe = first.startsWith('\t');
    const parts = [isRecipe ? first.slice(1) : first];
    while (isContinued(parts.at(-1) as string) && at + 1 < physical.length) {
      const next = physical[++at] as string;
      parts.push(isRecipe ? next.replace(/^\t/, '') : next);
    }
    lines.push({ text: isRecipe ? parts.join('\n') : joined(parts), isRecipe, number, file });
  }
  return lines;
}

const isContinued = (line: string): boolean => ((/\\+$/.exec(line)?.[0].length ?? 0) & 1) === 1;

const joined = (parts: readonly string[]): string =>
  parts
    .map((part, at) => (at < parts.length - 1 ? part.slice(0, -1).trimEnd() : part))
    .map((part, at) => (at > 0 ? part.trimStart() : part))
    .join(' ');

/** The line up to a `#` that is not escaped and not in `$(…)`, and the comment. */
export function splitComment(text: string): readonly [string, string | null] {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '$' && /[({]/.test(text.charAt(at + 1))) depth++;
    else if (depth > 0 && /[)}]/.test(character)) depth--;
    else if (character === '#' && depth === 0)
      return [text.slice(0, at).replaceAll('\\#', '#'), text.slice(at + 1)];
  }
  return [text.replaceAll('\\#', '#'), null];
}
