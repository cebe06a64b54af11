/** A part of what a Makefile's text comes to. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /**
   * A variable of the environment that the script will see. `inherited`: nothing in the Makefile
   * sets it. `hidden`: the one that a target's variable of the same name hides. */
  | { readonly kind: 'env'; readonly name: string; readonly inherited: boolean; readonly hidden?: true }
  /** `$(shell …)` */
  | { readonly kind: 'command'; readonly command: readonly Piece[] };

/** Something that make would do otherwise, or that the reader of the result should know. */
export interface Report {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly hint: string;
}

/** What the converter may see of the world. Paths are relative to the Makefile's directory. */
export interface Surroundings {
  /** The Makefile's directory. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** The files that a pattern fits, sorted. */
  readonly glob: (pattern: string) => readonly string[];
  /** The text of an included file; null when it cannot be read. */
  readonly read: (path: string) => string | null;
}

/** A line of a Makefile, with what continues it. */
export interface Line {
  readonly text: string;
  /** Begins with a tab behind a rule. */
  readonly isRecipe: boolean;
  /** From 1. */
  readonly number: number;
  readonly file: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
}

export type Operator = '=' | ':=' | '?=' | '+=' | '!=';

export interface Assignment extends Place {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
  readonly exported: boolean;
}

export interface RecipeLine extends Place {
  readonly text: string;
}

/** A rule as it stands, its names expanded. */
export interface Rule extends Place {
  readonly targets: readonly string[];
  readonly prerequisites: readonly string[];
  readonly orderOnly: readonly string[];
  /** `%` of a static pattern rule's target. */
  readonly targetPattern: string | null;
  readonly kind: ':' | '::' | '&:';
  readonly recipe: RecipeLine[];
  /** Lines of comments above it. */
  readonly comment: string;
  /** `## text` behind it. */
  readonly help: string | null;
}

/** Variables of some targets only. */
export interface TargetVariable extends Assignment {
  readonly targets: readonly string[];
}

/** Something that is not converted, to be shown where it stood. */
export interface Leftover extends Place {
  readonly text: string;
}

export type Reporter = (at: Place, message: string, hint: string) => void;
