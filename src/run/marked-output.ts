import { MarkerValues } from '../data/captures/marker-values.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { ExecutorContext } from './executor-context.ts';

type Context = Pick<ExecutorContext, 'emit' | 'pressure'>;

/** The stdout of a task with `markers`: shows it without them, and takes the values in them. */
export class MarkedOutput {
  readonly values: MarkerValues;
  readonly #context: Context;
  readonly #task: PlannedTask;

  constructor(context: Context, task: PlannedTask, taskDirectory: string) {
    this.#context = context;
    this.#task = task;
    this.values = new MarkerValues({
      task: task.name,
      taskDirectory,
      show: (chunk) => this.#show(chunk),
    });
  }

  push(chunk: Buffer): void {
    this.values.push(chunk);
  }

  /** The task has ended. What looked like a marker and was never closed is shown now, no faster than it is read. */
  async end(): Promise<void> {
    this.values.end();
    const { unclosed } = this.values;
    if (unclosed === null) return;
    const { emit, pressure } = this.#context;
    const notice = { kind: 'marker-not-closed', key: unclosed.key } as const;
    emit({ type: 'task-notice', task: this.#task.name, notice });
    for (const piece of unclosed.pieces()) {
      if (pressure.isFull()) await new Promise<void>((resolve) => pressure.whenRoom(resolve));
      this.#show(piece);
    }
  }

  #show(chunk: Buffer): void {
    this.#context.emit({
      type: 'task-output',
      task: this.#task.name,
      stream: 'stdout',
      chunk,
      isFiltered: true,
    });
  }
}
