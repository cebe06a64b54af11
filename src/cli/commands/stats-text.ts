import type { Statistics, TaskStatistics, Trend } from '../../history/statistics.ts';
import { cell, durationText, table } from './table.ts';

const TITLES = ['RUNS', 'FAILED', 'MIN', 'MEDIAN', 'P90', 'P99', 'MAX', 'TREND', 'TOTAL', 'LAST'];

/** A table of the tasks, the slowest first, and of the runs as wholes. */
export function statsText(
  { runs, tasks }: { readonly runs: Statistics; readonly tasks: readonly TaskStatistics[] },
  withRuns: boolean,
): string {
  if (tasks.length === 0) return 'no runs\n';
  const rows = [
    ['TASK', ...TITLES],
    ...tasks.map((task) => [cell(task.task), ...columnsOf(task)]),
    ...(withRuns ? [['(whole runs)', ...columnsOf(runs)]] : []),
  ];
  const lines = table(rows, [
    'left',
    ...TITLES.map((title) => (title === 'LAST' ? 'left' : 'right') as 'left'),
  ]);
  return [...lines, ...notRun(tasks), ...slowestOf(tasks), ...method(tasks)]
    .map((line) => `${line}\n`)
    .join('');
}

function columnsOf(found: Statistics): string[] {
  const { spread, trend, last } = found;
  const durations = spread && [spread.minMs, spread.medianMs, spread.p90Ms, spread.p99Ms, spread.maxMs];
  return [
    String(found.succeeded + found.failed + found.interrupted + found.stopped),
    found.failureRate === null ? '-' : percent(found.failureRate),
    ...(durations ?? [null, null, null, null, null]).map(durationText),
    trend === null ? '-' : change(trend),
    durationText(found.totalMs),
    last === null ? '-' : last.result,
  ];
}

const percent = (part: number): string => `${Math.round(part * 100)}%`;

function change({ recentMs, beforeMs }: Trend): string {
  if (beforeMs === 0) return '-';
  const part = Math.round((recentMs / beforeMs - 1) * 100);
  return `${part > 0 ? '+' : ''}${part}%`;
}

const NOT_STARTED = {
  condition: 'left out by its "if"',
  dependency: 'not started: a task it needs had failed',
  stopped: 'not started: another task had failed',
  interrupted: 'not started: the run was interrupted',
} as const satisfies Record<keyof TaskStatistics['skippedBecause'], string>;

function notRun(tasks: readonly TaskStatistics[]): string[] {
  const words = tasks.flatMap(({ task, fresh, skippedBecause }) =>
    [
      [fresh, 'up to date'] as const,
      ...Object.entries(NOT_STARTED).map(
        ([why, text]) => [skippedBecause[why as keyof typeof NOT_STARTED], text] as const,
      ),
    ].flatMap(([count, text]) => (count > 0 ? [[cell(task), String(count), `× ${text}`]] : [])),
  );
  return words.length === 0 ? [] : ['', ...table(words, ['left', 'right'])];
}

/** Of the slowest tasks, when they took longest. */
const MOST_SHOWN = 3;

function slowestOf(tasks: readonly TaskStatistics[]): string[] {
  const shown = tasks.filter(({ slowest }) => slowest !== null).slice(0, MOST_SHOWN);
  const rows = shown.map(({ task, slowest }) => [
    cell(task),
    durationText(slowest?.durationMs ?? null),
    slowest?.place.run ?? '',
  ]);
  return rows.length === 0 ? [] : ['', 'slowest', ...table(rows, ['left', 'right'])];
}

function method(tasks: readonly TaskStatistics[]): string[] {
  if (tasks.every(({ trend }) => trend === null)) return [];
  return [
    '',
    'trend: the median of the last 10 that succeeded against the 10 before (with fewer, of each half; at least 3)',
  ];
}
