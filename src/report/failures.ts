import { join } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import type { Outcome, RunEvent } from '../run/events.ts';
import { isUnexplained, outputHint, SILENT_HINT } from './output-hints.ts';
import { OutputTail } from './output-tail.ts';
import { BOLD, DIM, RED, type Screen } from './screen.ts';
import { withOttofileLines } from './script-lines.ts';
import { shownLines } from './shown-lines.ts';
import { listedNames, quotedName } from './shown-name.ts';
import { type DescribeFailure, outcomeWords, type Words } from './words.ts';

/** The log has the rest. */
const SHOWN_LINE_BYTES = 500;
/** Of more failed tasks than these the names are told. */
const SHOWN_TASKS = 20;

/** What a report cannot know by itself. */
export interface Explain {
  readonly describe: DescribeFailure;
  /** The ottofile as the user would name it, when a task's script stands in it line by line; else null. */
  readonly ottofileOf: (task: TaskName) => string | null;
  readonly isBash: (task: TaskName) => boolean;
}

interface FailedTask {
  readonly task: TaskName;
  readonly outcome: Outcome;
  readonly directory: string;
  readonly tail: OutputTail | undefined;
}

/** Remembers what is needed to show each failed task once more when all is over. */
export class FailedTasks {
  readonly #running = new Map<TaskName, OutputTail>();
  readonly #failed: FailedTask[] = [];
  readonly #more: TaskName[] = [];

  listen(event: RunEvent): void {
    if (event.type === 'task-output') this.#tailOf(event.task).add(event.stream, event.chunk);
    // What an earlier attempt has said does not tell why the last one failed.
    if (event.type === 'task-retrying') this.#running.delete(event.task);
    if (event.type !== 'task-finished') return;
    const { task, outcome, directory } = event;
    if (outcome.kind === 'failed') {
      if (this.#failed.length < SHOWN_TASKS)
        this.#failed.push({ task, outcome, directory, tail: this.#running.get(task) });
      else this.#more.push(task);
    }
    this.#running.delete(task);
  }

  /** Each with its reason, what of its output tells why, and where all of it is. Those that failed by themselves are the last. */
  show(screen: Screen, explain: Explain): void {
    if (this.#more.length > 0) {
      const label = screen.style('stderr', RED, 'otto:');
      screen.lines('stderr', `${label} ${this.#more.length} more failed: ${listedNames(this.#more)}\n`);
    }
    const inOrder = [
      ...this.#failed.filter(({ outcome }) => wasCutShort(outcome)),
      ...this.#failed.filter(({ outcome }) => !wasCutShort(outcome)),
    ];
    for (const failed of inOrder) screen.lines('stderr', block(failed, screen, explain));
  }

  #tailOf(task: TaskName): OutputTail {
    const tail = this.#running.get(task) ?? new OutputTail();
    this.#running.set(task, tail);
    return tail;
  }
}

function block(failed: FailedTask, screen: Screen, explain: Explain): Buffer {
  const { task, directory, tail } = failed;
  const lines = linesOf(failed, explain);
  const { message, hint } = wordsOf(failed, lines, explain);
  const parts: (string | Buffer)[] = [
    `${screen.style('stderr', RED, 'otto:')} task ${screen.style('stderr', BOLD, quotedName(task))} ${message}\n`,
  ];
  if (hint !== undefined) parts.push(`  hint: ${hint}\n`);
  for (const line of lines) parts.push('  | ', shortened(line), '\n');
  for (const stream of [...(tail?.streams ?? [])].sort()) {
    parts.push(screen.style('stderr', DIM, `  log: ${join(directory, `${stream}.log`)}`), '\n');
  }
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** What the output tells is more than what the exit code does. */
function wordsOf({ task, outcome, tail }: FailedTask, lines: readonly Buffer[], explain: Explain): Words {
  const words = outcomeWords(outcome, explain.describe);
  const isSilent = tail === undefined && isUnexplained(outcome) && explain.isBash(task);
  return { ...words, hint: outputHint(lines) ?? (isSilent ? SILENT_HINT : words.hint) };
}

/** Of a task that was cut short nobody asks what it was saying. */
function linesOf({ task, outcome, directory, tail }: FailedTask, explain: Explain): readonly Buffer[] {
  if (tail === undefined || wasCutShort(outcome)) return [];
  const lines = shownLines(tail.lines());
  const ottofile = explain.ottofileOf(task);
  return ottofile === null ? lines : withOttofileLines(lines, directory, ottofile);
}

/** Cuts before a character that would be split. */
function shortened(line: Buffer): Buffer {
  if (line.length <= SHOWN_LINE_BYTES) return line;
  let end = SHOWN_LINE_BYTES;
  while (end > SHOWN_LINE_BYTES - 4 && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  return Buffer.concat([line.subarray(0, end), Buffer.from(' …')]);
}

const wasCutShort = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && (outcome.reason.kind === 'interrupted' || outcome.reason.kind === 'stopped');
