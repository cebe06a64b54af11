import type { Piece, Place, Reporter, Surroundings } from './model.ts';
import type { Variable } from './variables.ts';

/** What names mean where a text stands. */
export interface Scope {
  readonly at: Place;
  /** Variables of a target. */
  readonly overlay: ReadonlyMap<string, Variable>;
  /** `$@` and the like; null: not in a recipe. */
  readonly automatic: ReadonlyMap<string, string> | null;
  /** `$(1)`, and the variable of a `foreach`. */
  readonly params: ReadonlyMap<string, readonly Piece[]>;
}

export const scopeAt = (at: Place): Scope => ({
  at,
  overlay: new Map(),
  automatic: null,
  params: new Map(),
});

/** What functions of make ask of the one who expands their arguments. */
export interface Expander {
  readonly world: Surroundings;
  readonly report: Reporter;
  expand(source: string, scope: Scope): Piece[];
  /** The text as it is when this is converted; null when only a run can tell. */
  plainText(source: string, scope: Scope): string | null;
  staticOf(pieces: readonly Piece[], scope: Scope): string | null;
  variable(name: string, scope: Scope): Variable | undefined;
  /** Tells of something that cannot be converted. */
  fail(at: Place, message: string, hint: string): void;
}
