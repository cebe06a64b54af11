import { readFileSync, realpathSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { err, ok, type Result } from '../base/result.ts';
import { type FileDraft, type OttofileText, readFileDraft } from './file-draft.ts';
import { OTTOFILE_NAMES, ottofileIn } from './find.ts';
import type { ParseContext } from './head.ts';
import type { IncludeAt } from './include-keys.ts';
import { expandHome } from './paths.ts';
import { quote } from './quote.ts';

/** The files that one ottofile is made of. */
export interface Files {
  /** The main file first, then each one's includes in their order. */
  readonly drafts: readonly FileDraft[];
  /** What the names of tasks in files that could not be read begin with. */
  readonly unreadable: readonly string[];
}

/** Files that include others twice over would be read without end. */
const MAX_FILES = 1000;

interface Pending {
  readonly from: FileDraft;
  readonly include: IncludeAt;
  /** The real paths of the files that led here. */
  readonly chain: readonly string[];
}

/** Reads a file and all that it includes. What is wrong with an include is reported where it stands. */
export function readFiles(main: OttofileText, context: ParseContext): Files {
  const drafts: FileDraft[] = [];
  const unreadable: string[] = [];
  const pending: Pending[] = [];
  const add = (draft: FileDraft, chain: readonly string[]): void => {
    drafts.push(draft);
    // Only problems of YAML are known so far, and none of its tasks when there are any.
    if (draft.source !== draft.problems) unreadable.push(draft.prefix);
    pending.unshift(...draft.includes.map((include) => ({ from: draft, include, chain })));
  };
  add(readFileDraft(main, '', context), [realPath(main.path)]);
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { from, include, chain } = next;
    const prefix = `${from.prefix}${include.name}:`;
    const file = drafts.length < MAX_FILES ? open(next, context) : err(TOO_MANY);
    if (file.ok) add(readFileDraft(file.value, prefix, context), [...chain, realPath(file.value.path)]);
    else {
      from.source.error(include.offset, file.error.message, file.error.hint);
      unreadable.push(prefix);
    }
  }
  return { drafts, unreadable };
}

interface Problem {
  readonly message: string;
  readonly hint: string;
}

const TOO_MANY: Problem = {
  message: `more than ${MAX_FILES} files are included`,
  hint: 'include a file once, and name its tasks by their full names elsewhere',
};

function open({ from, include, chain }: Pending, context: ParseContext): Result<OttofileText, Problem> {
  const named = resolve(from.directory, expandHome(include.path, context.userHome));
  try {
    const path = statSync(named).isDirectory() ? ottofileIn(named) : named;
    if (path === null) {
      const hint = `name a file, or put one of ${OTTOFILE_NAMES.join(', ')} there`;
      return err({ message: `there is no ottofile in the directory ${quote(include.path)}`, hint });
    }
    if (!statSync(path).isFile())
      return err({ message: `${quote(include.path)} is not a regular file`, hint: 'name an ottofile' });
    const circle = chain.indexOf(realPath(path));
    if (circle >= 0) return err(inCircle([...chain.slice(circle), realPath(path)], from));
    return ok({ path, content: readFileSync(path) });
  } catch (error) {
    return err(cannotRead(include.path, named, error as NodeJS.ErrnoException));
  }
}

function inCircle(paths: readonly string[], { directory }: FileDraft): Problem {
  const shown = paths.map((path) => relative(directory, path)).join(' -> ');
  return { message: `files include each other: ${shown}`, hint: 'remove one of these includes' };
}

function cannotRead(path: string, absolute: string, { code = 'EIO' }: NodeJS.ErrnoException): Problem {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { message: `there is no file ${quote(path)}`, hint: `otto looked for ${absolute}` };
  return {
    message: `${quote(path)} cannot be read (${code})`,
    hint: `look at ${absolute}`,
  };
}

/** The path without links; a pipe that is read as an ottofile has none. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
