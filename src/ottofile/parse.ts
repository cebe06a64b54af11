import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import { isMap } from 'yaml';
import type { TaskName } from '../base/task-name.ts';
import { offsetOf, parseYaml } from './document.ts';
import { resolveForeach } from './foreach-links.ts';
import { defaultTasks, type ParseContext, readHead } from './head.ts';
import { entriesOf, type MapEntry, type Reading } from './mapping.ts';
import type { Diagnostic, ForeachDefinition, Ottofile } from './model.ts';
import { quote } from './quote.ts';
import { Source } from './source.ts';
import { checkLinks, type DraftTask, readTasks } from './tasks.ts';

export interface OttofileText {
  /** Absolute path of the file. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface ParsedOttofile {
  /** Null when there is an error among the diagnostics. */
  readonly ottofile: Ottofile | null;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names of all tasks, as far as they can be told when the file has errors. */
  readonly taskNames: readonly string[];
  /** What the file says of its project, as far as it can be told: for commands on what runs have left. */
  readonly place: ProjectPlace;
}

export type ProjectPlace = Pick<Ottofile, 'path' | 'directory' | 'project' | 'home' | 'retention'>;

/** Reads an ottofile and reports all of its problems at once. Never throws for what a file holds. */
export function parseOttofile(file: OttofileText, context: ParseContext): ParsedOttofile {
  const source = new Source(file.path, decode(file.content));
  checkEncoding(source, file.content);
  const document = parseYaml(source);
  // What does not parse is full of odd keys and values; only YAML's own problems are worth reading then.
  const reading: Reading = {
    source: source.hasErrors ? new Source(file.path, source.text) : source,
    document,
  };
  const sections = topLevel(reading);
  const directory = dirname(file.path);
  const { defaultNames, fresh, dotenv, ...head } = readHead(reading, sections?.get('otto'), {
    ...context,
    directory,
  });
  const taskFile = { path: file.path, directory, prefix: '', envs: head.envs, dotenv };
  const draft = readTasks(reading, sections?.get('tasks'), {
    file: taskFile,
    fresh,
    userHome: context.userHome,
  });
  const defaults = defaultTasks(reading.source, defaultNames, draft);
  checkLinks(reading.source, draft);
  const foreach = resolveForeach(reading.source, draft);
  const ottofile: Ottofile = {
    path: file.path,
    directory,
    ...head,
    defaults,
    tasks: finishTasks(draft, foreach),
  };
  const taskNames = [...draft.keys()];
  return {
    ottofile: source.hasErrors ? null : ottofile,
    diagnostics: source.diagnostics,
    taskNames,
    place: ottofile,
  };
}

const finishTasks = (
  draft: ReadonlyMap<TaskName, DraftTask>,
  foreach: ReadonlyMap<TaskName, ForeachDefinition>,
) =>
  new Map(
    [...draft].map(([name, { definition }]) => [name, { ...definition, foreach: foreach.get(name) ?? null }]),
  );

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
  for (const entry of entries.values())
    if (!['otto', 'tasks'].includes(entry.key)) warnTopLevel(source, entry);
  return entries;
}

function warnTopLevel(source: Source, entry: MapEntry): void {
  // Keys for anchors (`x-common: &common`) are a habit of YAML files, and nobody means a task by them.
  if (entry.key.startsWith('x-') || entry.key.startsWith('.')) return;
  const hint = isMap(entry.value)
    ? (source.didYouMean(entry.key, ['otto', 'tasks']) ?? 'when it is a task, move it under "tasks:"')
    : source.didYouMean(entry.key, ['otto', 'tasks']);
  source.warn(entry.offset, `unknown key ${quote(entry.key)} at the top level; it is ignored`, hint);
}
