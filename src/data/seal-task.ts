import type { FailureError } from '../base/failure.ts';
import { type PrintedValues, takeCaptures } from './captures/captured.ts';
import { checkOutputs } from './check-outputs.ts';
import type { RunTask } from './run-task.ts';
import type { Settle } from './store.ts';
import type { Entry } from './value.ts';

export interface SealedValues {
  readonly entries: readonly Entry[];
  /** They are not what the task's `outputs` declare, or not all could be captured. */
  readonly failure: FailureError | null;
}

/** Takes in what a task has set and what it has captured, as its `outputs` want it. */
export async function sealTask(state: RunTask, markers: PrintedValues | null): Promise<SealedValues> {
  const { task, store } = state;
  const { name, scriptText, outputs, taskDirectory, exported: given = {} } = task;
  const captured = await takeCaptures({ task: name, taskDirectory, scriptText, given, markers });
  state.captured = captured;
  let { failure } = captured;
  const settle: Settle | null = outputs
    ? async (entries) => {
        const checked = await checkOutputs(name, outputs, entries);
        failure ??= checked.failure;
        return checked.replacements;
      }
    : null;
  return { entries: await store.seal(name, { scriptText, settle, captured: captured.entries }), failure };
}
