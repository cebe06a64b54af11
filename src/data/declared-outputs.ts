import type { SourcePlace } from '../base/failure.ts';

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

export const typeWords = (type: DeclaredOutput['type']): string =>
  typeof type === 'string' ? type : type.schema === true ? 'any value' : 'a value that fits its schema';
