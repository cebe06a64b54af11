import { err, ok, type Result } from './result.ts';

declare const brand: unique symbol;

/** A task's name as the ottofile spells it, known to be usable: not empty, no control characters. */
export type TaskName = string & { readonly [brand]: 'TaskName' };

const CONTROL = /[\u0000-\u001f\u007f]/;

/** Accepts any name without control characters; says in words what is wrong with the others. */
export function parseTaskName(raw: string): Result<TaskName, string> {
  if (raw === '') return err('a task name must not be empty');
  if (CONTROL.test(raw)) return err('a task name must not contain control characters');
  return ok(raw as TaskName);
}

const MAX_ENCODED_BYTES = 160;
const KEPT_BYTES = 143;

/**
 * The task's name as one path component: `/`, `%` and control characters become %XX, a leading dot %2E, and a name that
 * is too long is cut and ended by its hash (docs/shm-format.md, section 1). Different names give different components.
 */
export function encodeTaskName(name: string): string {
  const escaped = name
    .replace(
      /[\u0000-\u001f\u007f/%]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .replace(/^\./, '%2E');
  const bytes = Buffer.from(escaped);
  if (bytes.length <= MAX_ENCODED_BYTES) return escaped;
  const hash = keyHash(Buffer.from(name)).toString(16).padStart(16, '0');
  return `${cutUtf8(bytes, KEPT_BYTES)}~${hash}`;
}

/** Cuts before a character that would be split, so that the component stays valid UTF-8. */
function cutUtf8(bytes: Buffer, length: number): string {
  let end = length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

const MASK = (1n << 64n) - 1n;

/** FNV-1a (64 bits) finished by MurmurHash3's fmix64: the key hash of docs/shm-format.md, section 4. */
export function keyHash(bytes: Uint8Array): bigint {
  let h = 0xcbf29ce484222325n;
  for (const byte of bytes) h = ((h ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  h = ((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  h = ((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return h ^ (h >> 33n);
}
