import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import { isMap, type Node } from 'yaml';
import type { TaskName } from '../base/task-name.ts';
import { offsetOf, parseYaml } from './document.ts';
import { type Head, type ParseContext, readHead } from './head.ts';
import { type IncludeAt, readIncludes } from './include-keys.ts';
import { entriesOf, type MapEntry, type Reading } from './mapping.ts';
import { quote } from './quote.ts';
import { OTTO_SECTION, SCRIPT_KEYS } from './schema.ts';
import { Source } from './source.ts';
import { type DraftTask, readTasks } from './tasks.ts';

export interface OttofileText {
  /** Absolute path of the file. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What one file says, before names in it have been looked up. */
export interface FileDraft {
  readonly path: string;
  readonly directory: string;
  readonly prefix: string;
  /** Holds the file's problems. */
  readonly problems: Source;
  /** Takes further ones; those of a file whose YAML is wrong only follow from that, and are dropped. */
  readonly source: Source;
  readonly head: Head;
  readonly tasks: ReadonlyMap<TaskName, DraftTask>;
  readonly includes: readonly IncludeAt[];
}

/** Reads one file. `prefix` is what its tasks' names begin with. */
export function readFileDraft(file: OttofileText, prefix: string, context: ParseContext): FileDraft {
  const problems = new Source(file.path, decode(file.content));
  checkEncoding(problems, file.content);
  const document = parseYaml(problems);
  const source = problems.hasErrors ? new Source(file.path, problems.text) : problems;
  const reading: Reading = { source, document };
  const sections = topLevel(reading);
  const directory = dirname(file.path);
  const head = readHead(reading, sections?.get('otto'), { ...context, directory });
  const { envs, dotenv, fresh } = head;
  const tasks = readTasks(reading, sections?.get('tasks'), {
    file: { path: file.path, directory, prefix, envs, dotenv },
    fresh,
    userHome: context.userHome,
    stores: context.stores,
  });
  const includes = readIncludes(reading, sections?.get('include'));
  return { path: file.path, directory, prefix, problems, source, head, tasks, includes };
}

/** A byte order mark is no part of the text. */
function decode(content: Uint8Array): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString();
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function checkEncoding(source: Source, content: Uint8Array): void {
  if (!isUtf8(content)) {
    source.error(source.text.indexOf('\ufffd'), 'the file is not valid UTF-8', 'save it as UTF-8');
  }
  const nul = source.text.indexOf('\0');
  if (nul >= 0) source.error(nul, 'the file holds a NUL character', 'an ottofile is plain text in UTF-8');
}

/** The file's top-level keys; null when it is not a mapping. */
function topLevel(reading: Reading): ReadonlyMap<string, MapEntry> | null {
  const { source, document } = reading;
  const root = document.root && document.resolve(document.root);
  if (!isMap(root)) {
    const isEmpty = root === null || /^\s*$/.test(source.text.slice(offsetOf(root)));
    const problem = isEmpty ? 'the file is empty' : 'an ottofile must be a mapping at its top level';
    source.error(
      root === null ? 0 : offsetOf(root),
      problem,
      'write tasks under "tasks:", each as "name:" with its keys',
    );
    return null;
  }
  const entries = entriesOf(reading, root);
  for (const entry of entries.values()) if (!TOP_LEVEL.includes(entry.key)) warnTopLevel(source, entry);
  return entries;
}

const TOP_LEVEL = ['otto', 'tasks', 'include'];

function warnTopLevel(source: Source, entry: MapEntry): void {
  // Keys for anchors (`x-common: &common`) are a habit of YAML files, and nobody means a task by them.
  if (entry.key.startsWith('x-') || entry.key.startsWith('.')) return;
  const isOfOtto = Object.hasOwn(OTTO_SECTION, entry.key) && !isTask(entry.value);
  const near = isOfOtto ? 'move it under "otto:"' : source.didYouMean(entry.key, TOP_LEVEL);
  const hint = near ?? (isMap(entry.value) ? 'when it is a task, move it under "tasks:"' : undefined);
  source.warn(entry.offset, `unknown key ${quote(entry.key)} at the top level; it is ignored`, hint);
}

const isTask = (value: Node | null): boolean => isMap(value) && SCRIPT_KEYS.some((key) => value.has(key));
