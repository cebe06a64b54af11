import { join } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import type { Outcome, RunEvent } from '../run/events.ts';
import { OutputTail } from './output-tail.ts';
import { BOLD, DIM, RED, type Screen } from './screen.ts';
import { shownLines } from './shown-lines.ts';
import { type DescribeFailure, outcomeWords } from './words.ts';

/** The log has the rest. */
const SHOWN_LINE_BYTES = 500;

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

  listen(event: RunEvent): void {
    if (event.type === 'task-output') this.#tailOf(event.task).add(event.stream, event.chunk);
    if (event.type !== 'task-finished') return;
    const { task, outcome, directory } = event;
    if (outcome.kind === 'failed')
      this.#failed.push({ task, outcome, directory, tail: this.#running.get(task) });
    this.#running.delete(task);
  }

  /** Each with its reason, what of its output tells why, and where all of it is. */
  show(screen: Screen, describe: DescribeFailure): void {
    // What was only stopped is not what went wrong, and that is to be the last on the screen.
    const stopped = this.#failed.filter(({ outcome }) => wasStopped(outcome));
    const others = this.#failed.filter(({ outcome }) => !wasStopped(outcome));
    for (const failed of [...stopped, ...others]) screen.lines('stderr', block(failed, screen, describe));
  }

  #tailOf(task: TaskName): OutputTail {
    const tail = this.#running.get(task) ?? new OutputTail();
    this.#running.set(task, tail);
    return tail;
  }
}

function block(
  { task, outcome, directory, tail }: FailedTask,
  screen: Screen,
  describe: DescribeFailure,
): Buffer {
  const { message, hint } = outcomeWords(outcome, describe);
  const parts: (string | Buffer)[] = [
    `${screen.style('stderr', RED, 'otto:')} task ${screen.style('stderr', BOLD, JSON.stringify(task))} ${message}\n`,
  ];
  if (hint !== undefined) parts.push(`  hint: ${hint}\n`);
  // Who interrupts a run does not ask what its tasks were saying.
  const lines = wasInterrupted(outcome) || wasStopped(outcome) ? [] : shownLines(tail?.lines() ?? []);
  for (const line of lines) parts.push('  | ', shortened(line), '\n');
  for (const stream of [...(tail?.streams ?? [])].sort()) {
    parts.push(screen.style('stderr', DIM, `  log: ${join(directory, `${stream}.log`)}`), '\n');
  }
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Cuts before a character that would be split. */
function shortened(line: Buffer): Buffer {
  if (line.length <= SHOWN_LINE_BYTES) return line;
  let end = SHOWN_LINE_BYTES;
  while (end > SHOWN_LINE_BYTES - 4 && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  return Buffer.concat([line.subarray(0, end), Buffer.from(' …')]);
}

const wasStopped = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && outcome.reason.kind === 'stopped';

const wasInterrupted = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && outcome.reason.kind === 'interrupted';
