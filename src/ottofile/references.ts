import type { Language, Place } from './model.ts';
import { codeOf } from './unread-text.ts';

/** What a script reads, as far as it is spelled out. */
export interface Reference {
  /** `task.key`, or the two apart where the script spells them apart. */
  readonly full: string | null;
  readonly task: string | null;
  readonly key: string | null;
  /** Where it stands in the script's text. */
  readonly index: number;
  readonly text: string;
  /** The script says what holds when the value is missing: `${INPUT[a.b]-x}`, `INPUT['a.b'] ?? x`. */
  readonly mayMiss: boolean;
  /** Where it stands in the file, when that is not in the script. */
  readonly at?: Place;
}

/** A word of bash in which nothing is evaluated, or a text of Python or Node without escapes. */
const WORD = String.raw`(?:"(?<NAMEd>[^"$\`\\\n]+)"|'(?<NAMEs>[^'\n]+)'|(?<NAMEw>[^\s"'$\`\\;|&<>(){}*?[\]]+))(?=[\s;|&<>()]|$)`;
const TEXT = String.raw`(?:"(?<NAMEd>[^"\\\n]+)"|'(?<NAMEs>[^'\\\n]+)'|${'`'}(?<NAMEw>[^${'`'}\\$\n]+)${'`'})`;
const named = (pattern: string, name: string): string => pattern.replaceAll('NAME', name);

/** `INPUT["a.b"]` and what is like it; not `INPUT["a." + b]`, nor what is assigned to. */
const IN_CODE = [
  String.raw`(?<![\w.$])INPUT\s*\[\s*${named(TEXT, 'full')}\s*\]`,
  String.raw`(?<![\w.$])INPUT\.view\(\s*${named(TEXT, 'full')}\s*\)`,
  String.raw`(?<![\w.$])INPUT\.of\(\s*${named(TEXT, 'task')}\s*\)\s*\[\s*${named(TEXT, 'key')}\s*\]`,
  String.raw`(?<![\w.$])otto_get_input\(\s*${named(TEXT, 'full')}\s*[,)]`,
];

const IN_BASH = [
  String.raw`\$\{INPUT\[(?:"(?<fulld>[^"$\`\\\n]+)"|'(?<fulls>[^'\n]+)'|(?<fullw>[^\]"'$\`\\\n@*]+))\]`,
  String.raw`(?<![\w./$-])(?:otto\.get|otto_get_input)[ \t]+${named(WORD, 'full')}`,
  String.raw`(?<![\w./$-])(?:otto-mmap-get|otto-recv)[ \t]+(?!-)${named(WORD, 'task')}[ \t]+${named(WORD, 'key')}`,
];

const compile = (patterns: readonly string[]): readonly RegExp[] =>
  patterns.map((pattern) => new RegExp(pattern, 'g'));

const PATTERNS: Readonly<Partial<Record<Language, () => readonly RegExp[]>>> = {
  bash: () => compile(IN_BASH),
  python: () => compile(IN_CODE),
  node: () => compile(IN_CODE),
};

const compiled = new Map<Language, readonly RegExp[]>();

/** The references of a script, in the order in which they stand there. Computed ones (`INPUT[key]`) are not guessed. */
export function referencesIn(text: string, language: Language): readonly Reference[] {
  if (!/INPUT|otto\.get|otto_get_input|otto-mmap-get|otto-recv/.test(text)) return [];
  const patterns = compiled.get(language) ?? PATTERNS[language]?.() ?? [];
  compiled.set(language, patterns);
  const found = patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => referenceOf(match, language)),
  );
  if (found.length === 0) return [];
  const isCode = codeOf(text, language);
  return found.filter(({ index }) => isCode(index)).toSorted((a, b) => a.index - b.index);
}

/** What stands behind a read that allows for a missing value. Python's `INPUT.get` is no read here at all. */
const ALLOWANCES: Readonly<Partial<Record<Language, RegExp>>> = {
  bash: /^:?[-+]/,
  node: /^\s*(?:\?\?|\|\||\?\.)/,
};

function referenceOf(match: RegExpMatchArray, language: Language): Reference {
  const { index, 0: text, groups = {}, input = '' } = match;
  const named = (name: string): string | null =>
    groups[`${name}d`] ?? groups[`${name}s`] ?? groups[`${name}w`] ?? null;
  const behind = input.slice((index ?? 0) + text.length, (index ?? 0) + text.length + 100);
  const mayMiss = ALLOWANCES[language]?.test(behind) === true || /^otto_get_input\(.*,$/s.test(text);
  return { full: named('full'), task: named('task'), key: named('key'), index: index ?? 0, text, mayMiss };
}
