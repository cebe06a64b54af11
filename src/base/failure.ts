import type { TaskName } from './task-name.ts';

/**
 * Everything that can go wrong with otto's environment, as data. Ottofile problems are `Diagnostic`s (src/ottofile), a
 * task's end is an `Outcome` (src/run). Words and exit codes for all of them are made in src/cli/messages.ts.
 */
export type Failure =
  | { readonly kind: 'usage'; readonly message: string; readonly hint?: string }
  | { readonly kind: 'no-ottofile'; readonly start: string; readonly names: readonly string[] }
  | {
      readonly kind: 'io';
      readonly action: string;
      readonly path: string;
      readonly code: string;
      readonly hint?: string;
    }
  | { readonly kind: 'native-missing'; readonly what: string; readonly detail: string }
  | { readonly kind: 'shm'; readonly action: string; readonly path: string; readonly detail: string }
  | {
      readonly kind: 'redis';
      readonly action: string;
      /** Which server, without its password. */
      readonly where: string;
      readonly detail: string;
      /** It has no room for more. */
      readonly isFull?: boolean;
      readonly hint?: string;
    }
  | { readonly kind: 'newer-version'; readonly path: string; readonly found: number; readonly known: number }
  | { readonly kind: 'value'; readonly task: TaskName; readonly key: string; readonly detail: string }
  /** Something in an ottofile that only came to light when a task was reached. */
  | {
      readonly kind: 'ottofile';
      readonly at: SourcePlace;
      readonly message: string;
      readonly hint?: string;
    }
  /** A task's values are not what its \`outputs\` declare. */
  | {
      readonly kind: 'outputs';
      readonly task: TaskName;
      readonly problems: readonly { readonly at: SourcePlace; readonly message: string }[];
    }
  /** What a task has written to $OTTO_OUTPUT is not what that file holds. */
  | {
      readonly kind: 'output-file';
      readonly task: TaskName;
      readonly path: string;
      readonly problems: readonly { readonly line: number; readonly detail: string }[];
      /** How many problems are not told. */
      readonly more: number;
    }
  /** The store `sqlite` was asked for, and no binding of SQLite loads. */
  | { readonly kind: 'sqlite-missing' }
  | {
      readonly kind: 'store-unknown';
      readonly name: string;
      /** What names it. */
      readonly from: string;
      readonly known: readonly string[];
    };

/** A place in an ottofile, with the line that stands there. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: string;
}

/** Carries a Failure through code that cannot return a Result (callbacks, streams). Caught once, in src/cli. */
export class FailureError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind);
    this.name = 'FailureError';
  }
}
