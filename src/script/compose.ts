import type { Script } from '../ottofile/model.ts';

/** Where a composed script will stand. All paths are absolute. */
export interface ScriptSurroundings {
  readonly taskDirectory: string;
  readonly ottofilePath: string;
  /** Holds `bash/`, `python/` and `node/`. */
  readonly clientsDirectory: string;
  /** What runs bash scripts; the bash in PATH when not given. */
  readonly bash?: string | null;
  /** Names in the task's environment: some make bash take code from it. */
  readonly variables: readonly string[];
  /** The prologue has params to read, whatever the script does. */
  readonly hasParamsToRead: boolean;
}

/** A script file to write and the command that runs it. */
export interface ComposedScript {
  /** Name of the file in the task directory. */
  readonly fileName: string;
  readonly text: string;
  readonly mode: number;
  readonly command: { readonly file: string; readonly args: readonly string[] };
  /** Where the file's lines come from, for task.json: line n of the user's text is line `line` + n - 1 of `source`. */
  readonly source: { readonly path: string; readonly line: number };
  /** False when the script is certain not to touch INPUT, OUTPUT or otto's functions. */
  readonly usesValues: boolean;
}

/** Puts a task's script into a file. The user's text is never changed, only moved down to its line in the ottofile. */
export function composeScript(
  script: Script | null,
  surroundings: ScriptSurroundings,
): ComposedScript | null {
  if (script === null) return null;
  return COMPOSERS[script.language](script, surroundings);
}

type Composer = (script: Script, surroundings: ScriptSurroundings) => ComposedScript;

const COMPOSERS: Readonly<Record<Script['language'], Composer>> = {
  bash: composeBash,
  python: composePython,
  node: composeNode,
  other: composeOther,
};

const STRICT = 'set -euo pipefail';
const PROLOGUE = '. "$OTTO_CLIENTS/bash/prologue.sh"';

function composeBash(script: Script, surroundings: ScriptSurroundings): ComposedScript {
  const usesValues = surroundings.hasParamsToRead || usesDataApi(script.text, surroundings.variables);
  const first = usesValues ? `${PROLOGUE}; ${STRICT}` : STRICT;
  const above = linesAbove(script);
  // Without a line above the text the prologue shares the text's first one.
  const head = above === 0 ? `${first}; ` : first + '\n'.repeat(above);
  return composed(script, surroundings, {
    fileName: 'script.sh',
    text: head + script.text,
    command: [...bashCommand(script.interpreter, surroundings.bash ?? 'bash'), PATH],
    usesValues,
  });
}

/** Nothing but literal words and what joins commands: no expansion, no substitution, no pattern, no escape. */
const LITERAL = /^[\w\s.,:;=/@%+#&|<>(){}!-]*$/;
const DATA_API = /OUTPUT|INPUT|otto/i;
/** Words that bring in code or names from elsewhere, or decide what happens at the script's end. */
const BRINGS_CODE = /\b(?:eval|source|alias|enable|trap)\b|(?:^|[\s;&|(){}!])\.(?:\s|$)/;
/** Variables through which bash takes code from its environment. */
const CODE_VARIABLE = /^(?:BASH_ENV$|BASH_FUNC_)/;

/**
 * Whether a bash script may reach otto's functions or arrays. Only a text of literal words that names none of them is
 * certain not to: a no-op task has to be as cheap as bash itself, but a value must never be lost.
 */
export function usesDataApi(text: string, variables: readonly string[]): boolean {
  // Quotes do not make another word of it: `ev"a"l` is eval.
  const bare = text.replace(/["']/g, '');
  if (!LITERAL.test(bare) || DATA_API.test(bare) || BRINGS_CODE.test(bare)) return true;
  return variables.some((name) => CODE_VARIABLE.test(name));
}

function composePython(script: Script, surroundings: ScriptSurroundings): ComposedScript {
  const interpreter = script.interpreter.map((word) => (/^python$/.test(word) ? 'python3' : word));
  const client = `${surroundings.clientsDirectory}/python/run.py`;
  const source = script.linesMatch ? surroundings.ottofilePath : PATH;
  return composed(script, surroundings, {
    fileName: 'script.py',
    text: padded(script),
    command: [
      ...(interpreter.length > 0 ? interpreter : ['python3']),
      '-u',
      '-X',
      'utf8',
      client,
      PATH,
      source,
    ],
  });
}

function composeNode(script: Script, surroundings: ScriptSurroundings): ComposedScript {
  const [first, ...rest] = script.interpreter;
  const interpreter =
    first === undefined || /^(node|nodejs)$/.test(first) ? [process.execPath, ...rest] : [first, ...rest];
  const client = `${surroundings.clientsDirectory}/node/client.cjs`;
  return composed(script, surroundings, {
    fileName: 'script.mjs',
    // JavaScript takes `#!` for a comment on the very first line only.
    text: padded({ ...script, text: script.text.replace(/^#!/, '//') }),
    command: [...interpreter, '-r', client, PATH],
  });
}

/** A script for any other program stands alone and unpadded: its shebang has to be the first line. */
function composeOther(script: Script, surroundings: ScriptSurroundings): ComposedScript {
  return composed(script, surroundings, {
    fileName: 'script',
    text: script.text,
    command: [...script.interpreter, PATH],
    mode: 0o755,
  });
}

const PATH = Symbol('path of the script file');

interface Parts {
  readonly fileName: string;
  readonly text: string;
  readonly command: readonly (string | typeof PATH)[];
  readonly mode?: number;
  readonly usesValues?: boolean;
}

function composed(script: Script, surroundings: ScriptSurroundings, parts: Parts): ComposedScript {
  const path = `${surroundings.taskDirectory}/${parts.fileName}`;
  const [file = '', ...args] = parts.command.map((word) => (word === PATH ? path : word));
  return {
    fileName: parts.fileName,
    text: parts.text,
    mode: parts.mode ?? 0o644,
    usesValues: parts.usesValues ?? true,
    command: { file, args },
    source: script.linesMatch
      ? { path: surroundings.ottofilePath, line: script.line }
      : { path, line: parts.text.length === script.text.length ? 1 : 2 },
  };
}

/** How many lines the file has above the user's text, so that both files agree on its line. */
function linesAbove(script: Script): number {
  return script.linesMatch ? script.line - 1 : 1;
}

const padded = (script: Script): string => '\n'.repeat(script.linesMatch ? script.line - 1 : 0) + script.text;

/** A shebang that names another bash than the usual one means it; its options count in any case. */
function bashCommand(interpreter: readonly string[], bash: string): readonly string[] {
  return usesChosenBash(interpreter) ? [bash, ...interpreter.slice(1)] : interpreter;
}

/** Whether a bash script runs in the bash that the ottofile chooses. */
export const usesChosenBash = ([first]: readonly string[]): boolean =>
  first === undefined || USUAL_BASH.test(first);

const USUAL_BASH = /^(?:\/usr)?(?:\/bin\/)?(?:ba)?sh$/;
