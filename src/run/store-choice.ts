import type { StoreName } from '../data/store.ts';
import type { KeptValue } from '../data/value.ts';
import type { Language } from '../ottofile/model.ts';

/** What `store: auto` knows of a task when it chooses. */
export interface StoreFacts {
  /** What the task set when it succeeded last; null: nothing is known of that. */
  readonly past: readonly Pick<KeptValue, 'type' | 'bytes'>[] | null;
  /** The languages of the run's tasks that get its values. */
  readonly readers: readonly Language[];
  /** Bytes that values may take of shared memory; null: it cannot be used, the compiled part is missing. */
  readonly memoryBytes: number | null;
}

/** Why a task's values are where they are. Objects, not words: src/report/store-words.ts makes these. */
export type StoreReason =
  /** The task's own `store` says so. */
  | { readonly kind: 'declared' }
  /** The others are reasons of `auto`. */
  | { readonly kind: 'no-readers' }
  | { readonly kind: 'not-built' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no-values' }
  | { readonly kind: 'small'; readonly bytes: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'node-only'; readonly bytes: number }
  | { readonly kind: 'no-room'; readonly bytes: number; readonly memoryBytes: number }
  | { readonly kind: 'large'; readonly bytes: number; readonly readers: number };

export interface ChosenStore {
  readonly store: StoreName;
  readonly why: StoreReason;
}

/** From so many bytes of text on, shared memory is worth its region. docs/stores.md tells what was measured. */
export const LARGE_BYTES = 1024 * 1024;

/** The rules of `store: auto`, from the first to the last: docs/stores.md, "How auto chooses". The first that holds decides. */
export function chooseStore({ past, readers, memoryBytes }: StoreFacts): ChosenStore {
  const files = (why: StoreReason): ChosenStore => ({ store: 'files', why });
  const clients = readers.filter((language) => language !== 'other');
  if (clients.length === 0) return files({ kind: 'no-readers' });
  if (memoryBytes === null) return files({ kind: 'not-built' });
  if (past === null) return files({ kind: 'unknown' });
  if (past.length === 0) return files({ kind: 'no-values' });
  const bytes = sizeOf(past);
  if (bytes < LARGE_BYTES) return files({ kind: 'small', bytes });
  if (sizeOf(past.filter(({ type }) => type !== 'bytes')) < LARGE_BYTES)
    return files({ kind: 'bytes', bytes });
  if (clients.every((language) => language === 'node')) return files({ kind: 'node-only', bytes });
  if (bytes > memoryBytes / 2) return files({ kind: 'no-room', bytes, memoryBytes });
  return { store: 'shm', why: { kind: 'large', bytes, readers: clients.length } };
}

const sizeOf = (values: readonly { readonly bytes: number }[]): number =>
  values.reduce((sum, { bytes }) => sum + bytes, 0);
