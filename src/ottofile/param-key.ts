import { err, ok, type Result } from '../base/result.ts';
import type { ParamDefinition } from './model.ts';
import { quote } from './quote.ts';
import { variableProblem } from './variable-names.ts';

/** What the key of a param says. */
export type SpelledParam = Pick<ParamDefinition, 'name' | 'variable' | 'short' | 'long'> & {
  readonly kind: 'option' | 'positional';
};

export interface KeyProblem {
  readonly problem: string;
  readonly hint: string;
}

const FORMS = 'a param is spelled "-g|--greeting", "--greeting", "-g", or as a bare word';

/** `-g|--greeting`, `--greeting|-g`, `--dry-run`, `-v`, or a bare word. */
export function parseParamKey(key: string): Result<SpelledParam, KeyProblem> {
  const parts = key.split('|').map((part) => part.trim());
  const long = parts.flatMap((part) => (part.startsWith('--') ? part.slice(2) : []));
  const short = parts.flatMap((part) => (/^-[^-]/.test(part) ? part.slice(1) : []));
  const words = parts.filter((part) => !part.startsWith('-'));
  if (long.length > 1 || short.length > 1 || words.length > 1 || parts.includes('-'))
    return err({ problem: 'it can have one letter and one long name', hint: FORMS });
  if (words.length > 0 && parts.length > 1)
    return err({ problem: 'a bare word is a positional param, which has no other names', hint: FORMS });
  return named({ long: long[0] ?? null, short: short[0] ?? null, word: words[0] ?? '' });
}

interface Names {
  readonly long: string | null;
  readonly short: string | null;
  readonly word: string;
}

function named({ long, short, word }: Names): Result<SpelledParam, KeyProblem> {
  if (short !== null && !/^[A-Za-z]$/.test(short))
    return err({
      problem: `${quote(`-${short}`)} is not one letter`,
      hint: `two dashes begin a long name: "--${short}"`,
    });
  if (long === 'help')
    return err({ problem: '--help is taken: it shows the help of the task', hint: 'choose another name' });
  const name = long ?? short ?? word;
  const variable = name.replaceAll('-', '_');
  const problem =
    variableProblem(variable) ?? (name.endsWith('-') ? 'a name ends with a letter or digit' : null);
  if (problem !== null)
    return err({ problem, hint: problem.startsWith('a ') ? FORMS : 'choose another name' });
  return ok({ kind: long === null && short === null ? 'positional' : 'option', name, variable, short, long });
}
