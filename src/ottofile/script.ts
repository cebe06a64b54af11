import { isScalar, type Node } from 'yaml';
import type { ScriptAt } from './fields.ts';
import type { MapEntry } from './mapping.ts';
import type { Script } from './model.ts';
import { SCRIPT_KEYS, type ScriptKey, type TASK_SECTION } from './schema.ts';
import type { SectionValues } from './section.ts';
import { detectLanguage } from './shebang.ts';
import type { Source } from './source.ts';

export interface ScriptChoice {
  readonly owner: string;
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly values: SectionValues<typeof TASK_SECTION>;
}

/** The task's one script, or null when it has none. A second one is an error. */
export function chooseScript(source: Source, { owner, entries, values }: ScriptChoice): Script | null {
  const given = [...entries.keys()].filter(isScriptKey).filter((key) => values[key] !== undefined);
  const [first, ...others] = given;
  for (const other of others) {
    const message = `${owner} has two scripts, "${first}" and "${other}"; it can have one`;
    source.error(entries.get(other)?.offset ?? 0, message, 'make two tasks of it');
  }
  const script = first && values[first];
  return script ? makeScript(source, first, script) : null;
}

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

function linesOf(source: Source, node: Node, text: string): Pick<Script, 'line' | 'linesMatch'> {
  const [start = 0, end = start] = node.range ?? [];
  const first = source.position(start).line;
  const type = isScalar(node) ? node.type : undefined;
  // The text of a block begins on the line after its `|` or `>`.
  if (type === 'BLOCK_LITERAL') return { line: first + 1, linesMatch: true };
  if (type === 'BLOCK_FOLDED') return { line: first + 1, linesMatch: false };
  return { line: first, linesMatch: !text.includes('\n') && source.position(end).line === first };
}
