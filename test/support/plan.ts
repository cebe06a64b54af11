import type { FindFiles } from '../../src/graph/foreach.ts';
import type { GrowingPlan } from '../../src/graph/growing-plan.ts';
import type { RequestedTask } from '../../src/graph/plan.ts';
import { planRun } from '../../src/graph/plan-run.ts';
import type { Ottofile } from '../../src/ottofile/model.ts';

/** The plan of a run that can be planned. */
export function planOf(
  ottofile: Pick<Ottofile, 'tasks'>,
  requested: readonly RequestedTask[],
  findFiles: FindFiles = () => [],
): GrowingPlan {
  const planned = planRun(ottofile, requested, findFiles);
  if (!planned.ok) throw new Error(JSON.stringify(planned.error));
  return planned.value;
}
