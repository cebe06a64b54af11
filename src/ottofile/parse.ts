import { basename, dirname, resolve } from 'node:path';
import { isMap } from 'yaml';
import type { TaskName } from '../base/task-name.ts';
import { offsetOf, parseYaml } from './document.ts';
import type { TextAt } from './fields.ts';
import { entriesOf, type MapEntry, type Reading } from './mapping.ts';
import type { Diagnostic, Ottofile, Retention } from './model.ts';
import { expandHome } from './paths.ts';
import { quote } from './quote.ts';
import { OTTO_SECTION, RETENTION_SECTION } from './schema.ts';
import { readSection, sectionEntries } from './section.ts';
import { Source } from './source.ts';
import { checkLinks, type DraftTask, knownNames, readTasks } from './tasks.ts';

export interface OttofileText {
  /** Absolute path of the file. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface ParseContext {
  /** What `~` means. */
  readonly userHome: string;
  /** Stores this otto has. */
  readonly stores: readonly string[];
}

export interface ParsedOttofile {
  /** Null when there is an error among the diagnostics. */
  readonly ottofile: Ottofile | null;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names of all tasks, as far as they can be told when the file has errors. */
  readonly taskNames: readonly string[];
}

/** Reads an ottofile and reports all of its problems at once. Never throws for what a file holds. */
export function parseOttofile(file: OttofileText, context: ParseContext): ParsedOttofile {
  const source = new Source(file.path, new TextDecoder().decode(file.content));
  checkEncoding(source, file.content);
  const document = parseYaml(source);
  // What does not parse is full of odd keys and values; only YAML's own problems are worth reading then.
  const reading: Reading = {
    source: source.hasErrors ? new Source(file.path, source.text) : source,
    document,
  };
  const sections = topLevel(reading);
  const directory = dirname(file.path);
  const draft = readTasks(reading, sections?.get('tasks'), { ...context, directory });
  const head = readHead(reading, sections?.get('otto'), { ...context, directory, tasks: draft });
  checkLinks(reading.source, draft);
  const ottofile: Ottofile = { path: file.path, directory, ...head, tasks: finishTasks(draft) };
  const taskNames = [...draft.keys()];
  return { ottofile: source.hasErrors ? null : ottofile, diagnostics: source.diagnostics, taskNames };
}

const finishTasks = (draft: ReadonlyMap<TaskName, DraftTask>) =>
  new Map([...draft].map(([name, task]) => [name, task.definition]));

function checkEncoding(source: Source, content: Uint8Array): void {
  if (!Buffer.from(content.buffer, content.byteOffset, content.byteLength).includes(0)) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      const at = Math.max(0, source.text.indexOf('\ufffd'));
      source.error(at, 'the file is not valid UTF-8', 'save it as UTF-8');
    }
    return;
  }
  const at = Math.max(0, source.text.indexOf('\0'));
  source.error(at, 'the file holds a NUL character', 'an ottofile is plain text in UTF-8');
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

interface HeadContext extends ParseContext {
  readonly directory: string;
  readonly tasks: ReadonlyMap<TaskName, DraftTask>;
}

const DEFAULT_RETENTION: Retention = { keepDays: 30, keepLast: 10, keepFailedDays: 60, autoPrune: true };

/** The `otto:` section, and what holds when it does not say. */
function readHead(reading: Reading, entry: MapEntry | undefined, context: HeadContext) {
  const entries = (entry && sectionEntries(reading, entry, '"otto"')) ?? new Map<string, MapEntry>();
  const place = { ...reading, owner: '"otto"', otherKeys: ['retention'] };
  const head = readSection(place, entries, OTTO_SECTION);
  return {
    project: head.name?.text || basename(context.directory) || 'root',
    about: head.about?.text ?? null,
    jobs: head.jobs ?? null,
    home: head.home ? resolve(context.directory, expandHome(head.home.text, context.userHome)) : null,
    store: head.store ? checkStore(reading.source, head.store, context.stores) : null,
    memoryBytes: head.memory ?? null,
    retention: readRetention(reading, entries.get('retention')),
    defaults: defaultTasks(reading.source, head.tasks ?? [], context.tasks),
    envs: head.envs ?? {},
  };
}

function checkStore(source: Source, { text, offset }: TextAt, stores: readonly string[]): string {
  if (!stores.includes(text)) {
    const has = `this version has ${stores.join(' and ')}`;
    source.error(offset, `there is no store ${quote(text)}`, source.didYouMean(text, stores) ?? has);
  }
  return text;
}

function readRetention(reading: Reading, entry: MapEntry | undefined): Retention {
  const entries = entry && sectionEntries(reading, entry, '"retention"');
  if (!entries) return DEFAULT_RETENTION;
  const values = readSection({ ...reading, owner: '"retention"' }, entries, RETENTION_SECTION);
  return {
    keepDays: values.keep_days ?? DEFAULT_RETENTION.keepDays,
    keepLast: values.keep_last ?? DEFAULT_RETENTION.keepLast,
    keepFailedDays: values.keep_failed ?? DEFAULT_RETENTION.keepFailedDays,
    autoPrune: values.auto_prune ?? DEFAULT_RETENTION.autoPrune,
  };
}

/** `*` stands for every task, in the order of the file. */
function defaultTasks(
  source: Source,
  names: readonly TextAt[],
  tasks: ReadonlyMap<TaskName, DraftTask>,
): TaskName[] {
  const problem = (name: string) => `the default task ${quote(name)} does not exist`;
  const found = names.flatMap((name) =>
    name.text === '*' && !tasks.has(name.text as TaskName)
      ? [...tasks.keys()]
      : knownNames(source, { names: [name], tasks, problem }),
  );
  return [...new Set(found)];
}
