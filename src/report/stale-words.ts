import { unreachable } from '../base/result.ts';
import type { Explanation } from '../run/freshness/explain.ts';
import type { StaleReason } from '../run/freshness/reason.ts';

/** Why a task runs, to be put after `runs: `. Text from outside is as it is: the caller makes it fit for a terminal. */
export function staleWords(reason: StaleReason): string {
  switch (reason.kind) {
    case 'undeclared':
      return `always, it declares no ${reason.lacks}`;
    case 'forced':
      return '--force';
    case 'streams':
      return 'always, streams go through it';
    case 'not-recorded':
      return 'no successful run of it is recorded';
    case 'newer-record':
      return `its record was written by a newer otto (${reason.path})`;
    case 'redefined':
      return `${reason.what} has changed`;
    case 'no-input':
      return `its input ${reason.pattern} does not exist`;
    case 'no-output':
      return `its output ${reason.pattern} does not exist`;
    case 'unreadable':
      return `${reason.file} cannot be looked at`;
    case 'input-added':
      return `${reason.file} is new among its inputs`;
    case 'input-removed':
      return `${reason.file} is no longer among its inputs`;
    case 'input-changed':
      return `${reason.file} has changed`;
    case 'input-changed-meanwhile':
      return `${reason.file} changed while it ran`;
    case 'input-newer':
      return `${reason.input} is newer than ${reason.output}`;
    case 'output-changed':
      return `its output ${reason.file} is not as it left it`;
    case 'other-values':
      return `${reason.task} has other values`;
    case 'values-gone':
      return 'the values of its last run are gone';
    default:
      return unreachable(reason);
  }
}

/** What `otto run -n --explain` says of a task. */
export function explanationWords({ verdict, conditional }: Explanation): string {
  const words = verdictWords(verdict);
  return conditional ? `if its "if" is true: ${words}` : words;
}

function verdictWords(verdict: Explanation['verdict']): string {
  switch (verdict.kind) {
    case 'runs':
      return `runs: ${staleWords(verdict.why)}`;
    case 'fresh':
      return `up to date since ${verdict.since}`;
    case 'depends':
      return `runs if ${listed(verdict.on)} sets other values or changes its inputs`;
    case 'group':
      return 'has no script of its own';
    case 'items':
      return verdict.count === 0
        ? 'has no items: there is nothing to run'
        : `stands for its ${verdict.count} ${verdict.count === 1 ? 'item' : 'items'}`;
    case 'items-of':
      return `runs: once for each item of ${verdict.source}, which are not known yet`;
    default:
      return unreachable(verdict);
  }
}

const SHOWN = 3;

function listed(names: readonly string[]): string {
  if (names.length > SHOWN) return `${names.slice(0, SHOWN).join(', ')} or another of ${names.length} tasks`;
  return names.join(' or ');
}
