import { nowMs } from '../base/clock.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { Cut } from './cuts.ts';
import type { TaskVariables } from './environment.ts';
import type { ExecutorContext } from './executor-context.ts';

/**
 * The variables of a task that has been reached, or why it must not wait for them any longer. Then nothing is left of what was
 * started for it alone. They may take as long as an attempt. Rejects with a FailureError when one cannot be worked out.
 */
export async function reachedVariables(
  { variables, cuts, leaveVariables }: Pick<ExecutorContext, 'variables' | 'cuts' | 'leaveVariables'>,
  task: PlannedTask,
): Promise<Result<TaskVariables, Cut>> {
  const { timeoutMs } = task.definition;
  const leftMs = timeoutMs && Math.max(0, timeoutMs - (nowMs() - variables.waitingSince(task)));
  const wait = cuts.wait(task, leftMs);
  try {
    const found = await Promise.race([variables.of(task), wait.over]);
    if (found !== undefined) return ok(found);
  } finally {
    wait.forget();
  }
  const cut = cuts.of(task) ?? { kind: 'timeout', limitMs: timeoutMs ?? 0 };
  const variable = await leaveVariables(task);
  if (cut.kind !== 'timeout' || variable === null) return err(cut);
  return err({ ...cut, variable: { name: variable.name, at: variable.at } });
}
