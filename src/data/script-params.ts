import type { DataNotice } from './notice.ts';

/** What a script has a variable for besides the environment: a param, or the item of its foreach. A flag is a boolean. */
export type ScriptParam = string | boolean | readonly string[];

export type ScriptLanguage = 'bash' | 'python' | 'node' | 'other';

/** By the variable's name. */
export type ScriptParams = Readonly<Record<string, ScriptParam>>;

export const NO_PARAMS: ScriptParams = {};

/** As the environment has it: a list as JSON. */
export const paramText = (param: ScriptParam): string =>
  typeof param === 'object' ? JSON.stringify(param) : String(param);

/** What Linux takes for one variable: its name, `=`, its value and a NUL. */
export const MAX_VARIABLE_BYTES = 131_072;

export const fitsEnvironment = (name: string, text: string): boolean =>
  Buffer.byteLength(name) + Buffer.byteLength(text) + 2 <= MAX_VARIABLE_BYTES;

/** What a program that has nothing but the environment misses. */
export const paramNotices = (params: ScriptParams): readonly DataNotice[] =>
  Object.entries(params).flatMap(([name, param]) => {
    const text = paramText(param);
    const bytes = Buffer.byteLength(text);
    return fitsEnvironment(name, text)
      ? []
      : { kind: 'param-too-large', name, bytes, limit: MAX_VARIABLE_BYTES };
  });

/** Whether a script's client has params to read: bash takes from the environment what that can hold. */
export function readsParams(language: ScriptLanguage | null, params: ScriptParams): boolean {
  if (language === 'bash') return Object.entries(params).some(([name, param]) => isForFile(name, param));
  return (language === 'python' || language === 'node') && Object.keys(params).length > 0;
}

const isForFile = (name: string, param: ScriptParam): boolean =>
  typeof param === 'object' || !fitsEnvironment(name, String(param));

/**
 * What the environment cannot hold for bash (docs/task-protocol.md, section 1): lists, as `name NUL count NUL` and each item with a
 * NUL, and texts that are too long, as `name NUL = NUL text NUL`. Empty when there is nothing of the kind.
 */
export function bashParams(params: ScriptParams): string {
  let text = '';
  for (const [name, param] of Object.entries(params)) {
    if (typeof param === 'object') text += `${[name, param.length, ...param].join('\0')}\0`;
    else if (!fitsEnvironment(name, String(param))) text += `${name}\0=\0${param}\0`;
  }
  return text;
}
