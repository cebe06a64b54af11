import type { Evaluator } from './evaluator.ts';
import type { Makefile } from './makefile.ts';
import type { TargetVariable } from './model.ts';
import type { Target } from './targets.ts';
import { stemOf } from './text-functions.ts';
import type { Chunk, Variable } from './variables.ts';

/** The variables of a target, and those whose values they change. */
export function overlayOf(makefile: Makefile, target: string): ReadonlyMap<string, Variable> {
  const overlay = new Map<string, Variable>();
  for (const variable of makefile.targetVariables)
    if (variable.targets.some((name) => stemOf(name, target) !== null))
      addTo(overlay, variable, makefile.evaluator);
  if (overlay.size === 0) return overlay;
  const { evaluator } = makefile;
  const { table } = evaluator;
  const names = dependents(evaluator, [...overlay.keys()]);
  for (const name of names) {
    const variable = table.get(name);
    if (!overlay.has(name) && variable !== undefined) overlay.set(name, { ...variable });
  }
  for (const [name, variable] of overlay) overlay.set(name, withHidden(variable, overlay, evaluator));
  return overlay;
}

function addTo(overlay: Map<string, Variable>, assignment: TargetVariable, evaluator: Evaluator): void {
  const { name, operator, value, file, line } = assignment;
  const old = overlay.get(name);
  if (operator === '?=' && (old !== undefined || evaluator.table.has(name))) return;
  const raw: Chunk = { raw: operator === '!=' ? `$(shell ${value})` : value };
  const chunks: readonly Chunk[] =
    operator === '+=' ? [...(old?.chunks ?? [{ hidden: name }]), { raw: ' ' }, raw] : [raw];
  overlay.set(name, {
    name,
    at: { file, line },
    chunks,
    optional: operator === '?=',
    predefined: false,
    simple: operator === ':=',
  });
}

/** What `+=` adds to is expanded anew where another variable of the target changes it. */
function withHidden(
  variable: Variable,
  overlay: ReadonlyMap<string, Variable>,
  evaluator: Evaluator,
): Variable {
  const global = evaluator.table.get(variable.name);
  const others = new Set([...overlay.keys()].filter((name) => name !== variable.name));
  const isChanged = global?.chunks.some((chunk) => 'raw' in chunk && mentions(chunk.raw, others));
  if (global === undefined || !isChanged) return variable;
  return {
    ...variable,
    chunks: variable.chunks.flatMap((chunk) => ('hidden' in chunk ? global.chunks : [chunk])),
  };
}

/** The names, and those of variables whose text mentions one of them. */
function dependents({ table }: Evaluator, names: readonly string[]): Set<string> {
  const found = new Set(names);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [name, { chunks }] of table)
      if (!found.has(name) && chunks.some((chunk) => 'raw' in chunk && mentions(chunk.raw, found)))
        found.add(name);
  }
  return found;
}

function mentions(text: string, names: ReadonlySet<string>): boolean {
  for (const [, name = ''] of text.matchAll(/\$[({]([^\s(){}:$,]+)/g)) if (names.has(name)) return true;
  return false;
}

/** With make a target's variables hold for all that it needs, with otto for its task alone. */
export function reportInheritance(makefile: Makefile, targets: ReadonlyMap<string, Target>): void {
  const { evaluator } = makefile;
  for (const variable of makefile.targetVariables) {
    const names = dependents(evaluator, [variable.name]);
    for (const name of variable.targets) {
      const reached = needsOf(name, targets).filter((need) =>
        targets.get(need)?.recipe.some(({ text }) => mentions(text, names)),
      );
      if (reached.length === 0) continue;
      const shown = reached
        .slice(0, 3)
        .map((need) => `"${need}"`)
        .join(', ');
      evaluator.report(
        variable,
        `variable "${variable.name}" of "${name}" does not reach what it needs: ${shown}${reached.length > 3 ? ', …' : ''}`,
        `set it for those tasks, or run "otto ${name}" with the value in the environment and \${${variable.name}:-…} in "envs"`,
      );
    }
  }
}

function needsOf(name: string, targets: ReadonlyMap<string, Target>): string[] {
  const seen = new Set<string>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const need of targets.get(next)?.prerequisites ?? []) {
      if (seen.has(need) || need === name) continue;
      seen.add(need);
      waiting.push(need);
    }
  }
  return [...seen];
}
