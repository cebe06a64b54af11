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
    const found = distance(wanted, candidate.toLowerCase());
    if (found < bestDistance && found < Math.max(word.length, candidate.length)) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** Two, so that a swapped pair of letters is forgiven; less in short words, where it would make any other word. */
const limitFor = (length: number): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)));
