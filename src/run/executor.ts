import { nowMs } from '../base/clock.ts';
import { FailureError } from '../base/failure.ts';
import { ok } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import type { PrintedValues } from '../data/captures/captured.ts';
import { localNameOf } from '../data/input-keys.ts';
import type { PlannedTask } from '../graph/plan.ts';
import { attemptTask } from './attempt.ts';
import { attemptRepeatedly } from './attempts.ts';
import { conditionHolds } from './condition.ts';
import type { Outcome } from './events.ts';
import type { ExecutorContext, ReachedTask } from './executor-context.ts';
import { isWatched } from './freshness/definition.ts';
import { CONDITION_FALSE, type Ended, NOT_STARTED, outcomeOf, UP_TO_DATE } from './outcome.ts';
import { reachedVariables } from './reached-variables.ts';
import { taskDirectory } from './run-directory.ts';

/** What a task ended with, and how long it took. */
export interface Execution {
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/**
 * Runs one task whose dependencies have ended. What can be expected to fail becomes its outcome. Its values are taken in
 * however it ended, and it lets go of those it has read only after that.
 */
export class Executor {
  readonly #context: ExecutorContext;

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  async execute(name: TaskName): Promise<Execution> {
    const task = this.#context.plan.tasks.get(name);
    if (task === undefined) throw new Error(`no task "${name}" in this run`);
    const startedMs = nowMs();
    let end = NOT_STARTED;
    try {
      end = await this.#run(task);
    } catch (error) {
      end = withFailure({ ...end, cut: this.#context.cuts.of(task) }, error);
    }
    const durationMs = nowMs() - startedMs;
    try {
      await this.#takeIn(name, end.printed);
    } catch (error) {
      end = withFailure(end, error);
    }
    const outcome = this.#withStreams(task, outcomeOf(end));
    if (outcome.kind === 'succeeded' || outcome.kind === 'fresh') this.#context.silent.succeeded(task);
    if (outcome.kind === 'succeeded' && isWatched(task)) await this.#context.freshness.succeeded(name);
    return { outcome, durationMs };
  }

  /** A task that was given only a part of a stream has not done its work, however it ended. */
  #withStreams(task: PlannedTask, outcome: Outcome): Outcome {
    const { streams } = this.#context;
    if (streams === null) return outcome;
    const cut = outcome.kind === 'succeeded' ? streams.cutFor(task) : null;
    return cut === null ? outcome : { kind: 'failed', reason: { kind: 'stream-cut', task: cut } };
  }

  /**
   * The steps of a task: its variables, what may make it unneeded (CONDITION_FALSE, UP_TO_DATE), its script. A step that it does
   * not ask for is not awaited: most tasks ask for none.
   */
  async #run(task: PlannedTask): Promise<Ended> {
    const ready = this.#context.variables.ready(task);
    const variables = ready === null ? await reachedVariables(this.#context, task) : ok(ready);
    if (!variables.ok) return { ...NOT_STARTED, cut: variables.error };
    const reached = { task, variables: variables.value, attempt: 1 };
    if (task.definition.condition !== null && !(await this.#isWanted(reached))) return CONDITION_FALSE;
    if (isWatched(task)) {
      const why = await this.#context.freshness.decide(reached);
      if (why === null) return UP_TO_DATE;
      this.#context.emit({ type: 'task-stale', task: task.name, why });
    }
    const { retries } = task.definition;
    return retries === null
      ? attemptTask(this.#context, reached)
      : attemptRepeatedly(this.#context, reached, retries);
  }

  /** Its `if`. A `foreach` leaves that to its items. */
  async #isWanted({ task, variables, attempt }: ReachedTask): Promise<boolean> {
    const { data, plan, runDirectory, environmentOf, stores } = this.#context;
    if (task.role === 'foreach') return true;
    const store = stores?.of(task.name);
    return conditionHolds(task, {
      environment: environmentOf({
        task: task.name,
        taskDirectory: taskDirectory(runDirectory, task.name),
        attempt,
        variables,
        prepared: store === undefined ? {} : { OTTO_STORE: store },
      }),
      inputs: () =>
        data.valuesOf(plan.reads.get(task.name) ?? []).map((values) => ({
          ...values,
          localName: localNameOf(values.task, task.definition.file.prefix),
        })),
    });
  }

  async #takeIn(name: TaskName, printed: PrintedValues | null): Promise<void> {
    const { data, plan, emit } = this.#context;
    try {
      for (const notice of await data.finish(name, printed))
        emit({ type: 'task-notice', task: name, notice });
    } finally {
      for (const dependency of plan.reads.get(name) ?? []) data.readerEnded(dependency);
    }
  }
}

/** The first failure is the one told: later ones follow from it. Anything but an expected failure is a bug. */
function withFailure(end: Ended, error: unknown): Ended {
  if (!(error instanceof FailureError)) throw error;
  return { ...end, failure: end.failure ?? error.failure };
}
