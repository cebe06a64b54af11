/** Smaller values are always put into INPUT: it costs nothing that could be noticed. */
const ALWAYS_LOADED_BYTES = 64 * 1024;

const CODE_FROM_ELSEWHERE = /\b(?:eval|source)\b|(?:^|[\s;&|({])\.[ \t]/m;
const INPUT_USE = /\bINPUT\b(?:\[(?:"([^"\\$`]*)"|'([^']*)'|([^\]"'\\$`]+))\])?/g;

/**
 * The keys that a bash script names literally, as in `${INPUT[task.key]}`; null when it uses INPUT in any other way or runs
 * code from elsewhere, and so may want every value.
 */
function keysNamed(scriptText: string): ReadonlySet<string> | null {
  if (CODE_FROM_ELSEWHERE.test(scriptText)) return null;
  const keys = new Set<string>();
  for (const [, double, single, bare] of scriptText.matchAll(INPUT_USE)) {
    const key = double ?? single ?? bare;
    if (key === undefined || key === '@' || key === '*') return null;
    keys.add(key);
  }
  return keys;
}

/** What a bash script wants of INPUT, as far as its text tells. */
export interface InputUse {
  /**
   * Whether it gets the value in INPUT before it starts; `otto.get` has all of them. Loading a large value takes bash 20 ms a
   * megabyte and the memory twice, so it has to be asked for.
   */
  wants(fullKey: string, bytes: number): boolean;
  /** Whether it would miss the value there. */
  reads(fullKey: string): boolean;
}

export function inputUse(scriptText: string): InputUse {
  const named = keysNamed(scriptText);
  const reads = (fullKey: string): boolean => named === null || named.has(fullKey);
  return { reads, wants: (fullKey, bytes) => bytes <= ALWAYS_LOADED_BYTES || reads(fullKey) };
}
