import { isatty } from 'node:tty';

/** Puts a style around text, or nothing when the stream shows none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The only way in which the command line reaches its user. */
export interface Terminal {
  readonly out: (bytes: string | Uint8Array) => void;
  readonly err: (bytes: string | Uint8Array) => void;
  readonly outColours: boolean;
  readonly errColours: boolean;
  readonly outStyle: Style;
  readonly errStyle: Style;
}

/** Node's streams are made when something is written: a run without output starts without them. */
export function processTerminal(): Terminal {
  const outColours = hasColours(1);
  const errColours = hasColours(2);
  return {
    out: writer(() => process.stdout),
    err: writer(() => process.stderr),
    outColours,
    errColours,
    outStyle: makeStyle(outColours),
    errStyle: makeStyle(errColours),
  };
}

/** Colours only where somebody looks at them, and never against NO_COLOR. */
const hasColours = (fd: number): boolean =>
  isatty(fd) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

export function makeStyle(colours: boolean): Style {
  const sgr = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), yellow: sgr(33, 39), cyan: sgr(36, 39) };
}

function writer(open: () => NodeJS.WriteStream): (bytes: string | Uint8Array) => void {
  let stream: NodeJS.WriteStream | undefined;
  return (bytes) => {
    stream ??= open().on('error', ignoreClosedReader);
    stream.write(bytes);
  };
}

/** `otto list | head -1` is no error, and a run goes on when nobody reads its output any more. */
function ignoreClosedReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
