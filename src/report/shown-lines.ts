/** Of what a failed task wrote, at most this many lines are shown; an error that Node reports may take some more. */
const SHOWN = 10;
const SHOWN_OF_ERROR = 24;
/** Of a longer error: its message and the line of the script; then its frames. */
const HEAD = 8;
const SHOWN_FRAMES = 4;

const FRAME = /^\s+at /;
/** Frames of Node itself say nothing about the script. The last one may open the error's properties. */
const INTERNAL_FRAME =
  /^\s+at (?:.*\()?node:[^()]*\)?(?<rest> \{)?$|^\s+at (?:async )?[\w.<> ]+ \(<anonymous>\)$/;
const NODE_VERSION = /^Node\.js v\d+\.\d+\.\d+\S*$/;
/** `file:///…/script.mjs:7`, above the line of the script and `^^^`. */
const PLACE = /^(?:file:\/\/\S*|\/\S*|node:\S*|\[eval\]|\[stdin\]):\d+$/;
const CARETS = /^\s*\^+\s*$/;

/** The lines that tell why a task failed: the last ones, and of an error that ended Node also its beginning. */
export function shownLines(all: readonly Buffer[]): Buffer[] {
  const lines = withoutNoise(all);
  const start = startOfError(lines);
  const rest = lines.length - start;
  if (start < 0 || rest <= SHOWN) return withoutLeadingBlanks(lines.slice(-SHOWN));
  if (rest <= SHOWN_OF_ERROR) return lines.slice(start);
  const frames = lines.slice(start + HEAD, -SHOWN).filter((line) => FRAME.test(textOf(line)));
  return [...lines.slice(start, start + HEAD), Buffer.from('…'), ...frames, ...lines.slice(-SHOWN)];
}

const withoutLeadingBlanks = (lines: readonly Buffer[]): Buffer[] =>
  lines.slice(lines.findIndex((line) => textOf(line) !== ''));

function withoutNoise(all: readonly Buffer[]): Buffer[] {
  const lines = [...all];
  while (lines.length > 0 && isNoise(textOf(lines[lines.length - 1]))) lines.pop();
  const kept: Buffer[] = [];
  let frames = 0;
  for (const line of lines) {
    const text = textOf(line);
    const internal = INTERNAL_FRAME.exec(text);
    frames = FRAME.test(text) ? frames + (internal === null ? 1 : 0) : 0;
    if (internal === null && frames <= SHOWN_FRAMES) kept.push(line);
    else if (text.endsWith(' {')) kept.push(Buffer.from('  {'));
  }
  return kept;
}

const isNoise = (text: string): boolean => text === '' || NODE_VERSION.test(text);

/** Where the last error begins that ended a Node process; -1: there is none. */
function startOfError(lines: readonly Buffer[]): number {
  return lines.findLastIndex(
    (line, at) =>
      PLACE.test(textOf(line)) && lines.slice(at + 1, at + 4).some((next) => CARETS.test(textOf(next))),
  );
}

const textOf = (line: Buffer | undefined): string => line?.toString('latin1', 0, 1000).trimEnd() ?? '';
