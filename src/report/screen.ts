/** Takes bytes for one of otto's own streams; returns when they are on their way. */
export type Writer = (bytes: string | Uint8Array) => void;

export type StreamName = 'stdout' | 'stderr';

export interface ScreenOptions {
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Whether a stream shows colours. */
  readonly colours: Readonly<Record<StreamName, boolean>>;
}

/**
 * The one place through which reporters write. Both streams usually end on one terminal, so an unfinished line of one
 * source is ended before anything else is written, on either stream.
 */
export class Screen {
  readonly #options: ScreenOptions;
  #open: { readonly stream: StreamName; readonly source: string } | null = null;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Writes whole lines. */
  lines(stream: StreamName, bytes: string | Uint8Array): void {
    this.#endOpenLine();
    this.#options[stream](bytes);
  }

  /** Writes a part of a line; more of it may follow. `source` names whose line it is. */
  part(stream: StreamName, source: string, bytes: Uint8Array): void {
    if (!this.isOpen(stream, source)) this.#endOpenLine();
    this.#options[stream](bytes);
    this.#open = { stream, source };
  }

  /** Ends a line that `part` has begun. */
  endPart(stream: StreamName, source: string, bytes: Uint8Array): void {
    this.part(stream, source, bytes);
    this.#open = null;
  }

  /** True when what is written next for this source goes on with its line. */
  isOpen(stream: StreamName, source: string): boolean {
    return this.#open?.stream === stream && this.#open.source === source;
  }

  style(stream: StreamName, code: number, text: string): string {
    return this.#options.colours[stream] ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #endOpenLine(): void {
    if (this.#open === null) return;
    this.#options[this.#open.stream]('\n');
    this.#open = null;
  }
}

/** SGR codes. */
export const BOLD = 1;
export const DIM = 2;
export const RED = 31;
export const YELLOW = 33;
