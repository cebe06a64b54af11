import { FailureError } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import type { Ottofile } from '../ottofile/model.ts';
import type { ParsedOttofile } from '../ottofile/parse.ts';
import type { Invocation } from './args.ts';
import type { CliContext } from './context.ts';
import { printDiagnostics } from './diagnostics.ts';
import { loadOttofile, locateIfAny, locateOttofile } from './load.ts';
import type { RunFlags } from './run-flags.ts';
import type { Terminal } from './terminal.ts';
import { ottoVersion } from './version.ts';

/** An ottofile with errors: they have been shown. */
const BAD_OTTOFILE = 2;

/** Commands are imported when they are needed: `otto run` starts without the others. */
export async function dispatch(invocation: Invocation, context: CliContext): Promise<number> {
  switch (invocation.kind) {
    case 'help':
      return (await import('./commands/help.ts')).help(invocation.command, context.terminal);
    case 'version':
      context.terminal.out(`otto ${ottoVersion()}\n`);
      return 0;
    case 'run':
      return run(invocation, loadOttofile(locateOttofile(invocation.flags.ottofile)), context);
    case 'defaults':
      return runDefaults(invocation.flags, context);
    case 'command':
      return runCommand(invocation, context);
    case 'word':
      return runWord(invocation, context);
    default:
      return unreachable(invocation);
  }
}

type Of<K extends Invocation['kind']> = Extract<Invocation, { kind: K }>;

async function run(
  { flags, tasks, shorthand }: Omit<Of<'run'>, 'kind'>,
  parsed: ParsedOttofile,
  context: CliContext,
): Promise<number> {
  const ottofile = valid(parsed, context.terminal);
  if (ottofile === null) return BAD_OTTOFILE;
  const { runCommand } = await import('./commands/run.ts');
  return runCommand({ flags, words: tasks, shorthand, ottofile }, context);
}

/** `otto` alone: the default tasks, or the list of tasks when there are none. */
async function runDefaults(flags: RunFlags, context: CliContext): Promise<number> {
  const parsed = loadOttofile(locateOttofile(flags.ottofile));
  if (parsed.ottofile !== null && parsed.ottofile.defaults.length === 0) {
    printDiagnostics(parsed.diagnostics, context.terminal);
    return (await import('./commands/list.ts')).list(parsed.ottofile, { json: false }, context.terminal);
  }
  return run({ flags, tasks: [], shorthand: true }, parsed, context);
}

/** A word that names a task and a command is the task. */
async function runWord(
  { word, asTask, asCommand, ottofile }: Of<'word'>,
  context: CliContext,
): Promise<number> {
  const path = locateIfAny(ottofile);
  const isTask = path !== null && loadOttofile(path).taskNames.includes(word);
  const meant = isTask ? asTask : asCommand;
  if (!meant.ok) throw new FailureError(meant.error);
  return dispatch(meant.value, context);
}

async function runCommand({ name, options }: Of<'command'>, context: CliContext): Promise<number> {
  const path = options.values.get('ottofile') ?? null;
  const { terminal } = context;
  if (name === 'list') {
    const ottofile = valid(loadOttofile(locateOttofile(path)), terminal);
    if (ottofile === null) return BAD_OTTOFILE;
    return (await import('./commands/list.ts')).list(ottofile, { json: options.flags.has('json') }, terminal);
  }
  const found = locateIfAny(path);
  const ottofile = found === null ? null : valid(loadOttofile(found), terminal);
  if (found !== null && ottofile === null) return BAD_OTTOFILE;
  context.progress.started = true;
  const state = await import('./commands/state.ts');
  return state[name](options, ottofile, terminal);
}

/** Shows what is wrong with the ottofile; null when it cannot be used. */
function valid({ ottofile, diagnostics }: ParsedOttofile, terminal: Terminal): Ottofile | null {
  printDiagnostics(diagnostics, terminal);
  return ottofile;
}
