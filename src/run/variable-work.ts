import { nowMs } from '../base/clock.ts';
import type { TaskName } from '../base/task-name.ts';
import type { CancelOptions } from './cancel.ts';
import type { CommandGroup } from './command-runner.ts';
import type { TaskVariables } from './environment.ts';
import type { Variable } from './variable-scope.ts';
import type { Evaluated, Evaluating } from './variable-values.ts';

/** The working out of one scope's variables, for all tasks that wait for it. When none does any longer, its commands are ended. */
export class ScopeWork {
  readonly evaluated: Promise<Evaluated>;
  readonly #commands: CommandGroup;
  readonly #waiting = new Set<TaskName>();
  #state: 'working' | 'done' | 'abandoned' = 'working';
  #variable: Variable | null = null;

  constructor(commands: CommandGroup, begin: (evaluating: Evaluating) => Promise<Evaluated>) {
    this.#commands = commands;
    const now = (variable: Variable): void => {
      this.#variable = variable;
    };
    const done = (): void => {
      if (this.#state === 'working') this.#state = 'done';
    };
    this.evaluated = begin({ commands, now });
    this.evaluated.then(done, done);
  }

  /** It was ended before its time: what it comes to is nobody's value. */
  get abandoned(): boolean {
    return this.#state === 'abandoned';
  }

  /** The one that is being worked out; null once all are, and before the first. */
  get variable(): Variable | null {
    return this.#state === 'done' ? null : this.#variable;
  }

  join(task: TaskName): void {
    this.#waiting.add(task);
  }

  /** Resolves when nothing is left of what was started for this task alone. */
  async leave(task: TaskName, options: CancelOptions): Promise<void> {
    this.#waiting.delete(task);
    if (this.#state !== 'working' || this.#waiting.size > 0) return;
    this.#state = 'abandoned';
    await this.#commands.end(options);
  }
}

/** What a task goes through to its variables: those of its file, then its own. */
export class TaskWork {
  readonly sinceMs = nowMs();
  readonly variables: Promise<TaskVariables>;
  readonly #task: TaskName;
  #scope: ScopeWork | null = null;
  #left: CancelOptions | null = null;

  constructor(task: TaskName, workOut: (work: TaskWork) => Promise<TaskVariables>) {
    this.#task = task;
    this.variables = workOut(this);
    // Whoever waits hears of it. A task that has left does not.
    this.variables.catch(() => undefined);
  }

  /** Waits for a scope. A task that has left meanwhile starts nothing there. */
  waitFor(scope: ScopeWork): Promise<Evaluated> {
    this.#scope = scope;
    scope.join(this.#task);
    if (this.#left !== null) void scope.leave(this.#task, this.#left);
    return scope.evaluated;
  }

  /** The task waits no longer. Resolves with the variable that it has waited for, when what it alone needed has ended. */
  async leave(options: CancelOptions): Promise<Variable | null> {
    this.#left = options;
    const variable = this.#scope?.variable ?? null;
    await this.#scope?.leave(this.#task, options);
    return variable;
  }
}
