import type { Evaluator } from './evaluator.ts';
import type { Makefile } from './makefile.ts';
import type { Place } from './model.ts';
import { scopeAt } from './scope.ts';
import type { AssignmentText } from './statements.ts';
import { words } from './text-functions.ts';
import type { Chunk } from './variables.ts';

/** Takes an assignment into the Makefile. */
export function assign(
  makefile: Makefile,
  assignment: AssignmentText,
  { at, isExported }: { readonly at: Place; readonly isExported: boolean },
): void {
  const { evaluator } = makefile;
  const name = evaluator.plainText(assignment.name, scopeAt(at)) ?? '';
  const left = (evaluator.changing.get(assignment.name) ?? 1) - 1;
  if (name !== '') assignTo(evaluator, { ...assignment, name }, at);
  if (left > 0) evaluator.changing.set(assignment.name, left);
  else evaluator.changing.delete(assignment.name);
  if (isExported) makefile.exported.add(name);
  if (name === 'VPATH')
    makefile.searchPath.push(
      ...words((evaluator.plainText('$(VPATH)', scopeAt(at)) ?? '').replaceAll(':', ' ')),
    );
}

/** What an assignment makes of the variable that was there. */
function assignTo(evaluator: Evaluator, { name, operator, value }: AssignmentText, at: Place): void {
  const old = evaluator.table.get(name);
  if (operator === '?=' && old !== undefined) return;
  const scope = scopeAt(at);
  const now = (): Chunk => ({ pieces: evaluator.expand(value, scope) });
  const fresh = { name, at, predefined: false, optional: operator === '?=', simple: operator === ':=' };
  if (operator === '+=') {
    const before: readonly Chunk[] = old?.chunks ?? [{ pieces: [{ kind: 'env', name, inherited: true }] }];
    const added: Chunk = old?.simple ? now() : { raw: value };
    evaluator.table.set(name, {
      ...(old ?? fresh),
      at,
      predefined: false,
      chunks: [...before, { raw: ' ' }, added],
    });
  } else if (operator === '!=')
    evaluator.table.set(name, { ...fresh, chunks: [{ raw: `$(shell ${value})` }] });
  else
    evaluator.table.set(name, {
      ...fresh,
      chunks: value === '' ? [] : [operator === ':=' ? now() : { raw: value }],
    });
}
