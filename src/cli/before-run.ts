import type { Plan } from '../graph/plan.ts';
import type { Diagnostic } from '../ottofile/model.ts';
import { GRACE_MS } from '../run/cancel.ts';
import { checkConditions } from '../run/condition.ts';
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
  return [...(await variables.check(plan)), ...(await checkConditions(plan))];
}

export interface PlanToBegin {
  readonly plan: Plan;
  readonly variables: Variables;
  readonly jobs: number;
}

/** Works out the variables of the tasks that come first; what fails there keeps the run from beginning. */
export async function firstProblems(
  { plan, variables, jobs }: PlanToBegin,
  interruption: Interruption,
): Promise<readonly Diagnostic[]> {
  const options = { graceMs: GRACE_MS, hurry: interruption.hurry };
  let ending: Promise<void> | null = null;
  interruption.whenInterrupted(() => {
    ending ??= variables.end(options);
  });
  const problems = await variables.begin(plan, { jobs });
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
