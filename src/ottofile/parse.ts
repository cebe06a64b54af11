import { relative } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import type { FileDraft, OttofileText } from './file-draft.ts';
import { resolveForeach } from './foreach-links.ts';
import { defaultTasks, type ParseContext } from './head.ts';
import { type Files, readFiles } from './include.ts';
import type { Diagnostic, ForeachDefinition, Ottofile, TaskDefinition } from './model.ts';
import { quote } from './quote.ts';
import { checkReferences } from './reference-checks.ts';
import { checkStreams } from './stream-checks.ts';
import { type LinkedTasks, linkTasks } from './task-links.ts';
import type { TaskNames } from './task-names.ts';
import type { DraftTask } from './tasks.ts';

export interface ParsedOttofile {
  /** Null when there is an error among the diagnostics. */
  readonly ottofile: Ottofile | null;
  /** In the order of the file; those of included files after those of the main one. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names of all tasks, as far as they can be told when the file has errors. */
  readonly taskNames: readonly string[];
  /** What the file says of its project, as far as it can be told: for commands on what runs have left. */
  readonly place: ProjectPlace;
}

export type ProjectPlace = Pick<Ottofile, 'path' | 'directory' | 'project' | 'home' | 'retention'>;

/** Reads an ottofile and what it includes, and reports all problems at once. Never throws for what a file holds. */
export function parseOttofile(file: OttofileText, context: ParseContext): ParsedOttofile {
  const files = readFiles(file, context);
  const [main] = files.drafts as readonly [FileDraft];
  const names = namesOf(files);
  const { defaultNames, fresh, dotenv, ...head } = main.head;
  const defaults = defaultTasks(main, defaultNames, names);
  const linked = linkTasks(names);
  const foreach = resolveForeach(names, linked);
  checkReferences(names, linked);
  checkStreams(linked);
  const { path, directory } = main;
  const ottofile: Ottofile = { path, directory, ...head, defaults, tasks: finishTasks(linked, foreach) };
  const isValid = !files.drafts.some(({ problems }) => problems.hasErrors);
  return {
    ottofile: isValid ? ottofile : null,
    diagnostics: diagnosticsOf(files),
    taskNames: [...names.tasks.keys()],
    place: ottofile,
  };
}

/** A file that is included twice has its problems once. */
function diagnosticsOf({ drafts }: Files): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const diagnostic of drafts.flatMap(({ problems }) => problems.diagnostics)) {
    const { file, at, message } = diagnostic;
    found.set(`${file}\0${at.line}:${at.column} ${message}`, diagnostic);
  }
  return [...found.values()];
}

/** All tasks of all files. Two tasks of one name are reported at the first one. */
function namesOf({ drafts, unreadable }: Files): TaskNames {
  const tasks = new Map<TaskName, DraftTask>();
  for (const [name, draft] of drafts.flatMap((file) => [...file.tasks])) {
    const first = tasks.get(name);
    if (first === undefined) tasks.set(name, draft);
    else {
      const { line, file } = draft.definition.at;
      const place = `${relative(first.definition.file.directory, file)}:${line}`;
      const message = `task ${quote(name)} has the full name of an included task (${place})`;
      first.source.error(first.offset, message, 'choose another name for one of them');
    }
  }
  const isPerhapsTask = (prefix: string, text: string): boolean =>
    unreadable.some((begin) => `${prefix}${text}`.startsWith(begin) || text.startsWith(begin));
  return { tasks, isPerhapsTask };
}

function finishTasks(
  linked: LinkedTasks,
  foreach: ReadonlyMap<TaskName, ForeachDefinition>,
): Map<TaskName, TaskDefinition> {
  return new Map(
    [...linked].map(([name, { draft, before, after, stdinFrom }]) => [
      name,
      { ...draft.definition, before, after, stdinFrom, foreach: foreach.get(name) ?? null },
    ]),
  );
}
