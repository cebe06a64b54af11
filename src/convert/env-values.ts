import { parseValue } from '../ottofile/expansion.ts';
import type { Evaluator } from './evaluator.ts';
import type { Piece } from './model.ts';
import type { Scope } from './scope.ts';
import { reference, shellText } from './shell-text.ts';
import type { Variable } from './variables.ts';

/** The variable as a value of `envs`; null when the ottofile cannot have it. */
export function envValue(evaluator: Evaluator, variable: Variable, scope: Scope): string | null {
  const pieces = evaluator.valueOf(variable, { ...scope, automatic: null });
  const value = variable.optional
    ? `\${${variable.name}:-${valueText(pieces, '${}')}}`
    : valueText(pieces, '$');
  if (!/\0/.test(value) && parseValue(value).ok && Buffer.byteLength(value) < MAX_BYTES) return value;
  evaluator.fail(
    variable.at,
    `variable "${variable.name}" has a value that "envs" cannot hold`,
    'set it in the scripts that need it',
  );
  return null;
}

const MAX_BYTES = 100_000;

function valueText(pieces: readonly Piece[], special: string): string {
  return pieces
    .map((piece, at) => {
      if (piece.kind === 'env') return reference(piece);
      if (piece.kind === 'command') return commandText(piece.command);
      const isLast = at === pieces.length - 1;
      return escaped(piece.text, special, { beforeSpecial: !isLast || special !== '$' });
    })
    .join('');
}

/** A command that fails gives what it has printed, as with make. */
function commandText(command: readonly Piece[]): string {
  const text = shellText(command).trim();
  return text.includes('#') || text.includes('\n') ? `$(${text}\ntrue)` : `$(${text} || true)`;
}

/** A `\` counts only in front of what it takes the meaning from. */
function escaped(
  text: string,
  special: string,
  { beforeSpecial }: { readonly beforeSpecial: boolean },
): string {
  const pattern = special === '$' ? /(\\*)(\$|$)/g : /(\\*)([${}]|$)/g;
  return text.replace(pattern, (_all, slashes: string, found: string, at: number) => {
    const isEnd = found === '';
    if (isEnd && (at + slashes.length < text.length || !beforeSpecial)) return slashes;
    return `${slashes}${slashes}${isEnd ? '' : `\\${found}`}`;
  });
}
