import { isLiteral, mentionsOf, type Part, parseValue } from '../ottofile/expansion.ts';
import type { EnvDefinition } from '../ottofile/model.ts';
import type { Environment } from './environment.ts';

/** A variable of `envs`, parsed. */
export interface Variable extends EnvDefinition {
  readonly parts: readonly Part[];
}

/**
 * Variables that see each other. A name means what is set in the innermost scope, from the front: what the run gives (params,
 * items), `envs`, `dotenv`; then what it means in the scope around it.
 */
export interface Scope {
  readonly outer: Scope | null;
  /** Texts that `envs` win over: dotenv, or for the outermost scope otto's own environment. */
  readonly below: Environment;
  readonly variables: ReadonlyMap<string, Variable>;
  /** Texts that win over `envs`. */
  readonly above: Environment;
}

/** Null for a name that is set nowhere. */
export type Meaning =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly variable: Variable; readonly scope: Scope }
  | null;

export const outermost = (inherited: Environment): Scope => ({
  outer: null,
  below: inherited,
  variables: new Map(),
  above: {},
});

export function parsedVariables(envs: readonly EnvDefinition[]): ReadonlyMap<string, Variable> {
  return new Map(
    envs.map((definition) => {
      const parsed = parseValue(definition.value);
      if (!parsed.ok) throw new Error(`"${definition.name}" was not refused: ${parsed.error.message}`);
      return [definition.name, { ...definition, parts: parsed.value }];
    }),
  );
}

/** What a name means in a scope. Where a variable asks for its own name, it means the one that it hides. */
export function meaningOf(name: string, scope: Scope, asking: Variable | null): Meaning {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    if (Object.hasOwn(at.above, name)) return { kind: 'text', text: at.above[name] ?? '' };
    const variable = at.variables.get(name);
    if (variable !== undefined && variable !== asking) return { kind: 'variable', variable, scope: at };
    if (Object.hasOwn(at.below, name)) return { kind: 'text', text: at.below[name] ?? '' };
  }
  return null;
}

/** All names that a value may ask for, in the order of its text. */
export function* namesIn(parts: readonly Part[]): Generator<string> {
  for (const part of parts) {
    if (part.kind === 'command') yield* mentionsOf(part.command);
    if (part.kind !== 'variable') continue;
    yield part.name;
    if (part.fallback !== null) yield* namesIn(part.fallback);
  }
}

/** For each variable of a scope those of the same scope that it may ask for. */
export function edgesOf(scope: Scope): ReadonlyMap<Variable, readonly Variable[]> {
  const own = (asking: Variable): Variable[] =>
    isLiteral(asking.value)
      ? []
      : [...namesIn(asking.parts)].flatMap((name) => {
          const meaning = meaningOf(name, scope, asking);
          return meaning?.kind === 'variable' && meaning.scope === scope ? meaning.variable : [];
        });
  return new Map([...scope.variables.values()].map((variable) => [variable, own(variable)]));
}

/** Whether anything in a scope of its own has to be worked out. */
export const isPlain = (envs: readonly EnvDefinition[]): boolean =>
  envs.every(({ value }) => isLiteral(value));
