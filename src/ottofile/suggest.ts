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

/** Less in short words, where it would make any other word. */
const limitFor = (length: number): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)));

/**
 * Optimal string alignment: letters inserted, left out, replaced, or swapped with their neighbour, each counting one. Row by row;
 * only the last two rows are needed.
 */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : replaced;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
