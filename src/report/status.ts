import { nowMs } from '../base/clock.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Listener, RunEvent } from '../run/events.ts';
import { progressWords, statusText } from './status-text.ts';

/** The place where the line is shown. */
export interface StatusPlace {
  /** Of the terminal, now. */
  readonly columns: () => number;
  /** Replaces the line; empty: there is none. */
  readonly show: (line: string) => void;
  /** Whether this task has the terminal for itself. */
  readonly isInteractive: (task: TaskName) => boolean;
}

/** At most ten times a second. A run that is shorter shows no line at all. */
const PAUSE_MS = 100;
const SECOND_MS = 1000;

/** What goes on in a run, in one line that changes. */
export class StatusReporter {
  readonly #place: StatusPlace;
  /** What each running task has said of its progress last. */
  readonly #running = new Map<TaskName, string>();
  /** Tasks that have the terminal for themselves. */
  readonly #interactive = new Set<TaskName>();
  readonly #tasks = new Set<TaskName>();
  #done = 0;
  #failed = 0;
  #startedMs = 0;
  #goesOn = false;
  #shownMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(place: StatusPlace) {
    this.#place = place;
  }

  readonly listen: Listener = (event) => {
    if (!this.#note(event)) return;
    if (event.type === 'run-finished') this.stop();
    else this.update();
  };

  /** Something has changed, also the width of the terminal: shows it now, or as soon as it may. */
  update(): void {
    if (!this.#goesOn) return;
    const waitMs = this.#shownMs + PAUSE_MS - nowMs();
    if (this.#interactive.size === 0 && waitMs > 0) this.#wait(waitMs);
    else this.#show();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#goesOn = false;
    this.#place.show('');
  }

  /** False when the event changes nothing that is shown. */
  #note(event: RunEvent): boolean {
    switch (event.type) {
      case 'run-started':
        this.#startedMs = this.#shownMs = nowMs();
        this.#goesOn = true;
        for (const task of event.tasks) this.#tasks.add(task);
        return true;
      case 'tasks-added':
        for (const task of event.tasks) this.#tasks.add(task);
        return true;
      case 'task-started':
        this.#running.set(event.task, '');
        if (this.#place.isInteractive(event.task)) this.#interactive.add(event.task);
        return true;
      case 'task-progress':
        if (this.#running.has(event.task)) this.#running.set(event.task, progressWords(event));
        return true;
      case 'task-retrying':
        this.#running.set(event.task, '');
        return true;
      case 'task-finished':
        this.#running.delete(event.task);
        this.#interactive.delete(event.task);
        this.#done++;
        if (event.outcome.kind === 'failed') this.#failed++;
        return true;
      case 'run-finished':
        return true;
      default:
        return false;
    }
  }

  #show(): void {
    this.#shownMs = nowMs();
    this.#place.show(this.#interactive.size > 0 ? '' : this.#text());
    this.#wait(SECOND_MS - ((nowMs() - this.#startedMs) % SECOND_MS));
  }

  #text(): string {
    const elapsedMs = nowMs() - this.#startedMs;
    const running = [...this.#running].map(([name, progress]) => `${name}${progress}`);
    const status = { done: this.#done, total: this.#tasks.size, failed: this.#failed, running, elapsedMs };
    // The last column stays free: not all terminals keep the cursor there.
    return statusText(status, this.#place.columns() - 1);
  }

  /** It never keeps otto from ending. */
  #wait(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(), ms).unref();
  }
}
