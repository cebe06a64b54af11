import { parseValue } from './expansion.ts';
import { offsetInLine } from './place.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';

export interface EnvAt {
  readonly name: string;
  readonly nameAt: number;
  readonly value: string;
  readonly valueAt: number;
}

/** Linux refuses to start a program when one `name=value` with its final NUL is longer than this (MAX_ARG_STRLEN). */
const MAX_VARIABLE_BYTES = 131_072;

/** What otto itself tells every task. A file that set one of them would be ignored, so it is told. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'OTTO_TASK',
  'OTTO_TASK_DIR',
  'OTTO_RUN_DIR',
  'OTTO_WORKSPACE',
  'OTTO_STORE',
  'OTTO_SPOOL',
  'OTTO_CLIENTS',
  'OTTO_SHM_DIR',
  'OTTO_SOCKET',
  'OTTO_SEND',
  'OTTO_INPUT_STREAM',
  'OTTO_INPUT_PIPE',
  'OTTO_OUTPUT_STREAM',
  'OTTO_OUTPUT_PIPE',
]);

/** Reports what is wrong with one variable; true when a task can be given it. */
export function checkEnv(source: Source, env: EnvAt): boolean {
  const { name, nameAt, value, valueAt } = env;
  if (name === '' || /[=\0\p{Surrogate}]/u.test(name)) {
    source.error(nameAt, `${quote(name)} cannot be the name of a variable`, 'use letters, digits and "_"');
    return false;
  }
  if (OWN_NAMES.has(name)) {
    source.error(nameAt, `${name} is set by otto itself`, 'choose another name');
    return false;
  }
  if (/[\0\p{Surrogate}]/u.test(value)) {
    source.error(
      valueAt,
      `the value of ${quote(name)} holds a character that no variable can (NUL or half a pair)`,
      'remove the character',
    );
    return false;
  }
  return checkLength(source, env) && checkExpansion(source, env);
}

function checkLength(source: Source, { name, value, valueAt }: EnvAt): boolean {
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  if (bytes <= MAX_VARIABLE_BYTES) return true;
  const limit = `a variable with its name can have ${MAX_VARIABLE_BYTES - 1} bytes`;
  source.error(
    valueAt,
    `the value of ${quote(name)} is too long: ${limit}`,
    'let a task set it: otto.set key - < file',
  );
  return false;
}

function checkExpansion(source: Source, { name, value, valueAt }: EnvAt): boolean {
  const parsed = parseValue(value);
  if (parsed.ok) return true;
  const { offset, message, hint } = parsed.error;
  const behind = offsetInLine(source.text, { text: value, start: valueAt, offset });
  source.error(valueAt + behind, `the value of ${quote(name)}: ${message}`, hint);
  return false;
}
