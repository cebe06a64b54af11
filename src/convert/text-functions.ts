/** The functions of make that only look at text. */
export const words = (text: string): string[] => text.split(/[ \t\n]+/).filter((word) => word !== '');

const each = (text: string, change: (word: string) => string): string => words(text).map(change).join(' ');

/** What `%` of the pattern stands for in the word; null when it does not fit. */
export function stemOf(pattern: string, word: string): string | null {
  const at = pattern.indexOf('%');
  if (at === -1) return pattern === word ? '' : null;
  const [begin, end] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits = word.length >= begin.length + end.length && word.startsWith(begin) && word.endsWith(end);
  return fits ? word.slice(begin.length, word.length - end.length) : null;
}

export const withStem = (pattern: string, stem: string): string => {
  const at = pattern.indexOf('%');
  return at === -1 ? pattern : pattern.slice(0, at) + stem + pattern.slice(at + 1);
};

export function patsubst(from: string, to: string, text: string): string {
  return each(text, (word) => {
    const stem = stemOf(from, word);
    if (stem === null) return word;
    return from.includes('%') ? withStem(to, stem) : to;
  });
}

/** `$(X:.c=.o)`, or with `%`. */
export const substitute = (text: string, from: string, to: string): string =>
  from.includes('%') ? patsubst(from, to, text) : patsubst(`%${from}`, `%${to}`, text);

export const dir = (word: string): string => /^.*\//.exec(word)?.[0] ?? './';
export const notdir = (word: string): string => word.slice(word.lastIndexOf('/') + 1);
const suffix = (word: string): string => /\.[^./]*$/.exec(word)?.[0] ?? '';
const withoutSuffix = (word: string): string => word.slice(0, word.length - suffix(word).length);

const fitsAny = (patterns: string, word: string): boolean =>
  words(patterns).some((pattern) => stemOf(pattern, word) !== null);

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const joinLists = (a: string[], b: string[]): string =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? '') + (b[at] ?? '')).join(' ');

type TextFunction = (...args: string[]) => string;

export const TEXT_FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  subst: (from = '', to = '', text = '') => (from === '' ? text + to : text.replaceAll(from, () => to)),
  patsubst: (from = '', to = '', text = '') => patsubst(from.trim(), to.trim(), text),
  strip: (text = '') => words(text).join(' '),
  findstring: (part = '', text = '') => (text.includes(part) ? part : ''),
  filter: (patterns = '', text = '') =>
    words(text)
      .filter((word) => fitsAny(patterns, word))
      .join(' '),
  'filter-out': (patterns = '', text = '') =>
    words(text)
      .filter((word) => !fitsAny(patterns, word))
      .join(' '),
  sort: (text = '') => [...new Set(words(text))].sort(byCodeUnit).join(' '),
  word: (at = '', text = '') => words(text)[Number(at) - 1] ?? '',
  wordlist: (from = '', to = '', text = '') =>
    words(text)
      .slice(Number(from) - 1, Number(to))
      .join(' '),
  words: (text = '') => String(words(text).length),
  firstword: (text = '') => words(text)[0] ?? '',
  lastword: (text = '') => words(text).at(-1) ?? '',
  dir: (text = '') => each(text, dir),
  notdir: (text = '') => each(text, notdir),
  suffix: (text = '') =>
    words(text)
      .map(suffix)
      .filter((end) => end !== '')
      .join(' '),
  basename: (text = '') => each(text, withoutSuffix),
  addsuffix: (end = '', text = '') => each(text, (word) => word + end),
  addprefix: (begin = '', text = '') => each(text, (word) => begin + word),
  join: (a = '', b = '') => joinLists(words(a), words(b)),
};
