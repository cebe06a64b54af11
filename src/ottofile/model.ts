import type { TaskName } from '../base/task-name.ts';

/** Where something stands in an ottofile. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One problem of an ottofile. Errors keep everything from running; warnings do not. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly at: Position;
  /** The line of the file that `at` names, as it stands there. */
  readonly sourceLine: string;
  readonly message: string;
  readonly hint?: string;
}

export type Language = 'bash' | 'python' | 'node' | 'other';

export interface Script {
  readonly language: Language;
  /** The script's text, exactly as YAML gives it. */
  readonly text: string;
  /** The words of its shebang line; empty without one. */
  readonly interpreter: readonly string[];
  /** Line of the ottofile on which the text's first line stands. */
  readonly line: number;
  /** True for literal block scalars (`|`): line n of the text stands n - 1 lines further down in the file. */
  readonly linesMatch: boolean;
}

export interface TaskDefinition {
  readonly name: TaskName;
  readonly help: string | null;
  /** Tasks that run before this one and whose values it gets, in declared order, without duplicates. */
  readonly before: readonly TaskName[];
  /** Tasks that run after this one and get its values. */
  readonly after: readonly TaskName[];
  readonly envs: Readonly<Record<string, string>>;
  /** Null for a task that only groups its dependencies. */
  readonly script: Script | null;
  /** Directory the script runs in, absolute. */
  readonly directory: string;
  readonly at: Position;
}

export interface Retention {
  readonly keepDays: number;
  readonly keepLast: number;
  readonly keepFailedDays: number;
  readonly autoPrune: boolean;
}

/** A valid ottofile. All names in `before` and `after` exist and there is no cycle. */
export interface Ottofile {
  /** Absolute path of the file. */
  readonly path: string;
  /** Absolute path of its directory: the project's identity. */
  readonly directory: string;
  /** `otto.name`, or the directory's own name. */
  readonly project: string;
  readonly about: string | null;
  readonly jobs: number | null;
  /** `otto.home`, absolute. */
  readonly home: string | null;
  readonly store: string | null;
  /** Bytes of values that may lie in shared memory, and that may wait for being written to history before dependents are held back. */
  readonly memoryBytes: number | null;
  readonly retention: Retention;
  /** Default tasks; `["*"]` has been replaced by all names. Empty: none declared. */
  readonly defaults: readonly TaskName[];
  readonly envs: Readonly<Record<string, string>>;
  readonly tasks: ReadonlyMap<TaskName, TaskDefinition>;
}
