import { distance } from 'fastest-levenshtein';

const MAX_LENGTH = 64;

/** The candidate that `word` is most likely a misspelling of, or undefined when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = limitFor(word.length) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = mistakes(wanted, candidate.toLowerCase());
    if (found < bestDistance && found < Math.max(word.length, candidate.length)) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** Less in short words, where it would make any other word. */
const limitFor = (length: number): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)));

/** Swapped neighbours are the one mistake that Levenshtein's distance counts as two. */
const mistakes = (a: string, b: string): number => (isSwapped(a, b) ? 1 : distance(a, b));

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return at >= 0 && `${a.slice(0, at)}${a[at + 1]}${a[at]}${a.slice(at + 2)}` === b;
}
