import { bashBuiltinsPath } from '../../data/installation.ts';
import { REDIS_TOO_OLD, tooOldServer } from '../../data/redis/server-version.ts';
import type { Language, Ottofile } from '../../ottofile/model.ts';
import { quote } from '../../ottofile/quote.ts';
import { askBash, type BashProblem } from '../../run/chosen-bash.ts';
import { type Check, fine, isAtLeast, missing, outputOf, pathOf, warning } from './check.ts';

const NODE = '20';
const PYTHON = '3.8';

/** The interpreters that scripts run in; Python's is needed when a task is written in it. */
export function interpreters(ottofile: Ottofile | null): Check[] {
  const languages = new Set<Language>();
  for (const { script } of ottofile?.tasks.values() ?? [])
    if (script !== null) languages.add(script.language);
  const name = ottofile?.bash ?? 'bash';
  const asked = askBash(name);
  const bash = asked.ok
    ? bashCheck(asked.value, pathOf(name) ?? name)
    : noBash(ottofile?.bash ?? null, asked.error);
  return [node(), bash, builtins(asked.ok ? name : null), python(languages.has('python'))];
}

function node(): Check {
  const version = process.versions.node;
  if (isAtLeast(version, NODE)) return fine('node', `${version} (${process.execPath})`);
  return missing('node', {
    found: version,
    needed: true,
    hint: `otto needs Node ${NODE} or newer: https://nodejs.org`,
  });
}

/** `chosen`: what otto.bash names. */
function noBash(chosen: string | null, problem: BashProblem): Check {
  const needed = true;
  if (chosen !== null)
    return missing('bash', {
      found: `"otto.bash" names ${quote(chosen)}${problem.message}`,
      needed,
      hint: problem.hint,
    });
  const hint = 'install bash: most tasks are written in it';
  const found = problem.isMissing ? 'not found in PATH' : `PATH has ${pathOf('bash')}${problem.message}`;
  return missing('bash', { found, needed, hint });
}

function bashCheck(version: string, path: string): Check {
  const found = `${version} (${path})`;
  if (isAtLeast(version.replace(/[^\d.].*/, ''), '4')) return fine('bash', found);
  return warning(
    'bash',
    `${found}: without associative arrays`,
    'otto.set and otto.get work in place of INPUT and OUTPUT; bash 4 or newer has both',
  );
}

/** The helpers as builtins, which spare a process for each call; only the bash they were made for loads them. */
function builtins(bash: string | null): Check {
  const path = bashBuiltinsPath();
  const hint =
    'Debian, Ubuntu: apt-get install bash-builtins, then npm rebuild otto; without them the helpers are programs';
  if (path === null) return missing('bash builtins', { found: 'not compiled', hint });
  if (bash === null)
    return warning('bash builtins', `${path}: there is no bash to load them`, 'see bash above');
  const loads = outputOf(bash, ['-c', 'enable -f "$1" otto-mmap-get otto-mmap-set', 'bash', path]) !== null;
  return loads
    ? fine('bash builtins', path)
    : warning('bash builtins', `${path}: this bash does not load them`, hint);
}

function python(needed: boolean): Check {
  const hint = `install Python ${PYTHON} or newer as python3, for tasks in Python`;
  const version = outputOf('python3', [
    '-c',
    'import sys; print(".".join(map(str, sys.version_info[:3])), sys.executable)',
  ]);
  if (version === null) return missing('python3', { found: 'not found in PATH', needed, hint });
  const [number = '', path = ''] = version.split(' ', 2);
  if (!/^\d+\.\d/.test(number))
    return missing('python3', {
      found: `PATH has ${pathOf('python3')}, which is no Python: it told no version`,
      needed,
      hint,
    });
  if (!isAtLeast(number, PYTHON)) return missing('python3', { found: `${number} (${path})`, needed, hint });
  return fine('python3', `${number} (${path})`);
}

interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  readonly hint: string;
}

const TOOLS: readonly Tool[] = [
  { name: 'make', args: ['--version'], hint: 'install make, if tasks call it, or to convert Makefiles' },
  { name: 'git', args: ['--version'], hint: 'install git, if tasks call it' },
  {
    name: 'redis-server',
    args: ['--version'],
    hint: 'for the store redis. Debian, Ubuntu: apt-get install redis-server',
  },
  {
    name: 'sqlite3',
    args: ['--version'],
    hint: 'Debian, Ubuntu: apt-get install sqlite3, to look into otto.db by hand',
  },
];

/** Programs that otto works with, and does without. */
export const tools = (): Check[] =>
  TOOLS.map(({ name, args, hint }) => {
    const version = outputOf(name, args)?.split('\n', 1)[0];
    if (version === undefined) return missing(name, { found: 'not found in PATH', hint });
    const number = /\d+(\.\d+)+/.exec(version)?.[0] ?? version;
    if (name === 'make') return makeCheck(number);
    const found = `${number} (${pathOf(name)})`;
    if (name === 'redis-server' && tooOldServer(version) !== null) return warning(name, found, REDIS_TOO_OLD);
    return fine(name, found);
  });

/** Older ones look for the jobserver under another option, and macOS has 3.81. */
function makeCheck(version: string): Check {
  const found = `${version} (${pathOf('make')})`;
  if (isAtLeast(version, '4.2')) return fine('make', `${found}: shares the jobs of otto run -j`);
  return warning(
    'make',
    `${found}: does not share the jobs of otto run -j`,
    'make 4.2 or newer understands --jobserver-auth; give an older one its own -j in the script',
  );
}
