import type { RunSummary, TaskSummary } from '../../history/index-store.ts';
import type { RunRecord, TaskRecord } from '../../history/run-record.ts';
import { filesOf } from './history-json.ts';
import { bytesText, durationText } from './quantities.ts';
import { cell, commandLine, table } from './table.ts';

/** The runs as a table, newest first. */
export function runsText(runs: readonly RunSummary[], withProject: boolean): string {
  if (runs.length === 0) return 'no runs\n';
  const project = (name: string): string[] => (withProject ? [name] : []);
  const rows = [
    ['RUN', ...project('PROJECT'), 'RESULT', 'TIME', 'TASKS', 'COMMAND'],
    ...runs.map((run) => [
      run.run,
      ...project(cell(run.project.name)),
      run.result,
      durationText(run.durationMs),
      taskCounts(run.tasks),
      commandLine(run.command),
    ]),
  ];
  const align = withProject
    ? (['left', 'left', 'left', 'right'] as const)
    : (['left', 'left', 'right'] as const);
  return lines(table(rows, align));
}

/** `3 ok, 1 failed, 2 skipped`, without what there is none of. */
function taskCounts(tasks: readonly TaskSummary[]): string {
  const count = (result: TaskSummary['result']): number =>
    tasks.filter((task) => task.result === result).length;
  const parts = [
    [count('succeeded'), 'ok'],
    [count('failed'), 'failed'],
    [count('skipped'), 'skipped'],
    [count('unfinished'), 'unfinished'],
  ] as const;
  return parts.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])).join(', ');
}

/** One run: how it went, its tasks, their values, and where everything is. */
export function runText(run: RunRecord): string {
  const facts = [
    ['run', run.run],
    ['project', `${cell(run.project.name)} (${cell(run.project.directory)})`],
    ['result', run.durationMs === null ? run.result : `${run.result} in ${durationText(run.durationMs)}`],
    ['started', run.startedAt.toISOString()],
    ['command', commandLine(run.command)],
    ['ottofile', cell(run.ottofile)],
    ['store', run.store],
    ['directory', cell(run.directory)],
  ];
  const sections = [
    lines(table(facts)),
    ...tasksText(run.tasks),
    ...valuesText(run.tasks),
    ...logsText(run.tasks),
  ];
  return sections.join('\n');
}

function tasksText(tasks: readonly TaskRecord[]): string[] {
  const rows = tasks.map((task) => [
    cell(task.name),
    task.result,
    durationText(task.durationMs),
    outcomeText(task),
  ]);
  return section([['TASK', 'RESULT', 'TIME', ''], ...rows], ['left', 'left', 'right']);
}

/** Why a task did not succeed. */
function outcomeText({ outcome }: TaskRecord): string {
  if (outcome === null || outcome.kind === 'succeeded') return '';
  if (outcome.kind === 'skipped') return cell(`because of ${outcome.because}`);
  const { reason } = outcome;
  switch (reason.kind) {
    case 'exit':
      return `exit code ${reason.code}`;
    case 'signal':
      return reason.signal;
    case 'interrupted':
      return 'interrupted';
    case 'not-started':
      return cell(`could not start ${reason.command}: ${reason.code}`);
    case 'otto':
      return cell(`otto: ${reason.failure.kind}`);
  }
}

function valuesText(tasks: readonly TaskRecord[]): string[] {
  const rows = tasks.flatMap((task) =>
    task.values.map((value) => [cell(`${task.name}.${value.key}`), value.type, bytesText(value.bytes)]),
  );
  return rows.length === 0 ? [] : section([['VALUE', 'TYPE', 'SIZE'], ...rows], ['left', 'left', 'right']);
}

function logsText(tasks: readonly TaskRecord[]): string[] {
  const files = tasks.flatMap((task) => Object.values(filesOf(task)).filter((path) => path !== null));
  return files.length === 0 ? [] : [lines(['FILES', ...files.map(cell)])];
}

const section = (rows: readonly string[][], align: Parameters<typeof table>[1]): string[] => [
  lines(table(rows, align)),
];

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
