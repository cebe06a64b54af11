/** What takes the output of tasks may be slower than they are. */
export interface BackPressure {
  /** True while it has so much waiting that tasks should not write more. */
  isFull(): boolean;
  /** Calls back once, when that is over. */
  whenRoom(resume: () => void): void;
}

/** Hands on the pressure until it is released: who ends a run does not wait for somebody to read its output. */
export class ReleasablePressure implements BackPressure {
  readonly #source: BackPressure | null;
  #waiting: (() => void)[] = [];
  #released = false;

  constructor(source: BackPressure | null) {
    this.#source = source;
  }

  isFull(): boolean {
    return !this.#released && this.#source !== null && this.#source.isFull();
  }

  whenRoom(resume: () => void): void {
    this.#waiting.push(resume);
    if (this.#waiting.length === 1) this.#source?.whenRoom(() => this.#resumeAll());
  }

  release(): void {
    this.#released = true;
    this.#resumeAll();
  }

  #resumeAll(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
