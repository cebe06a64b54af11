import type { TaskName } from '../../src/base/task-name.ts';
import type { Explain } from '../../src/report/failures.ts';
import { Screen, type StreamName } from '../../src/report/screen.ts';
import type { DescribeFailure } from '../../src/report/words.ts';
import type { Listener, Outcome, RunEvent } from '../../src/run/events.ts';

export const AT = new Date('2026-11-23T04:51:07.123Z');
export const task = (name: string): TaskName => name as TaskName;
export const describeFailure: DescribeFailure = (failure) => ({ message: `otto: ${failure.kind}` });
export const explain: Explain = { describe: describeFailure, ottofileOf: () => null, isBash: () => false };

/** A screen that remembers what was written, with the stream of every piece. */
export class Paper {
  readonly screen: Screen;
  readonly written: { readonly stream: StreamName; readonly bytes: Buffer }[] = [];

  constructor(colours = false) {
    const writer = (stream: StreamName) => (bytes: string | Uint8Array) =>
      void this.written.push({ stream, bytes: Buffer.from(bytes as string) });
    this.screen = new Screen({
      stdout: writer('stdout'),
      stderr: writer('stderr'),
      colours: { stdout: colours, stderr: colours },
    });
  }

  bytes(stream?: StreamName): Buffer {
    const wanted = this.written.filter((piece) => stream === undefined || piece.stream === stream);
    return Buffer.concat(wanted.map(({ bytes }) => bytes));
  }

  text(stream?: StreamName): string {
    return this.bytes(stream).toString();
  }
}

export function play(listener: Listener, events: readonly RunEvent[]): void {
  for (const event of events) listener(event);
}

export const started = (...tasks: string[]): RunEvent => ({
  type: 'run-started',
  directory: '/run',
  tasks: tasks.map(task),
  at: AT,
});

export const output = (name: string, chunk: string | Buffer, stream: StreamName = 'stdout'): RunEvent => ({
  type: 'task-output',
  task: task(name),
  stream,
  chunk: Buffer.from(chunk as string),
});

export const finished = (name: string, outcome: Outcome = { kind: 'succeeded' }): RunEvent => ({
  type: 'task-finished',
  task: task(name),
  outcome,
  at: AT,
  durationMs: 5,
  directory: `/run/tasks/${name}`,
});

export const exit = (code: number): Outcome => ({ kind: 'failed', reason: { kind: 'exit', code } });

export const ended = (result: 'succeeded' | 'failed' | 'interrupted', durationMs = 1234): RunEvent => ({
  type: 'run-finished',
  result,
  at: AT,
  durationMs,
});
