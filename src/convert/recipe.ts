import type { Evaluator } from './evaluator.ts';
import type { Piece, RecipeLine } from './model.ts';
import type { Scope } from './scope.ts';
import { shellText, traitsOf } from './shell-text.ts';
import { merged, text } from './variables.ts';

/** How the shell of recipes is started. */
export interface ShellManner {
  readonly isOneShell: boolean;
  readonly ignoresErrors: boolean;
  /** Options of `.SHELLFLAGS`. */
  readonly errexit: boolean;
  readonly nounset: boolean;
  readonly pipefail: boolean;
}

interface Command {
  readonly text: string;
  readonly ignoresErrors: boolean;
  /** It may ask for a variable that is not set. */
  readonly usesVariables: boolean;
}

/** The script that does what the recipe does; null when it has nothing to do. */
export function scriptOf(
  evaluator: Evaluator,
  recipe: readonly RecipeLine[],
  { scope, manner }: { readonly scope: Scope; readonly manner: ShellManner },
): string | null {
  const commands = recipe.flatMap((line) => commandsOf(evaluator, line, scope));
  if (commands.length === 0) return null;
  const lines = manner.isOneShell
    ? [...oneShell(manner), ...commands.map((command) => command.text)]
    : [...preamble(commands, manner), ...commands.map((command) => converted(command, manner))];
  return `${lines.join('\n')}\n`;
}

function commandsOf(evaluator: Evaluator, line: RecipeLine, scope: Scope): Command[] {
  const pieces = evaluator.expand(line.text, { ...scope, at: line });
  return linesOf(pieces).flatMap((parts) => {
    const { prefix, rest } = withoutPrefix(pastedAtStart(parts, evaluator, scope));
    const command = shellText(settled(rest, evaluator, scope)).trimEnd();
    return command.trim() === ''
      ? []
      : [{ text: command, ignoresErrors: prefix.includes('-'), usesVariables: rest.some(asksForVariable) }];
  });
}

/** A variable with several lines is as many commands. A line end behind a `\` belongs to its command. */
function linesOf(pieces: readonly Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece.kind !== 'text') (lines.at(-1) as Piece[]).push(piece);
    else
      for (const [at, part] of piece.text.split(/(?<=(?:^|[^\\])(?:\\\\)*)\n/).entries()) {
        if (at > 0) lines.push([]);
        (lines.at(-1) as Piece[]).push(...text(part));
      }
  }
  return lines;
}

/** `$(Q)command`: where Q is `@` or empty, it is pasted. */
function pastedAtStart(pieces: readonly Piece[], evaluator: Evaluator, scope: Scope): Piece[] {
  const result = [...pieces];
  for (const [at, piece] of result.entries()) {
    if (piece.kind === 'text' && /^[@+\-\s]*$/.test(piece.text)) continue;
    const value =
      piece.kind === 'env' && !piece.inherited ? evaluator.staticOf([piece], scope, { quiet: true }) : null;
    if (value === null || !/^(?:[@+\s-].*)?$/.test(value)) break;
    result[at] = { kind: 'text', text: value };
  }
  return merged(result);
}

function withoutPrefix(pieces: readonly Piece[]): {
  readonly prefix: string;
  readonly rest: readonly Piece[];
} {
  const [first, ...others] = pieces;
  if (first?.kind !== 'text') return { prefix: '', rest: pieces };
  const prefix = /^[\s@+-]*/.exec(first.text)?.[0] ?? '';
  return { prefix, rest: [...text(first.text.slice(prefix.length)), ...others] };
}

/** Where a `$` or a `\` stands before a variable, or an assignment behind an empty one, its value has to be pasted. */
function settled(pieces: readonly Piece[], evaluator: Evaluator, scope: Scope): Piece[] {
  const result: Piece[] = [];
  for (const [at, piece] of pieces.entries()) {
    const before = result.at(-1);
    const next = pieces[at + 1];
    const glued = before?.kind === 'text' && /(?:\$|\$\{|(?:^|[^\\])(?:\\\\)*\\)$/.test(before.text);
    const value =
      piece.kind === 'env' && !piece.inherited ? evaluator.staticOf([piece], scope, { quiet: true }) : null;
    const isEmptyFirst = value === '' && next?.kind === 'text' && /^\s*\w+=/.test(next.text);
    result.push(value !== null && (glued || isEmptyFirst) ? { kind: 'text', text: value } : piece);
  }
  return merged(result);
}

function asksForVariable(piece: Piece): boolean {
  if (piece.kind !== 'text') return piece.kind === 'command' && piece.command.some(asksForVariable);
  const expanded = piece.text.includes('"') ? piece.text : piece.text.replace(/'[^']*'/g, '');
  return /\$[\w{*@!]/.test(expanded);
}

/** otto's bash runs under `set -euo pipefail`, make's shell under nothing. */
function preamble(commands: readonly Command[], manner: ShellManner): string[] {
  const options = [
    ...(!manner.nounset && commands.some((command) => command.usesVariables) ? ['+u'] : []),
    ...(!manner.pipefail && commands.some((command) => /(?<!\|)\|(?!\|)/.test(command.text))
      ? ['+o pipefail']
      : []),
  ];
  return options.length === 0 ? [] : [`set ${options.join(' ')}`];
}

function oneShell(manner: ShellManner): string[] {
  const options = [
    ...(manner.errexit && !manner.ignoresErrors ? [] : ['+e']),
    ...(manner.nounset ? [] : ['+u']),
    ...(manner.pipefail ? [] : ['+o pipefail']),
  ];
  return options.length === 0 ? [] : [`set ${options.join(' ')}`];
}

function converted(command: Command, manner: ShellManner): string {
  const traits = traitsOf(command.text);
  const ignores = command.ignoresErrors || manner.ignoresErrors;
  const setsErrexit = ignores && /\bset\s+-\w*e/.test(command.text);
  if (/^\s*#/.test(command.text) && !command.text.includes('\n')) return command.text;
  if (!traits.needsShell && !(ignores && traits.hasComment))
    return ignores ? `${command.text} || true` : command.text;
  const first = traits.isSequence && !manner.errexit ? 'set +e' : '';
  const oneLine = !command.text.includes('\n') && !traits.hasComment;
  const body = oneLine
    ? `(${first === '' ? '' : `${first}; `}${command.text.replace(/(?<![\\;]);\s*$/, '')})`
    : `(\n${first === '' ? '' : `${first}\n`}${command.text}\n)`;
  if (setsErrexit) return `set +e\n${body}\nset -e`;
  return ignores ? `${body} || true` : body;
}
