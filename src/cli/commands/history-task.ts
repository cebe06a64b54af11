import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import type { RunRecord, TaskRecord } from '../../history/run-record.ts';
import { storeWords } from '../../report/store-words.ts';
import { outcomeWords, sizeWords } from '../../report/words.ts';
import { describeKeptFailure } from '../messages.ts';
import { findTask } from './find-value.ts';
import { attemptRows, directoryOfAttempt } from './history-attempts.ts';
import { filesOf, taskJsonText } from './history-json.ts';
import { misuse, type StateContext, wholeNumber } from './state-context.ts';
import { cell, durationText, table } from './table.ts';

export interface LogContext extends StateContext {
  /** Writes as fast as the pieces are taken, and stops when they are not taken any more: false. */
  readonly stream: (pieces: AsyncIterable<string | Uint8Array>) => Promise<boolean>;
}

type LogName = 'stdout' | 'stderr';

/** `otto history RUN TASK [--json | [--attempt N] --log | --stdout | --stderr]`. Returns the exit code. */
export async function showTask(context: LogContext, run: RunRecord, name: string): Promise<number> {
  const task = findTask(run, name);
  const { flags } = context.options;
  const logs = logsFor(flags);
  if (logs.length > 0 && flags.has('json'))
    throw misuse('--json and the options for logs exclude each other');
  const attempt = wholeNumber(context.options, 'attempt');
  if (attempt !== null && logs.length === 0) throw misuse('--attempt needs --log, --stdout or --stderr');
  if (logs.length > 0) await context.stream(logBytes(directoryOfAttempt(task, attempt), logs));
  else context.write(flags.has('json') ? taskJsonText(run, task) : taskText(run, task));
  return 0;
}

function logsFor(flags: ReadonlySet<string>): LogName[] {
  const names = ['stdout', 'stderr'] as const;
  return names.filter((name) => flags.has('log') || flags.has(name));
}

async function* logBytes(directory: string, logs: readonly LogName[]): AsyncGenerator<Uint8Array> {
  for (const log of logs) {
    const path = join(directory, `${log}.log`);
    try {
      yield* createReadStream(path);
    } catch (error) {
      const { code = 'EIO' } = error as NodeJS.ErrnoException;
      // A task that never started has none.
      if (code !== 'ENOENT') throw new FailureError({ kind: 'io', action: 'read', path, code });
    }
  }
}

/** How it went, its values, and where everything is. */
function taskText(run: RunRecord, task: TaskRecord): string {
  const facts = [
    ['task', cell(task.name)],
    ['run', run.run],
    ...outcomeRows(run, task),
    ['time', durationText(task.durationMs)],
    ...(task.startedAt === null ? [] : [['started', task.startedAt.toISOString()]]),
    ...storeRows(task),
    ...attemptRows(task),
    ...fileRows(task),
  ];
  const values = task.values.map(({ key, type, bytes }) => [cell(key), type, sizeWords(bytes)]);
  const shown =
    values.length === 0
      ? []
      : ['', ...table([['VALUE', 'TYPE', 'SIZE'], ...values], ['left', 'left', 'right'])];
  return [...table(facts), ...shown, ...streamLines(task)].map((line) => `${line}\n`).join('');
}

/** What went to other tasks while it ran, and how much of it is in a file. */
function streamLines({ streams, directory }: TaskRecord): string[] {
  if (streams.length === 0) return [];
  const rows = streams.map(({ what, bytes, keptBytes, xxh128 }) => [
    what,
    sizeWords(bytes),
    keptBytes === bytes ? 'all' : sizeWords(keptBytes),
    xxh128,
    keptBytes === 0 ? '' : cell(join(directory, what === 'stdout' ? 'stdout.log' : 'stream')),
  ]);
  return [
    '',
    ...table([['STREAM', 'SIZE', 'KEPT', 'XXH3-128', 'FILE'], ...rows], ['left', 'right', 'right']),
  ];
}

function outcomeRows({ result }: RunRecord, { outcome, startedAt }: TaskRecord): string[][] {
  if (outcome === null) {
    const goesOn = startedAt === null ? 'not started yet' : 'running';
    return [['result', result === 'running' ? goesOn : 'unfinished: the run was interrupted']];
  }
  const { message, hint } = outcomeWords(outcome, describeKeptFailure);
  return [['result', cell(message)], ...(hint === undefined ? [] : [['hint', cell(hint)]])];
}

const storeRows = ({ store, storeReason }: TaskRecord): string[][] =>
  storeReason === null ? [] : [['store', `${store} (${storeWords(storeReason)})`]];

function fileRows(task: TaskRecord): string[][] {
  const { script, ...files } = { script: scriptOf(task), ...filesOf(task) };
  return Object.entries({ script, ...files }).flatMap(([name, path]) =>
    path === null ? [] : [[name, cell(path)]],
  );
}

/** The file that ran: `script` with an ending by its language. */
export function scriptOf({ directory }: TaskRecord): string | null {
  if (!existsSync(directory)) return null;
  const name = attempt('read', directory, () => readdirSync(directory)).find((entry) =>
    /^script(\.\w+)?$/.test(entry),
  );
  return name === undefined ? null : join(directory, name);
}
