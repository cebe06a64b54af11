import type { Language } from './model.ts';

/** What a script's first line says about who runs it. */
export interface Detected {
  readonly language: Language;
  /** The words of the shebang line that start the interpreter (a plain `env` left out); empty without a shebang. */
  readonly interpreter: readonly string[];
}

const NAMES: readonly (readonly [Language, RegExp])[] = [
  ['bash', /^(sh|bash)(-?\d[\d.]*)?$/],
  ['python', /^(python|python3|python3\.\d+|pypy3|pypy3\.\d+)$/],
  ['node', /^(node|nodejs)(-?\d[\d.]*)?$/],
];

/** The language of a script by its shebang line; bash without one. */
export function detectLanguage(text: string): Detected {
  const line = /^#!([^\n]*)/.exec(text)?.[1]?.trim();
  const interpreter = line === undefined ? [] : withoutEnv(splitWords(line));
  if (interpreter.length === 0) return { language: 'bash', interpreter: [] };
  const command = interpreter[commandIndex(interpreter)] ?? '';
  const name = command.slice(command.lastIndexOf('/') + 1);
  const language = NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
  return { language, interpreter };
}

/** Splits as `env -S` does: white space separates words, quotes and backslashes keep it. */
function splitWords(line: string): string[] {
  const words = line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replace(/\\(.)/g, '$1') ?? single ?? escaped ?? '',
    ),
  );
}

const isEnv = (word: string | undefined): boolean => word !== undefined && /(^|\/)env$/.test(word);

/** `env -S a b` and `env a b` are `a b`; an env that sets variables or has other options stays. */
function withoutEnv(words: readonly string[]): readonly string[] {
  if (!isEnv(words[0])) return words;
  const rest = words.slice(1).flatMap((word, at) => {
    if (at === 0 && (word === '-S' || word === '--split-string')) return [];
    if (at === 0 && /^-S./.test(word)) return [word.slice(2)];
    return [word];
  });
  const plain = rest[0] !== undefined && !rest[0].startsWith('-') && !rest[0].includes('=');
  return plain ? rest : [words[0] as string, ...rest];
}

/** Where the interpreter's own name stands among words that may begin with env, its options and variables. */
function commandIndex(words: readonly string[]): number {
  if (!isEnv(words[0])) return 0;
  const at = words.findIndex((word, index) => index > 0 && !word.startsWith('-') && !word.includes('='));
  return Math.max(at, 0);
}
