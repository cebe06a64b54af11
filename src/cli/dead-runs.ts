import type { LeftByRun } from '../history/dead-runs.ts';
import { counted } from '../report/words.ts';
import { deadRunMarks } from '../run/run-mark.ts';
import { showPath } from './messages.ts';

/** Ends what killed runs of this home have left; tells of each. Costs the look into one directory when there is none. */
export async function endDeadRuns(
  home: string,
  { dryRun = false, tell }: { readonly dryRun?: boolean; readonly tell: (message: string) => void },
): Promise<void> {
  const marks = deadRunMarks(home);
  if (marks.length === 0) return;
  const deadRuns = await import('../history/dead-runs.ts');
  for (const left of await deadRuns.endDeadRuns(marks, { dryRun })) tell(words(left, dryRun));
}

function words({ directory, count, remaining }: LeftByRun, dryRun: boolean): string {
  const whose =
    directory === null
      ? 'of commands of variables, whose otto was killed'
      : `of the run ${showPath(directory)}, which was killed`;
  if (dryRun) return `would end ${processes(count)} ${whose}`;
  return remaining === 0
    ? `ended ${processes(count)} ${whose}`
    : `could not end ${processes(remaining)} ${whose}`;
}

const processes = (count: number): string => counted(count, 'process', 'processes');
