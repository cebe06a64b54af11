/**
 * The type of a value's bytes (docs/shm-format.md, Table 4). `raw` comes from programs that do not say what they write:
 * it is a string when it is valid UTF-8, else bytes.
 */
export type ValueType = 'string' | 'bytes' | 'json' | 'raw';

/**
 * Where a value's bytes are: in memory, or alone in a file that nobody changes any more. `data` may be a getter that makes a
 * copy on each access (regions): read it once, when the bytes are needed.
 */
export type ValueSource =
  | { readonly kind: 'memory'; readonly data: Uint8Array }
  | { readonly kind: 'file'; readonly path: string }
  /** In a shared memory object: `path` is its stub, and only the addon can read it; `data` is a getter as well. */
  | { readonly kind: 'object'; readonly path: string; readonly data: Uint8Array };

/** One value of a task that has ended. Lists of entries stand in the order in which their keys were first set. */
export interface Entry {
  readonly key: string;
  readonly type: ValueType;
  /** Length of the value in bytes. */
  readonly bytes: number;
  readonly source: ValueSource;
  /** True when its file lies on disk: history takes a second name for it, where shared memory has to be copied. */
  readonly onDisk?: boolean;
}

/** The values whose keys none of the others have. */
export function notAmong(
  others: readonly { readonly key: string }[],
  values: readonly Entry[],
): readonly Entry[] {
  const known = new Set(others.map(({ key }) => key));
  return values.filter(({ key }) => !known.has(key));
}

/** Keys are 1 to this many bytes of UTF-8 without NUL, in every store. */
export const MAX_KEY_BYTES = 2048;
/** Strings and JSON up to this many bytes stand in the history's JSON themselves; larger ones beside it. */
export const MAX_INLINE_JSON_BYTES = 16 * 1024 * 1024;
/** The same limit for bytes, which stand there as base64. */
export const MAX_INLINE_BASE64_BYTES = 64 * 1024;
/** The largest value that is put into a bash variable before a script starts. */
export const MAX_BASH_VARIABLE_BYTES = 16 * 1024 * 1024;

/** One value as history records it: `raw` is resolved. */
export interface KeptValue {
  readonly key: string;
  readonly type: 'string' | 'bytes' | 'json';
  readonly bytes: number;
  /** XXH3-128 of the value's bytes, canonical hex. */
  readonly xxh128: string;
}
