import { distance } from 'fastest-levenshtein';

const MAX_LENGTH = 64;

/** The candidate that `word` is most likely a misspelling of, or undefined when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const wanted = word.toLowerCase();
  const names = [...candidates];
  const parts = names.filter((name) => isPart(wanted, name.toLowerCase()));
  if (parts.length > 0) return parts.reduce((one, other) => (other.length < one.length ? other : one));
  let best: string | undefined;
  let bestDistance = limitFor(word.length) + 1;
  for (const candidate of names) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = mistakes(wanted, candidate.toLowerCase());
    if (found < bestDistance && found < Math.max(word.length, candidate.length)) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/**
 * The task that `word` was most likely meant to be: one of an included file (`lib:build`) is often called by what it is called
 * there. `others` are what else could have stood in its place.
 */
export function suggestTask(
  word: string,
  tasks: Iterable<string>,
  others: readonly string[] = [],
): string | undefined {
  const names = [...tasks];
  const included = names.filter((name) => name.includes(':')).sort((a, b) => depth(a) - depth(b));
  const local = (wanted: string) => included.find((name) => name.endsWith(`:${wanted}`));
  const near = () => {
    const found = suggest(word, included.map(lastPart));
    return found === undefined ? undefined : local(found);
  };
  return local(word) ?? suggest(word, [...names, ...others]) ?? near();
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf(':') + 1);
const depth = (name: string): number => name.split(':').length;

const SHORTEST_BEGINNING = 3;

/** A part that stands for the whole: `hist` for `history`, `bundle` for `web:bundle`. */
const isPart = (wanted: string, name: string): boolean =>
  name !== wanted &&
  (name.endsWith(`:${wanted}`) || (wanted.length >= SHORTEST_BEGINNING && name.startsWith(wanted)));

/** Less in short words, where it would make any other word. */
const limitFor = (length: number): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)));

/** Swapped neighbours are the one mistake that Levenshtein's distance counts as two. */
const mistakes = (a: string, b: string): number => (isSwapped(a, b) ? 1 : distance(a, b));

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return at >= 0 && `${a.slice(0, at)}${a[at + 1]}${a[at]}${a.slice(at + 2)}` === b;
}
