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

/** A text and where it stands in its file. */
export interface Located {
  readonly text: string;
  readonly at: Place;
}

/** A place that can be shown without the ottofile at hand: for problems that only come to light when a task is reached. */
export interface Place extends Position {
  readonly file: string;
  readonly sourceLine: string;
}

/** One variable of `envs`, as it stands in the file: what it refers to is put in when a task needs it. */
export interface EnvDefinition {
  readonly name: string;
  readonly value: string;
  readonly at: Place;
}

/** How many values a param takes, both ends included; `max` may be Infinity. */
export interface Arity {
  readonly min: number;
  readonly max: number;
}

/** One key of `params`. A flag has a default of true or false; a positional has neither `short` nor `long`. */
export interface ParamDefinition {
  readonly kind: 'flag' | 'option' | 'positional';
  /** The long name, else the letter, else the word: `dry-run` for `-n|--dry-run`. */
  readonly name: string;
  /** The variable in scripts: the name with `_` for `-`. */
  readonly variable: string;
  /** One more variable with the value. */
  readonly dest: string | null;
  /** Without dashes. */
  readonly short: string | null;
  readonly long: string | null;
  readonly help: string | null;
  readonly metavar: string | null;
  /** A list only with `nargs`. Null: an option is empty then, a positional must be given. */
  readonly default: string | readonly string[] | null;
  readonly choices: readonly string[] | null;
  /** Null: exactly one value, which is a text and not a list. */
  readonly nargs: Arity | null;
  readonly at: Place;
}

/** What a task is repeated for. */
export type ForeachSource =
  | { readonly kind: 'items'; readonly items: readonly string[] }
  /** Relative to the ottofile's directory. */
  | { readonly kind: 'glob'; readonly pattern: string }
  /** Both ends included; `from` may be the greater one. `width` is that of the longer number. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly width: number }
  /** The list that a dependency sets: known when that has ended. */
  | { readonly kind: 'items_from'; readonly task: TaskName; readonly key: string };

export interface ForeachDefinition {
  readonly source: ForeachSource;
  /** The variable with the item. */
  readonly as: string;
  readonly parallel: boolean;
  readonly maxItems: number;
  readonly at: Place;
}

export const OUTPUT_TYPES = ['string', 'int', 'float', 'bool', 'bytes', 'json', 'list'] as const;
export type OutputType = (typeof OUTPUT_TYPES)[number];

/** One key of `outputs`. */
export interface OutputDeclaration {
  readonly key: string;
  /** `{ schema: true }` for a key without a type: any value, as the task sets it. */
  readonly type: OutputType | { readonly schema: JsonValue };
  /** True: the task may end without it. */
  readonly optional: boolean;
  readonly at: Place;
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** How often a failed task is tried again, and how long otto waits before: `delayMs`, then `factor` times as long each time. */
export interface Retries {
  readonly times: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
}

export type Freshness = 'mtime' | 'hash';

/** What a task takes from the file it stands in. With `include` several files make one ottofile. */
export interface TaskFile {
  /** Absolute. */
  readonly path: string;
  readonly directory: string;
  /** What its tasks' names begin with: empty for the main file, `lib:` for `include: {lib: …}`. */
  readonly prefix: string;
  readonly envs: readonly EnvDefinition[];
  /** `dotenv` of the file: paths as written. */
  readonly dotenv: readonly Located[];
}

export interface TaskDefinition {
  readonly name: TaskName;
  /** The name as its own file spells it: without the file's prefix. */
  readonly localName: string;
  readonly file: TaskFile;
  readonly help: string | null;
  /** Tasks that run before this one and whose values it gets, in declared order, without duplicates. */
  readonly before: readonly TaskName[];
  /** Tasks that run after this one and get its values. */
  readonly after: readonly TaskName[];
  readonly envs: readonly EnvDefinition[];
  readonly dotenv: readonly Located[];
  /** In declared order. */
  readonly params: readonly ParamDefinition[];
  readonly foreach: ForeachDefinition | null;
  /** Globs, relative to `directory`, with `${VAR}` not yet put in. */
  readonly input: readonly Located[];
  readonly output: readonly Located[];
  readonly fresh: Freshness;
  /** Null: the task declares nothing, and any key is allowed. */
  readonly outputs: readonly OutputDeclaration[] | null;
  readonly timeoutMs: number | null;
  readonly retries: Retries | null;
  readonly interactive: boolean;
  readonly always: boolean;
  /** Where its values travel: a store, or `auto`. Null: where those of the run do. */
  readonly store: Located | null;
  /** It writes a stream that its dependents can read while it runs. */
  readonly streaming: boolean;
  /** The task whose stdout is this one's stdin; one of its dependencies. */
  readonly stdinFrom: TaskName | null;
  /** How much of its stream, and of a stdout that others read, history keeps; may be Infinity. */
  readonly keptStreamBytes: number;
  /** Its stdout may hold values in markers. */
  readonly markers: boolean;
  /** `if`: an expression of CEL. */
  readonly condition: Located | null;
  /** Null for a task that only groups its dependencies. */
  readonly script: Script | null;
  /** Directory the script runs in, absolute. */
  readonly directory: string;
  readonly at: Place;
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
  /** `otto.bash`: the bash that runs scripts; a path is absolute. */
  readonly bash: string | null;
  /** Where `otto.bash` stands. */
  readonly bashAt: Place | null;
  /** Bytes of values that may lie in shared memory, and that may wait for being written to history before dependents are held back. */
  readonly memoryBytes: number | null;
  readonly retention: Retention;
  /** Default tasks; `["*"]` has been replaced by all names. Empty: none declared. */
  readonly defaults: readonly TaskName[];
  /** Of the main file. */
  readonly envs: readonly EnvDefinition[];
  readonly tasks: ReadonlyMap<TaskName, TaskDefinition>;
}
