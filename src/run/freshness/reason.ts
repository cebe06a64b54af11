import type { TaskName } from '../../base/task-name.ts';

/** Why a task has to run. Paths are relative to the task's directory. */
export type StaleReason =
  | { readonly kind: 'undeclared'; readonly lacks: 'input' | 'output' | 'input and output' }
  | { readonly kind: 'forced' }
  /** It reads a stream, or another task reads what it writes. */
  | { readonly kind: 'streams' }
  /** No successful run of it is recorded. */
  | { readonly kind: 'not-recorded' }
  /** What is recorded was written by a newer otto. */
  | { readonly kind: 'newer-record'; readonly path: string }
  /** Something that the ottofile or the command line says of it; `what` in words. */
  | { readonly kind: 'redefined'; readonly what: string }
  | { readonly kind: 'no-input' | 'no-output'; readonly pattern: string }
  /** It is there and cannot be looked at, or its name is not UTF-8. */
  | { readonly kind: 'unreadable'; readonly file: string }
  | { readonly kind: 'input-added' | 'input-removed' | 'input-changed'; readonly file: string }
  /** While the last run went on: nobody knows which of the two it read. */
  | { readonly kind: 'input-changed-meanwhile'; readonly file: string }
  | { readonly kind: 'input-newer'; readonly input: string; readonly output: string }
  /** `fresh: hash`: it is not what the last run left. */
  | { readonly kind: 'output-changed'; readonly file: string }
  | { readonly kind: 'other-values'; readonly task: TaskName }
  /** The values of its last run have been removed or damaged. */
  | { readonly kind: 'values-gone' };
