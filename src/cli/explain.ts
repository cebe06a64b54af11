import { join } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import { createHasher } from '../data/checksum.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { Plan } from '../graph/plan.ts';
import type { Ottofile } from '../ottofile/model.ts';
import { visible } from '../ottofile/quote.ts';
import { columns } from '../report/columns.ts';
import { explanationWords } from '../report/stale-words.ts';
import { storeWords } from '../report/store-words.ts';
import { GRACE_MS } from '../run/cancel.ts';
import { type Explanation, explainPlan } from '../run/freshness/explain.ts';
import { Interruption, type InterruptSignal } from '../run/interruption.ts';
import { projectFolder } from '../run/run-directory.ts';
import { Variables } from '../run/variables.ts';
import { ottoHome } from './home.ts';
import type { StoresOfRun } from './stores-of-run.ts';

interface Planned {
  readonly ottofile: Ottofile;
  readonly plan: Plan;
}

/** Of each task of the plan whether it would run, and why. Commands in values of variables are run for it. */
export async function explain(
  { ottofile, plan }: Planned,
  { force }: { readonly force: boolean },
): Promise<readonly Explanation[]> {
  const inherited = process.env;
  const variables = new Variables({ inherited, bash: ottofile.bash });
  const interruption = new Interruption(process);
  const options = { graceMs: GRACE_MS, hurry: interruption.hurry };
  interruption.whenInterrupted((signal) => {
    void variables.end(options).then(() => dieOf(signal, interruption));
  });
  try {
    return await explainPlan({
      plan,
      force,
      inherited,
      project: join(ottoHome(ottofile), projectFolder(ottofile.project, ottofile.directory)),
      hasher: createHasher(nativeOrNull),
      variables,
    });
  } finally {
    await variables.end(options);
    interruption.stop();
  }
}

/** As without all this, but nothing is left. */
function dieOf(signal: InterruptSignal, interruption: Interruption): void {
  interruption.stop();
  process.kill(process.pid, signal);
}

/** `otto run -n --explain`: a line for each task, and one more for its store where that is not the run's. */
export async function explanation(
  planned: Planned & { readonly stores: StoresOfRun },
  flags: { readonly force: boolean },
): Promise<string> {
  const explained = await explain(planned, flags);
  const width = Math.max(0, ...explained.map(({ task }) => columns(visible(task))));
  const line = (name: string, words: string): string =>
    `${name}${' '.repeat(width - columns(name))}  ${visible(words)}\n`;
  const choose = planned.stores.choose;
  const storeLine = (task: TaskName): string => {
    const chosen = choose?.(task, planned.plan);
    return chosen ? line('', `store ${chosen.store}: ${storeWords(chosen.why)}`) : '';
  };
  return explained
    .map((one) => line(visible(one.task), explanationWords(one)) + storeLine(one.task))
    .join('');
}
