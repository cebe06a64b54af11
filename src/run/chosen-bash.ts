import { spawnSync } from 'node:child_process';
import { err, ok, type Result } from '../base/result.ts';
import type { Plan } from '../graph/plan.ts';
import type { Diagnostic, EnvDefinition, Ottofile } from '../ottofile/model.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';
import { usesChosenBash } from '../script/compose.ts';

const TIMEOUT_MS = 10_000;
const VERSION = /^\d+\.\d/;

/**
 * What is wrong with the bash that the ottofile chooses, when the plan has a use for it. Any program could be named there, and
 * one that does nothing (`/bin/true`) would let every task succeed; so it is asked for its version.
 */
export function chosenBashProblem(
  { bash, bashAt }: Pick<Ottofile, 'bash' | 'bashAt'>,
  plan: Plan,
): Diagnostic | null {
  if (bash === null || bashAt === null || !needsBash(plan)) return null;
  const asked = askBash(bash);
  if (asked.ok || (asked.error.isMissing && !bash.includes('/') && setsPath(plan))) return null;
  return errorAt(bashAt, `"otto.bash" names ${quote(bash)}${asked.error.message}`, asked.error.hint);
}

export interface BashProblem {
  /** What is to be said behind its name. */
  readonly message: string;
  readonly hint: string;
  readonly isMissing: boolean;
}

/** The version of a bash, or why it is none. */
export function askBash(bash: string): Result<string, BashProblem> {
  const { error, stdout } = spawnSync(bash, ['-c', 'printf %s "$BASH_VERSION"'], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: withoutCode(process.env),
  });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined && VERSION.test(stdout)) return ok(stdout.trim());
  return err({ ...words(code), isMissing: code === 'ENOENT' });
}

/** `printf` may be anything when BASH_ENV or an exported function says so. */
const withoutCode = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^BASH_(?:ENV$|FUNC_)/.test(name)));

function words(code: string | undefined): { message: string; hint: string } {
  switch (code) {
    case undefined:
      return {
        message: ', which is no bash: it has no BASH_VERSION',
        hint: 'name a bash, of version 3.2 or newer',
      };
    case 'ENOENT':
      return {
        message: ', but there is no such program',
        hint: 'a path is relative to the ottofile; a name without "/" is looked for in PATH',
      };
    case 'ETIMEDOUT':
      return {
        message: `, which gave no answer for ${TIMEOUT_MS / 1000} s`,
        hint: 'name a bash, of version 3.2 or newer',
      };
    default:
      return { message: `, which cannot be run (${code})`, hint: 'name a bash, of version 3.2 or newer' };
  }
}

const needsBash = ({ tasks }: Plan): boolean =>
  [...tasks.values()].some(
    ({ definition: { script, envs, file } }) =>
      (script?.language === 'bash' && usesChosenBash(script.interpreter)) ||
      (script !== null && [...file.envs, ...envs].some(hasCommand)),
  );

const hasCommand = ({ value }: EnvDefinition): boolean => value.includes('$(');

/** A name is looked for in the PATH of its task. */
const setsPath = ({ tasks }: Plan): boolean =>
  [...tasks.values()].some(({ definition: { file, envs } }) =>
    [...file.envs, ...envs].some(({ name }) => name === 'PATH'),
  );
