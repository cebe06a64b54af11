import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

const REPLACEMENT = '\ufffd';

/** The first word that Node has changed because it is not UTF-8: no value may be another one than was typed. */
export function damagedWord(words: readonly string[]): string | undefined {
  const damaged = words.find((word) => word.includes(REPLACEMENT));
  if (damaged === undefined) return undefined;
  try {
    return isUtf8(readFileSync('/proc/self/cmdline')) ? undefined : damaged;
  } catch {
    // Where the system does not show the bytes nobody can tell.
    return undefined;
  }
}
