import type { TaskName } from '../../src/base/task-name.ts';
import type { Diagnostic, Ottofile, TaskDefinition } from '../../src/ottofile/model.ts';
import { type ParsedOttofile, parseOttofile } from '../../src/ottofile/parse.ts';

/** Parses a text that stands in /project/otto.yml. */
export function read(text: string | Uint8Array): ParsedOttofile {
  const content = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return parseOttofile(
    { path: '/project/otto.yml', content },
    { userHome: '/home/ann', stores: ['files', 'shm'] },
  );
}

/** The ottofile of a text without errors. */
export function valid(text: string): Ottofile {
  const { ottofile, diagnostics } = read(text);
  if (ottofile === null) throw new Error(diagnostics.map(show).join('\n'));
  return ottofile;
}

export function task(ottofile: Ottofile, name: string): TaskDefinition {
  const found = ottofile.tasks.get(name as TaskName);
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
}

/** One line a problem: `error 3:5 message (hint)`. */
export const problems = (text: string | Uint8Array): string[] => read(text).diagnostics.map(show);

function show({ severity, at, message, hint }: Diagnostic): string {
  return `${severity} ${at.line}:${at.column} ${message}${hint === undefined ? '' : ` (${hint})`}`;
}
