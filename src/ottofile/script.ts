import { isScalar, type Node } from 'yaml';
import { isNull } from './document.ts';
import type { ScriptAt } from './fields.ts';
import type { MapEntry } from './mapping.ts';
import type { Script } from './model.ts';
import { quote } from './quote.ts';
import { SCRIPT_KEYS, type ScriptKey, type TASK_SECTION } from './schema.ts';
import type { SectionValues } from './section.ts';
import { detectLanguage } from './shebang.ts';
import type { Source } from './source.ts';
import { suggest } from './suggest.ts';

export interface ScriptChoice {
  readonly owner: string;
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly values: SectionValues<typeof TASK_SECTION>;
}

/** The task's one script, or null when it has none. A second one is an error, and so is one without text. */
export function chooseScript(source: Source, { owner, entries, values }: ScriptChoice): Script | null {
  const keys = [...entries.keys()].filter(isScriptKey);
  const [first, ...others] = keys.filter((key) => isGiven(entries.get(key)));
  for (const other of others) {
    const message = `${owner} has two scripts, "${first}" and "${other}"; it can have one`;
    source.error(entries.get(other)?.offset ?? 0, message, 'make two tasks of it');
  }
  const [empty] = first === undefined ? keys : [];
  if (empty !== undefined) reportEmpty(source, owner, entries.get(empty));
  const script = first && values[first];
  if (!first || !script) return null;
  if (script.text.trim() === '') reportEmpty(source, owner, entries.get(first));
  return makeScript(source, first, script);
}

/** A task that runs nothing would succeed. */
function reportEmpty(source: Source, owner: string, entry: MapEntry | undefined): void {
  const message = `${owner} has "${entry?.key}" without a script`;
  source.error(entry?.offset ?? 0, message, 'write the script behind it, or remove the key');
}

const isGiven = (entry: MapEntry | undefined): boolean =>
  entry !== undefined && entry.value !== null && !isNull(entry.value);

export const hasScript = (entries: ReadonlyMap<string, MapEntry>): boolean =>
  SCRIPT_KEYS.some((key) => isGiven(entries.get(key)));

/** What other runners call a script. */
const OTHER_NAMES: Readonly<Record<string, ScriptKey>> = {
  sh: 'bash',
  shell: 'bash',
  script: 'bash',
  run: 'bash',
  cmd: 'bash',
  cmds: 'bash',
  command: 'bash',
  commands: 'bash',
  py: 'python',
  python3: 'python',
  js: 'node',
  javascript: 'node',
  nodejs: 'node',
};

/** Words that are near to a script's key, and mean something. */
const WORDS: readonly string[] = ['note', 'base'];

/** In a task without a script, a key that seems to be one: the task will succeed without running it. */
export const tellLostScript =
  (source: Source, owner: string) =>
  (entry: MapEntry): boolean => {
    const { key, offset } = entry;
    const word = key.toLowerCase();
    const near =
      (Object.hasOwn(OTHER_NAMES, word) ? OTHER_NAMES[word] : undefined) ?? suggest(key, SCRIPT_KEYS);
    const isScript =
      near !== undefined &&
      !WORDS.includes(word) &&
      (Object.hasOwn(OTHER_NAMES, word) || near[0] === word[0]);
    if (!isScript || !isGiven(entry)) return false;
    const message = `${owner} has an unknown key ${quote(key)} and no script: it runs nothing`;
    source.warn(offset, message, `did you mean "${near}"?`);
    return true;
  };

const isScriptKey = (key: string): key is ScriptKey => (SCRIPT_KEYS as readonly string[]).includes(key);

function makeScript(source: Source, key: ScriptKey, { text, offset, node }: ScriptAt): Script {
  const detected = detectLanguage(text);
  if (key !== 'action' && text.startsWith('#!') && detected.language !== key)
    source.warn(
      offset,
      `this is run by ${key}, whatever its first line says`,
      'with "action:" the first line decides',
    );
  const chosen = key === 'action' ? detected : { language: key, interpreter: [] };
  return { ...chosen, text, ...linesOf(source, node, text) };
}

/** Where the value of the script's key begins and ends. */
export function scriptPlace(values: ScriptChoice['values']): { start: number; end: number } | null {
  const key = SCRIPT_KEYS.find((name) => values[name] !== undefined);
  const [start, end] = (key && values[key]?.node.range) ?? [];
  return start === undefined || end === undefined ? null : { start, end };
}

function linesOf(source: Source, node: Node, text: string): Pick<Script, 'line' | 'linesMatch'> {
  const [start = 0, end = start] = node.range ?? [];
  const first = source.position(start).line;
  const type = isScalar(node) ? node.type : undefined;
  // The text of a block begins on the line after its `|` or `>`.
  if (type === 'BLOCK_LITERAL') return { line: first + 1, linesMatch: true };
  if (type === 'BLOCK_FOLDED') return { line: first + 1, linesMatch: false };
  return { line: first, linesMatch: !text.includes('\n') && source.position(end).line === first };
}
