import { FailureError } from '../../base/failure.ts';
import type { Native } from '../../data/native.ts';
import { asFileProblem, attemptNative } from '../../data/native-failure.ts';
import { sharedMemoryRoot } from '../../data/region-lifecycle.ts';
import { loadSqlite } from '../../data/sqlite/driver.ts';
import { bytesToFreeEach } from '../../history/disk-usage.ts';
import { withIndex } from '../../history/open-index.ts';
import { removableRuns } from '../../history/prune.ts';
import { type Removal, type RemovedRun, removeLeftovers, removeRuns } from '../../history/remove-runs.ts';
import { KEEP_NOTHING, type RetentionRule } from '../../history/retention.ts';
import { listFolders, type RunPlace, runPath } from '../../history/state-tree.ts';
import { DEFAULT_RETENTION } from '../../ottofile/head.ts';
import { counted, sizeWords } from '../../report/words.ts';
import { endDeadRuns } from '../dead-runs.ts';
import { spillRoot } from '../home.ts';
import { misuse, type StateContext, wholeNumber } from './state-context.ts';
import { table } from './table.ts';

const TIMEOUT_MS = 5000;

export interface CleanContext extends StateContext {
  /** Null when the addon has not been compiled: then no run of this otto has used shared memory. */
  readonly native: Native | null;
}

/**
 * `otto clean [--keep-days N] [--keep-last N] [--keep-failed N] [--all] [--dry-run]`: removes old runs of the project, and what
 * dead runs of this user left in shared memory and running. Outside a project it means every project, but removes runs only when an
 * option says which: other ottofiles may want to keep more than the default. Returns the exit code; throws FailureError.
 */
export async function cleanCommand(context: CleanContext): Promise<number> {
  const rule = ruleOf(context);
  const dryRun = context.options.flags.has('dry-run');
  await endDeadRuns(context.home, { dryRun, tell: (message) => context.write(`${message}\n`) });
  const swept = sweep(context, dryRun);
  if (rule === null) {
    context.write('no ottofile here: --all or a --keep option cleans the runs of every project\n');
    return swept ? 0 : 1;
  }
  const doomed = foldersOf(context).flatMap((folder) =>
    removableRuns({ home: context.home, folder, rule, now: new Date() }),
  );
  const { removed, problems } = dryRun ? measure(context, doomed) : await remove(context, doomed);
  context.write(report(removed, dryRun));
  // What another otto has removed meanwhile is gone as well.
  return swept && problems.length === 0 ? 0 : 1;
}

/**
 * Options for days and number take the place of both of the ottofile's rules: `--keep-last 3` is not to keep what is young
 * as well. Failed runs stay as long as the ottofile says, or --keep-failed.
 */
function ruleOf({ options, project }: CleanContext): RetentionRule | null {
  if (options.words.length > 0) throw misuse('otto clean takes options only', '"otto help clean" shows them');
  const kept = ['keep-days', 'keep-last', 'keep-failed'].find((name) => options.values.has(name));
  if (options.flags.has('all')) {
    if (kept !== undefined) throw misuse(`--all and --${kept} exclude each other`);
    return KEEP_NOTHING;
  }
  const keepDays = wholeNumber(options, 'keep-days');
  const keepLast = wholeNumber(options, 'keep-last');
  const keepFailed = wholeNumber(options, 'keep-failed');
  const isGiven = keepDays !== null || keepLast !== null;
  if (project === null && !isGiven && keepFailed === null) return null;
  const base = project?.retention ?? DEFAULT_RETENTION;
  return {
    keepDays: isGiven ? (keepDays ?? 0) : base.keepDays,
    keepLast: isGiven ? (keepLast ?? 0) : base.keepLast,
    keepFailedDays: keepFailed ?? base.keepFailedDays,
  };
}

const foldersOf = ({ project, home }: CleanContext): string[] =>
  project === null ? listFolders(home) : [project.folder];

function measure({ home }: CleanContext, runs: readonly RunPlace[]): Removal {
  const freed = bytesToFreeEach(runs.map((run) => runPath(home, run)));
  return { removed: runs.map((run, index) => ({ ...run, freedBytes: freed[index] ?? 0 })), problems: [] };
}

/** The index is told at the end; when that fails, the next `otto history` finds out by itself. */
async function remove(context: CleanContext, runs: readonly RunPlace[]): Promise<Removal> {
  const { home, warn } = context;
  for (const folder of foldersOf(context)) removeLeftovers(home, folder);
  const { removed, problems } = removeRuns(home, runs);
  for (const problem of problems) warn(problem);
  if (removed.length > 0) {
    const place = { home, driver: await loadSqlite(), timeoutMs: TIMEOUT_MS };
    const { problem } = withIndex(place, (index) => index.forget(removed));
    if (problem !== null) warn(problem);
  }
  return { removed, problems };
}

function report(runs: readonly RemovedRun[], dryRun: boolean): string {
  const did = verb(dryRun);
  if (runs.length === 0) return `${did} no runs\n`;
  const rows = runs.map((run) => [did, run.folder, run.run, sizeWords(run.freedBytes)]);
  const total = runs.reduce((sum, run) => sum + run.freedBytes, 0);
  const lines = table(rows, ['left', 'left', 'left', 'right']);
  return `${lines.join('\n')}\n${did} ${counted(runs.length, 'run', 'runs')}, ${sizeWords(total)}\n`;
}

/** False when something of a dead run could not be removed. */
function sweep(context: CleanContext, dryRun: boolean): boolean {
  const places = [
    { root: sharedMemoryRoot(), where: 'shared memory', dryRun },
    { root: spillRoot(context.home), where: 'disk', dryRun },
  ];
  return places.map((place) => sweepRoot(context, place)).every((swept) => swept);
}

interface SweptPlace {
  readonly root: string;
  readonly where: string;
  readonly dryRun: boolean;
}

/** A root that cannot be used keeps nothing else from being cleaned. */
function sweepRoot({ native, write, warn }: CleanContext, { root, where, dryRun }: SweptPlace): boolean {
  if (native === null) return true;
  try {
    const { removedRuns, freedBytes, problems } = attemptNative('clean', root, () =>
      native.sweep(root, { dryRun }),
    );
    const what = counted(removedRuns.length, 'dead run', 'dead runs');
    if (removedRuns.length > 0) write(`${verb(dryRun)} ${what} from ${where}, ${sizeWords(freedBytes)}\n`);
    for (const { path, reason } of problems) warn({ kind: 'shm', action: 'remove', path, detail: reason });
    return problems.length === 0;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    warn(asFileProblem(error.failure));
    return false;
  }
}

const verb = (dryRun: boolean): string => (dryRun ? 'would remove' : 'removed');
