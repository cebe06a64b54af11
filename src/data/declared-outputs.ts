import type { SourcePlace } from '../base/failure.ts';
import type { Entry } from './value.ts';

export type DeclaredType = 'string' | 'int' | 'float' | 'bool' | 'bytes' | 'json' | 'list';

/** One key that a task is to set. */
export interface DeclaredOutput {
  readonly key: string;
  readonly type: DeclaredType | { readonly schema: unknown };
  /** True: the task may end without it. */
  readonly optional: boolean;
  readonly at: SourcePlace;
}

/** `outputs` of a task: what it sets, and nothing else. */
export interface DeclaredOutputs {
  readonly declarations: readonly DeclaredOutput[];
  /** Where a key that nobody declares is told. */
  readonly at: SourcePlace;
}

/** What a value has to become before dependents read it. */
export interface Replacement {
  readonly key: string;
  readonly type: 'string' | 'bytes' | 'json';
  /** Null: its bytes stay as they are. */
  readonly data: Buffer | null;
}

/** The values as they have to become. */
export function replaceEntries(
  entries: readonly Entry[],
  replacements: readonly Replacement[],
): readonly Entry[] {
  if (replacements.length === 0) return entries;
  const byKey = new Map(replacements.map((one) => [one.key, one]));
  return entries.map((entry) => replaced(entry, byKey.get(entry.key)));
}

function replaced(entry: Entry, replacement: Replacement | undefined): Entry {
  if (replacement === undefined) return entry;
  const { type, data } = replacement;
  if (data === null) return { ...entry, type };
  return { key: entry.key, type, bytes: data.length, source: { kind: 'memory', data } };
}

export const typeWords = (type: DeclaredOutput['type']): string =>
  typeof type === 'string' ? type : type.schema === true ? 'any value' : 'a value that fits its schema';
