import { fstatSync } from 'node:fs';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { BackPressure } from '../run/back-pressure.ts';
import { Output, pressureOf, type Write } from './output.ts';

/** Puts a style around text, or nothing when the stream shows none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** What stands below everything that is written to a terminal. */
export interface AtFoot {
  above(bytes: string | Uint8Array): void;
}

/** The place for it. */
export interface Foot {
  readonly put: (atFoot: AtFoot | null) => void;
  /** Writes as if there was nothing. */
  readonly write: Write;
}

/** The only way in which the command line reaches its user. */
export interface Terminal {
  readonly out: Write;
  readonly err: Write;
  readonly outColours: boolean;
  readonly errColours: boolean;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** True once nothing that is written to `out` arrives any more: whoever has more of it may stop. */
  readonly outLost: () => boolean;
  /** The foot of the terminal that stderr leads to; null: no terminal that a line could change on. */
  readonly foot: Foot | null;
  /** Holds back who writes faster than the user's side reads. */
  readonly pressure: BackPressure;
}

export function processTerminal(): Terminal {
  const outColours = hasColours(1);
  const errColours = hasColours(2);
  const stdout = new Output('stdout');
  // Through one stream everything arrives in the order in which it was written, also when the other end is slow.
  const stderr = leadToOne() ? stdout : new Output('stderr');
  const foot = canChangeLines() ? new TerminalFoot(stderr.write) : null;
  const err = foot?.above ?? stderr.write;
  return {
    out: stdout === stderr ? err : stdout.write,
    err,
    outLost: () => stdout.lost,
    pressure: pressureOf([stdout, stderr]),
    foot,
    outColours,
    errColours,
    outStyle: makeStyle(outColours),
    errStyle: makeStyle(errColours),
  };
}

class TerminalFoot implements Foot {
  readonly write: Write;
  #atFoot: AtFoot | null = null;

  constructor(write: Write) {
    this.write = write;
  }

  readonly put = (atFoot: AtFoot | null): void => {
    this.#atFoot = atFoot;
  };

  readonly above: Write = (bytes) => {
    if (this.#atFoot === null) this.write(bytes);
    else this.#atFoot.above(bytes);
  };
}

/** Whether somebody sits before stderr whose terminal can do more than go on with the next line. */
function canChangeLines(): boolean {
  const { TERM, CI } = process.env;
  return Boolean(TERM) && TERM !== 'dumb' && !CI && isTerminal(2);
}

/** Whether stdout and stderr are the same terminal or pipe (`2>&1`). */
function leadToOne(): boolean {
  try {
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return out.ino === err.ino && out.dev === err.dev && !out.isFile();
  } catch {
    return false;
  }
}

/** Colours only where somebody looks at them, and never against NO_COLOR; FORCE_COLOR asks for them elsewhere. */
function hasColours(fd: 1 | 2): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== '0' : isTerminal(fd) && TERM !== 'dumb';
}

/** Node's streams, and its module for terminals, are loaded only where there can be one and nobody else can tell. */
function isTerminal(fd: 1 | 2): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  const native = nativeOrNull();
  return native?.isTerminal(fd) ?? (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}

export function makeStyle(colours: boolean): Style {
  const sgr = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), yellow: sgr(33, 39), cyan: sgr(36, 39) };
}
