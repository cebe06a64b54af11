/** Takes bytes for one of otto's own streams; returns when they are on their way. */
export type Writer = (bytes: string | Uint8Array) => void;

export type StreamName = 'stdout' | 'stderr';

export interface ScreenOptions {
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Whether a stream shows colours. */
  readonly colours: Readonly<Record<StreamName, boolean>>;
}

interface OpenLine {
  readonly stream: StreamName;
  readonly source: string;
  /** Nothing may be added to its stream, not even the newline that would end it. */
  readonly exact: boolean;
}

/**
 * The one place through which reporters write. Both streams usually end on one terminal, so an unfinished line of one
 * source is ended before anything else is written, on either stream.
 */
export class Screen {
  readonly #options: ScreenOptions;
  #open: OpenLine | null = null;
  /** Somebody has the screen for himself; the others wait in their order. */
  #taken = false;
  readonly #waiting: (() => void)[] = [];
  #whenIdle: (() => void)[] = [];

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Writes whole lines. */
  lines(stream: StreamName, bytes: string | Uint8Array): void {
    if (this.#taken) {
      this.#waiting.push(() => this.lines(stream, bytes));
      return;
    }
    this.#endOpenLine();
    this.#options[stream](bytes);
  }

  /** Writes a part of a line; more of it may follow. `source` names whose line it is. */
  part(stream: StreamName, source: string, bytes: Uint8Array): void {
    if (!this.isOpen(stream, source)) this.#endOpenLine();
    this.#options[stream](bytes);
    this.#open = { stream, source, exact: false };
  }

  /** Ends a line that `part` has begun. */
  endPart(stream: StreamName, source: string, bytes: Uint8Array): void {
    this.part(stream, source, bytes);
    this.#open = null;
  }

  /** Writes bytes as they are. When they leave a line open, what is told next begins a new one, on stderr. */
  exactly(stream: StreamName, bytes: Uint8Array): void {
    this.#options[stream](bytes);
    this.#open = bytes.at(-1) === NEWLINE ? null : { stream, source: '', exact: true };
  }

  /** True when what is written next for this source goes on with its line. */
  isOpen(stream: StreamName, source: string): boolean {
    return this.#open?.stream === stream && this.#open.source === source;
  }

  style(stream: StreamName, code: number, text: string): string {
    return this.#options.colours[stream] ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  /**
   * For whoever writes over more than one turn: `work` has the screen for itself until it has ended. `lines` of others, and others'
   * `work`, wait for it.
   */
  alone(work: (write: ScreenOptions) => Promise<void>): void {
    if (this.#taken) {
      this.#waiting.push(() => this.alone(work));
      return;
    }
    this.#endOpenLine();
    this.#taken = true;
    void work(this.#options).finally(() => this.#release());
  }

  /** Resolves when nobody has the screen for himself or waits for it. */
  idle(): Promise<void> {
    return this.#taken ? new Promise((resolve) => this.#whenIdle.push(resolve)) : Promise.resolve();
  }

  #release(): void {
    this.#taken = false;
    while (!this.#taken && this.#waiting.length > 0) this.#waiting.shift()?.();
    if (this.#taken) return;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }

  #endOpenLine(): void {
    if (this.#open === null) return;
    this.#options[this.#open.exact ? 'stderr' : this.#open.stream]('\n');
    this.#open = null;
  }
}

const NEWLINE = 10;

/** SGR codes. */
export const BOLD = 1;
export const DIM = 2;
export const RED = 31;
export const GREEN = 32;
export const YELLOW = 33;
