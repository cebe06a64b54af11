import type { TaskName } from '../base/task-name.ts';
import { textsOf } from '../graph/param-value.ts';
import type { GivenValue, ParamProblem } from '../graph/param-values.ts';
import type { Ottofile } from '../ottofile/model.ts';
import { quote } from '../ottofile/quote.ts';
import { commandLine } from './commands/table.ts';
import type { Words } from './messages.ts';
import { spelling, usageOf, valuesPattern } from './param-words.ts';
import { misfitWords, paramWords } from './task-problems.ts';

/** Why the params of a run do not work out. `named` are the tasks that the command line names. */
export function paramProblemWords(
  problem: ParamProblem,
  { tasks }: Pick<Ottofile, 'tasks'>,
  named: ReadonlySet<TaskName>,
): Words {
  const { task, param } = problem;
  switch (problem.kind) {
    case 'missing': {
      const definition = tasks.get(task);
      const message = `task ${quote(task)} needs a value for ${valuesPattern(param)}`;
      if (definition === undefined) return { message };
      if (named.has(task)) return { message, hint: `usage: ${usageOf(definition)}` };
      const call = usageOf(definition).replace(/^otto /, '');
      return { message: `${message}; another task needs it`, hint: `name it behind the others: … ${call}` };
    }
    case 'conflict': {
      const [one, other] = problem.values.map(origin);
      const own = commandLine([task]);
      return {
        message: `${paramWords(task, param)} inherits two values: ${one}, and ${other}`,
        hint: `one that is given to ${own} itself wins: ${own} ${ownValue(problem)}`,
      };
    }
    case 'unfit': {
      const { message, hint } = misfitWords(problem, problem.misfit);
      return { message: `${message}; it comes from task ${quote(problem.given.from)}`, hint };
    }
  }
}

const origin = ({ value, from }: GivenValue): string =>
  `${textsOf(value).map(quote).join(' ') || 'none'} from task ${quote(from)}`;

const ownValue = ({ param }: ParamProblem): string =>
  param.kind === 'positional'
    ? valuesPattern(param)
    : param.kind === 'flag'
      ? `${spelling(param)}=true`
      : `${spelling(param)} ${valuesPattern(param)}`;
