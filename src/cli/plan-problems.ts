import { unreachable } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import type { PlanProblem } from '../graph/plan-run.ts';
import type { Ottofile } from '../ottofile/model.ts';
import { quote, visible } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import { printDiagnostics, printWords } from './diagnostics.ts';
import type { Words } from './messages.ts';
import { paramProblemWords } from './param-problems.ts';
import type { Terminal } from './terminal.ts';

/** The run that was asked for. */
export interface AskedRun {
  readonly ottofile: Ottofile;
  /** The tasks that the command line names. */
  readonly named: ReadonlySet<TaskName>;
}

/** Why nothing runs, all of it. */
export function printPlanProblems(problems: readonly PlanProblem[], run: AskedRun, terminal: Terminal): void {
  for (const problem of problems) {
    if (problem.kind === 'ottofile') printDiagnostics([problem.diagnostic], terminal);
    else printWords(wordsOf(problem, run), terminal);
  }
}

function wordsOf(problem: Exclude<PlanProblem, { kind: 'ottofile' }>, { ottofile, named }: AskedRun): Words {
  switch (problem.kind) {
    case 'no-item':
      return noItem(problem);
    case 'later-item':
      return {
        message: `the items of task ${quote(problem.parent)} are known only while it runs`,
        hint: `run ${quote(problem.parent)} with all of its items`,
      };
    case 'param':
      return paramProblemWords(problem.problem, ottofile, named);
    default:
      return unreachable(problem);
  }
}

/** More are not read. */
const MOST_SHOWN = 10;

function noItem({ parent, id, ids }: Extract<PlanProblem, { kind: 'no-item' }>): Words {
  const near = suggest(id, ids);
  const more = ids.length > MOST_SHOWN ? `, … (${ids.length} in all)` : '';
  const known =
    ids.length === 0
      ? 'it has none'
      : `its items are: ${ids.slice(0, MOST_SHOWN).map(visible).join(', ')}${more}`;
  return {
    message: `task ${quote(parent)} has no item ${quote(id)}`,
    hint: near === undefined ? known : `did you mean ${quote(`${parent}:${near}`)}?`,
  };
}
