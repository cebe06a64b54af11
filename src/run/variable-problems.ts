import type { Part } from '../ottofile/expansion.ts';
import { findCycles } from '../ottofile/links.ts';
import type { Diagnostic } from '../ottofile/model.ts';
import { errorAt, placeIn } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import { edgesOf, meaningOf, type Scope, type Variable } from './variable-scope.ts';

/** What is wrong with the variables of one scope, as far as it can be told without working them out. */
export function problemsOf(scope: Scope): readonly Diagnostic[] {
  const unknown = [...scope.variables.values()].flatMap((variable) =>
    [...unknownIn(variable.parts, variable, scope)].map(({ name, offset }) =>
      unset(variable, { name, offset }, scope),
    ),
  );
  return [...findCycles(edgesOf(scope)).map(cycle), ...unknown];
}

type Reference = Extract<Part, { kind: 'variable' }>;

/** What stands behind `:-` counts only where it will be needed, as far as that is known now. */
function* unknownIn(parts: readonly Part[], asking: Variable, scope: Scope): Generator<Reference> {
  for (const part of parts) {
    if (part.kind !== 'variable') continue;
    const meaning = meaningOf(part.name, scope, asking);
    if (meaning === null && part.fallback === null) yield part;
    const isEmpty = meaning === null || (meaning.kind === 'text' && meaning.text === '');
    if (isEmpty && part.fallback !== null) yield* unknownIn(part.fallback, asking, scope);
  }
}

/** The words for a variable that is set nowhere. */
export function unset(
  asking: Variable,
  { name, offset }: Pick<Reference, 'name' | 'offset'>,
  scope: Scope,
): Diagnostic {
  const near = suggest(name, namesOf(scope));
  const meant = near === undefined ? '' : `did you mean "${near}"? `;
  return errorAt(
    placeIn({ text: asking.value, at: asking.at }, offset),
    `the value of ${quote(asking.name)} asks for ${quote(name)}, which is not set`,
    `${meant}\${${name}:-} takes an unset variable for an empty one, and $$ is a plain "$"`,
  );
}

function* namesOf(scope: Scope): Generator<string> {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    yield* Object.keys(at.above);
    yield* at.variables.keys();
    yield* Object.keys(at.below);
  }
}

const MAX_SHOWN = 12;

function cycle(path: readonly Variable[]): Diagnostic {
  const [first] = path as [Variable, ...Variable[]];
  const names = path.map(({ name }) => name);
  const cut = names.length - MAX_SHOWN;
  const shown = cut > 0 ? names.toSpliced(MAX_SHOWN - 1, cut, `… ${cut} more …`) : names;
  return errorAt(
    first.at,
    `variables ask for each other: ${shown.join(' -> ')}`,
    'each asks for the next one: give one of them a value of its own',
  );
}
