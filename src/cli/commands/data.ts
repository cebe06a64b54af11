import { FailureError } from '../../base/failure.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { dataCheck } from './data-check.ts';
import type { DataContext } from './data-context.ts';
import { dataExport } from './data-export.ts';
import { dataGet } from './data-get.ts';
import { dataList } from './data-list.ts';
import { misuse } from './state-context.ts';

type Action = (context: DataContext, words: readonly string[]) => Promise<number>;

interface ActionInfo {
  readonly act: Action;
  /** Options that it knows. */
  readonly flags: readonly string[];
}

const ACTIONS = new Map<string, ActionInfo>([
  ['list', { act: dataList, flags: ['json', 'all'] }],
  ['get', { act: dataGet, flags: ['json', 'force', 'all'] }],
  ['export', { act: dataExport, flags: ['force', 'all'] }],
  ['check', { act: dataCheck, flags: ['json', 'all'] }],
]);

/** `otto data list|get|export|check`; without one of these words `list`. Returns the exit code; throws FailureError. */
export async function dataCommand(context: DataContext): Promise<number> {
  const { words, flags } = context.options;
  const [word = 'list'] = words;
  const [name, rest] = ACTIONS.has(word) ? [word, words.slice(1)] : ['list', words];
  const action = ACTIONS.get(name);
  if (action === undefined) throw new Error(name);
  const unknown = [...flags].find((flag) => !action.flags.includes(flag));
  if (unknown !== undefined)
    throw misuse(`otto data ${name} has no option "--${unknown}"`, '"otto help data" shows all options');
  const near = ACTIONS.has(word) ? undefined : suggest(word, ACTIONS.keys());
  return action.act(context, rest).catch((error) => {
    throw near === undefined ? error : meant(near, error);
  });
}

/** What was taken for a run or a task may have been meant to say what to do. */
function meant(action: string, error: unknown): unknown {
  if (!(error instanceof FailureError) || error.failure.kind !== 'usage') return error;
  return misuse(error.failure.message, `did you mean "otto data ${action}"?`);
}
