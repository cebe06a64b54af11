import { isUtf8 } from 'node:buffer';
import { MAX_KEY_BYTES } from '../value.ts';

/** Why bytes cannot be a key; null: they can. */
export function keyProblem(key: Buffer): string | null {
  if (key.length === 0) return 'a key must not be empty';
  if (key.length > MAX_KEY_BYTES) return `a key is at most ${MAX_KEY_BYTES} bytes`;
  if (key.includes(0)) return 'a key must not hold NUL';
  return isUtf8(key) ? null : 'a key must be valid UTF-8';
}
