import { problemOfSchema } from '../data/schema-check.ts';
import type { Plan } from '../graph/plan.ts';
import type { Diagnostic, Ottofile, OutputDeclaration } from '../ottofile/model.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';
import { GRACE_MS } from '../run/cancel.ts';
import { chosenBashProblem } from '../run/chosen-bash.ts';
import { checkConditions } from '../run/condition.ts';
import { workOutFirst } from '../run/first-variables.ts';
import type { Interruption } from '../run/interruption.ts';
import type { Variables } from '../run/variables.ts';
import { printDiagnostics } from './diagnostics.ts';
import type { Terminal } from './terminal.ts';

export interface PlanToCheck {
  readonly plan: Plan;
  readonly variables: Variables;
}

/** What keeps a plan from being run, as far as it can be told without running any of it. */
export async function planDiagnostics({ plan, variables }: PlanToCheck): Promise<readonly Diagnostic[]> {
  return [...(await variables.check(plan)), ...(await checkConditions(plan)), ...(await checkSchemas(plan))];
}

/** A pattern that fits nothing is no error, but most often a misspelled one. */
export function planWarnings({ items, tasks }: Plan): readonly Diagnostic[] {
  return [...items].flatMap(([name, found]) => {
    const foreach = tasks.get(name)?.definition.foreach;
    if (found.length > 0 || foreach?.source.kind !== 'glob') return [];
    const message = `no file fits ${quote(foreach.source.pattern)}: task ${quote(name)} has no items`;
    return { ...errorAt(foreach.at, message, NO_ITEMS_HINT), severity: 'warning' as const };
  });
}

const NO_ITEMS_HINT =
  'it is looked at before the run: of files that a task makes, let that task set the list, and take "items_from"';

/** The schemas that tasks of the plan compare their values with. */
async function checkSchemas({ tasks }: Plan): Promise<readonly Diagnostic[]> {
  const declared = [...tasks.values()].flatMap(({ definition }) => definition.outputs ?? []);
  const found = await Promise.all([...new Set(declared)].map(checkSchema));
  return found.filter((problem) => problem !== null);
}

async function checkSchema({ key, type, at }: OutputDeclaration): Promise<Diagnostic | null> {
  if (typeof type === 'string') return null;
  const problem = await problemOfSchema(type.schema);
  if (problem === null) return null;
  return errorAt(at, `the schema of the output ${quote(key)} cannot be used: ${problem}`, SCHEMA_HINT);
}

const SCHEMA_HINT = 'write a JSON Schema (draft 2020-12), for example {type: array, items: {type: string}}';

export interface PlanToBegin {
  readonly plan: Plan;
  readonly ottofile: Ottofile;
  readonly variables: Variables;
  readonly jobs: number;
}

/** Looks at the bash that the ottofile chooses, and works out the variables of the tasks that come first; what fails there keeps the run from beginning. */
export async function firstProblems(
  { plan, ottofile, variables, jobs }: PlanToBegin,
  interruption: Interruption,
): Promise<readonly Diagnostic[]> {
  const wrongBash = chosenBashProblem(ottofile, plan);
  if (wrongBash !== null) return [wrongBash];
  const options = { graceMs: GRACE_MS, hurry: interruption.hurry };
  let ending: Promise<void> | null = null;
  interruption.whenInterrupted(() => {
    ending ??= variables.end(options);
  });
  const problems = await workOutFirst({ plan, variables, jobs });
  if (problems.length > 0) ending ??= variables.end(options);
  await ending;
  return problems;
}

/** Shows what is wrong with the ottofile. Returns the exit code. */
export function refuse(problems: readonly Diagnostic[], terminal: Terminal): 2 {
  const inOrder = problems.toSorted(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
  printDiagnostics(inOrder, terminal);
  return 2;
}
