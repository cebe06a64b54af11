import type { TaskName } from '../base/task-name.ts';
import type { Listener, RunEvent } from '../run/events.ts';
import { Counts } from './counts.ts';
import { jsonOf, outputJson, runFinishedJson } from './json-event.ts';
import { LineCutter } from './line-cutter.ts';
import type { StreamName, Writer } from './screen.ts';
import type { DescribeFailure } from './words.ts';

/** Writes every event as one line of JSON: docs/events.md. */
export function jsonReporter(write: Writer, describe: DescribeFailure): Listener {
  const reporter = new JsonReporter(write, describe);
  return (event) => reporter.listen(event);
}

class JsonReporter {
  readonly #write: Writer;
  readonly #describe: DescribeFailure;
  readonly #counts = new Counts();
  readonly #output = new Map<TaskName, Record<StreamName, LineCutter>>();

  constructor(write: Writer, describe: DescribeFailure) {
    this.#write = write;
    this.#describe = describe;
  }

  listen(event: RunEvent): void {
    switch (event.type) {
      case 'task-output':
        this.#cutters(event.task)[event.stream].add(event.chunk);
        return;
      case 'run-finished':
        this.#line(runFinishedJson(event, this.#counts));
        return;
      case 'task-finished':
        this.#counts.add(event.task, event.outcome);
        this.#endOutput(event.task);
        break;
      case 'task-retrying':
        this.#endOutput(event.task);
        break;
      default:
    }
    this.#line(jsonOf(event, this.#describe));
  }

  #cutters(task: TaskName): Record<StreamName, LineCutter> {
    const known = this.#output.get(task);
    if (known !== undefined) return known;
    const cutter = (stream: StreamName) =>
      new LineCutter((piece) => this.#line(outputJson(task, stream, piece)));
    const cutters = { stdout: cutter('stdout'), stderr: cutter('stderr') };
    this.#output.set(task, cutters);
    return cutters;
  }

  /** What is left of the output belongs before the event that ends it. */
  #endOutput(task: TaskName): void {
    const cutters = this.#output.get(task);
    cutters?.stdout.end();
    cutters?.stderr.end();
    this.#output.delete(task);
  }

  #line(json: object): void {
    this.#write(`${JSON.stringify(json)}\n`);
  }
}
