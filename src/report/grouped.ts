import type { TaskName } from '../base/task-name.ts';
import type { BackPressure } from '../run/back-pressure.ts';
import type { Listener, RunEvent } from '../run/events.ts';
import { taskDirectory } from '../run/run-directory.ts';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';
import { Logs, streamLogs } from './log-stream.ts';
import { BOLD, GREEN, RED, type Screen } from './screen.ts';
import { shownName } from './shown-name.ts';
import { type DescribeFailure, durationWords, outcomeWords, retryWords } from './words.ts';

export interface Grouping {
  readonly describe: DescribeFailure;
  /** Of who reads; a block that is read from logs does not pile up before it. */
  readonly pressure: BackPressure;
  /** True once nobody waits for the rest of a long block, although the run was not interrupted. */
  readonly isLeft: () => boolean;
}

/** Shows the output of each task in one piece, when it has ended, below a line that says how. */
export function groupedReporter(screen: Screen, grouping: Grouping): Listener {
  const reporter = new Grouped(screen, grouping);
  return (event) => reporter.listen(event);
}

class Grouped {
  readonly #screen: Screen;
  readonly #grouping: Grouping;
  readonly #blocks = new Map<TaskName, Block>();
  #runDirectory = '';
  #interrupted = false;

  constructor(screen: Screen, grouping: Grouping) {
    this.#screen = screen;
    this.#grouping = grouping;
  }

  listen(event: RunEvent): void {
    const { describe } = this.#grouping;
    if (event.type === 'run-started') this.#runDirectory = event.directory;
    else if (event.type === 'interrupted') this.#interrupted = true;
    else if (event.type === 'task-output') this.#add(event);
    else if (event.type === 'task-retrying') {
      const directory = taskDirectory(this.#runDirectory, event.task);
      this.#show(event.task, { directory, failed: true, words: retryWords(event, describe) });
    } else if (event.type === 'task-finished' && event.outcome.kind !== 'skipped') {
      const { task, directory, outcome } = event;
      this.#show(task, { directory, failed: outcome.kind === 'failed', words: endWords(event, describe) });
    }
  }

  #add({ task, stream, chunk, isFiltered }: Extract<RunEvent, { type: 'task-output' }>): void {
    const block = this.#blockOf(task);
    block.add(stream, chunk);
    if (isFiltered) block.isFiltered = true;
  }

  #blockOf(task: TaskName): Block {
    const block = this.#blocks.get(task) ?? new Block();
    this.#blocks.set(task, block);
    return block;
  }

  #show(task: TaskName, { directory, failed, words }: BlockEnd): void {
    const screen = this.#screen;
    const block = this.#blockOf(task);
    this.#blocks.delete(task);
    const mark = screen.style('stderr', failed ? RED : GREEN, failed ? '!!!' : '===');
    screen.lines('stderr', `${mark} ${screen.style('stderr', BOLD, shownName(task))}: ${words}\n`);
    const kept = block.kept();
    if (kept === null) {
      // Opened now: before another attempt the logs are moved away.
      const logs = new Logs(directory, block.isFiltered);
      const { pressure, isLeft } = this.#grouping;
      const isInterrupted = (): boolean => this.#interrupted || isLeft();
      screen.alone((out) => streamLogs({ task, logs, block, out, pressure, isInterrupted }));
    } else writeKept(block, kept, screen);
  }
}

interface BlockEnd {
  readonly directory: string;
  readonly failed: boolean;
  readonly words: string;
}

/** `succeeded in 1.2s`. */
function endWords(
  { outcome, durationMs }: Extract<RunEvent, { type: 'task-finished' }>,
  describe: DescribeFailure,
): string {
  const { message } = outcomeWords(outcome, describe);
  return outcome.kind === 'fresh' ? message : `${message} in ${durationWords(durationMs)}`;
}

function writeKept(block: Block, kept: Buffer, screen: Screen): void {
  const writer = new BlockWriter({
    stdout: (bytes) => screen.lines('stdout', bytes),
    stderr: (bytes) => screen.lines('stderr', bytes),
  });
  let at = 0;
  for (const { stream, bytes } of block.pieces) {
    writer.write(stream, kept.subarray(at, at + bytes));
    at += bytes;
  }
  writer.end();
}
