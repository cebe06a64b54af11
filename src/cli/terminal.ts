import { fstatSync } from 'node:fs';

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
  readonly out: Write;
  readonly err: Write;
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
    out: writer('stdout'),
    err: writer('stderr'),
    outColours,
    errColours,
    outStyle: makeStyle(outColours),
    errStyle: makeStyle(errColours),
  };
}

/** Colours only where somebody looks at them, and never against NO_COLOR. */
const hasColours = (fd: 1 | 2): boolean =>
  isTerminal(fd) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** Node's streams, and its module for terminals, are loaded only where there can be one. */
function isTerminal(fd: 1 | 2): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}

export function makeStyle(colours: boolean): Style {
  const sgr = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), yellow: sgr(33, 39), cyan: sgr(36, 39) };
}

export type Write = (bytes: string | Uint8Array) => void;

/**
 * Writing never throws: a run goes on when nobody reads its output any more (`otto run | head -1`), and that is no error. Any
 * other problem, such as a full disk, is told once and makes the exit code 1.
 */
function writer(name: 'stdout' | 'stderr'): Write {
  let stream: NodeJS.WriteStream | undefined;
  let broken = false;
  const fail = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || broken) return;
    broken = true;
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
    if (name === 'stdout') process.stderr.write(`otto: cannot write to stdout: ${error.message}\n`);
  };
  return (bytes) => {
    if (broken) return;
    try {
      stream ??= process[name].on('error', fail);
      stream.write(bytes);
    } catch (error) {
      // Files are written at once, and throw instead of telling later.
      fail(error as NodeJS.ErrnoException);
    }
  };
}
