import { statSync } from 'node:fs';
import type { RunSummary, TaskSummary } from '../../history/index-store.ts';
import type { RunRecord, TaskRecord } from '../../history/run-record.ts';
import { storeWords } from '../../report/store-words.ts';
import { outcomeWords, sizeWords } from '../../report/words.ts';
import { describeKeptFailure } from '../messages.ts';
import { filesOf } from './history-json.ts';
import { cell, commandLine, durationText, table } from './table.ts';

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

/** `3 ok, 1 failed, 2 skipped`, without what there is none of. Who was left out by its `if` has missed nothing. */
function taskCounts(tasks: readonly TaskSummary[]): string {
  const count = (result: TaskSummary['result']): number =>
    tasks.filter((task) => task.result === result).length;
  const leftOut = tasks.filter(
    ({ outcome }) => outcome?.kind === 'skipped' && outcome.because.kind === 'condition',
  ).length;
  const parts = [
    [count('succeeded'), 'ok'],
    [count('fresh'), 'up to date'],
    [leftOut, 'left out'],
    [count('failed'), 'failed'],
    [count('skipped') - leftOut, 'skipped'],
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
    tasksText(run),
    storesText(run.tasks),
    valuesText(run.tasks),
    filesText(run.tasks),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function tasksText({ tasks, result }: RunRecord): string {
  const rows = tasks.map((task) => [
    cell(task.name),
    durationText(task.startedAt === null ? null : task.durationMs),
    cell(
      task.outcome === null
        ? stateWords(task, result)
        : outcomeWords(task.outcome, describeKeptFailure).message,
    ),
  ]);
  return lines(table([['TASK', 'TIME', 'RESULT'], ...rows], ['left', 'right']));
}

/** Only where tasks may have had different ones. */
function storesText(tasks: readonly TaskRecord[]): string {
  const rows = tasks.flatMap(({ name, store, storeReason }) =>
    storeReason === null ? [] : [[cell(name), store, storeWords(storeReason)]],
  );
  return rows.length === 0 ? '' : lines(table([['TASK', 'STORE', 'WHY'], ...rows]));
}

function stateWords({ result, startedAt }: TaskRecord, run: RunRecord['result']): string {
  if (run !== 'running') return result;
  return startedAt === null ? 'not started yet' : 'running';
}

function valuesText(tasks: readonly TaskRecord[]): string {
  const rows = tasks.flatMap((task) =>
    task.values.map((value) => [cell(`${task.name}.${value.key}`), value.type, sizeWords(value.bytes)]),
  );
  return rows.length === 0
    ? ''
    : lines(table([['VALUE', 'TYPE', 'SIZE'], ...rows], ['left', 'left', 'right']));
}

/** Logs that have anything in them, and values. */
function filesText(tasks: readonly TaskRecord[]): string {
  const files = tasks
    .flatMap((task) => Object.values(filesOf(task)))
    .filter((path) => path !== null && statSync(path).size > 0);
  return files.length === 0 ? '' : lines(['FILES', ...files.map((path) => cell(String(path)))]);
}

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
