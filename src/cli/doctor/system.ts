import { FailureError } from '../../base/failure.ts';
import type { ParsedOttofile } from '../../ottofile/parse.ts';
import { counted } from '../../report/words.ts';
import { showPath } from '../messages.ts';
import type { Terminal } from '../terminal.ts';
import { type Check, fine, missing, outputOf, warning } from './check.ts';

const SUPPORTED = ['linux', 'darwin'];
/** Two pipes for each task, and some: for a few hundred tasks at once. */
const OPEN_FILES = 1024;

export function system(): Check[] {
  const name = `${process.platform} ${process.arch}`;
  const platform = SUPPORTED.includes(process.platform)
    ? fine('platform', name)
    : warning('platform', name, 'otto is tested on Linux and macOS');
  return [platform, ...limits()];
}

function limits(): Check[] {
  const output = outputOf('bash', ['-c', 'ulimit -n; ulimit -u']);
  if (output === null) return [];
  const [files = '', processes = ''] = output.split('\n');
  const shown = `${files} open files, ${processes} processes`;
  return [
    files === 'unlimited' || Number(files) >= OPEN_FILES
      ? fine('limits', shown)
      : warning('limits', shown, `ulimit -n ${OPEN_FILES} lets more tasks run at once`),
  ];
}

export function colours({ outColours }: Terminal): Check {
  const why = process.env.NO_COLOR
    ? 'NO_COLOR is set'
    : process.env.TERM === 'dumb'
      ? 'TERM is dumb'
      : 'no terminal';
  return fine('colours', outColours ? 'yes' : `no: ${why}`);
}

/** Null for `parsed`: there is none. A failure: what was named, or lies there, cannot be read. */
export function ottofileCheck(parsed: ParsedOttofile | FailureError | null): Check {
  const name = 'ottofile';
  if (parsed === null)
    return warning(name, 'none here or in a directory above', 'write an otto.yml, or name one with -o');
  if (parsed instanceof FailureError) return missing(name, { found: parsed.message, needed: true });
  const { ottofile, diagnostics, taskNames, place } = parsed;
  const found = `${showPath(place.path)}, ${counted(taskNames.length, 'task', 'tasks')}`;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (ottofile === null)
    return missing(name, {
      found: `${found}, ${counted(errors, 'error', 'errors')}`,
      needed: true,
      hint: 'otto list shows them',
    });
  if (diagnostics.length === 0) return fine(name, found);
  return warning(
    name,
    `${found}, ${counted(diagnostics.length, 'warning', 'warnings')}`,
    'otto list shows them',
  );
}
