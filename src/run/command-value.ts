import { isUtf8 } from 'node:buffer';
import { unreachable } from '../base/result.ts';
import type { Part } from '../ottofile/expansion.ts';
import type { Diagnostic } from '../ottofile/model.ts';
import { errorAt, placeIn } from '../ottofile/place.ts';
import { quote, visible } from '../ottofile/quote.ts';
import type { CommandResult } from './shell-command.ts';
import type { ProgramEnd } from './spawn.ts';
import type { Variable } from './variable-scope.ts';

/** Linux refuses to start a program when one `name=value` with its final NUL is longer than this (MAX_ARG_STRLEN). */
export const MAX_VARIABLE_BYTES = 131_072;

const SHOWN_LINES = 5;
const HINT = 'it runs in bash; "|| true" behind a command takes its failure for an empty value';

export type CommandPart = Extract<Part, { kind: 'command' }>;

/** What a command printed, as bash takes it: without the line ends at its end. Else why that cannot be a value. */
export function valueOrProblem(
  { stdout, stderr, end }: CommandResult,
  variable: Variable,
  part: CommandPart,
): string | Diagnostic {
  const problem = (message: string, hint: string): Diagnostic =>
    errorAt(placeIn({ text: variable.value, at: variable.at }, part.offset), message, hint);
  const subject = `the command of ${quote(variable.name)}`;
  if (stdout.length > MAX_VARIABLE_BYTES)
    return problem(
      `${subject} printed more than a variable can have (${MAX_VARIABLE_BYTES - 1} bytes with its name)`,
      'let a task print it and set it: otto.set key - < file',
    );
  if (end.kind !== 'exit' || end.code !== 0)
    return problem(`${subject} ${endWords(end)}: ${quote(part.command)}${lastLines(stderr)}`, hintFor(end));
  if (stdout.includes(0)) return problem(`${subject} printed a NUL character`, 'no variable can hold one');
  if (!isUtf8(stdout)) return problem(`${subject} printed what is not UTF-8`, 'let it print text, or base64');
  return stdout.toString().replace(/\n+$/, '');
}

function endWords(end: ProgramEnd): string {
  switch (end.kind) {
    case 'exit':
      return `ended with exit code ${end.code}`;
    case 'signal':
      return `was ended by ${end.signal}`;
    case 'not-started':
      return `could not be started, because of ${quote(end.command)} (${end.code})`;
    default:
      return unreachable(end);
  }
}

const hintFor = (end: ProgramEnd): string =>
  end.kind === 'not-started' ? 'commands need bash; "bash: PATH" under "otto:" names another one' : HINT;

/** The end of what it said, on lines of their own. */
function lastLines(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-SHOWN_LINES)
    .map((line) => `\n  ${visible(line)}`)
    .join('');
}

/** The problem of a value that no environment can hold. */
export function tooLong({ name, at }: Variable, value: string): Diagnostic | null {
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  if (bytes <= MAX_VARIABLE_BYTES) return null;
  return errorAt(
    at,
    `the value of ${quote(name)} has ${bytes - 2} bytes with its name; a variable can have ${MAX_VARIABLE_BYTES - 2}`,
    'let a task set it: otto.set key - < file',
  );
}
