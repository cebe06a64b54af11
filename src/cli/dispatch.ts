import { FailureError } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import type { ParsedOttofile } from '../ottofile/parse.ts';
import type { Invocation } from './args.ts';
import type { CliContext } from './context.ts';
import { printDiagnostics } from './diagnostics.ts';
import { loadIfPossible, loadOttofile, locateOttofile } from './load.ts';
import type { ParsedOptions } from './options.ts';
import type { RunFlags } from './run-flags.ts';
import { BAD_OTTOFILE, usable } from './usable-ottofile.ts';
import { ottoVersion } from './version.ts';

/** Commands are imported when they are needed: `otto run` starts without the others. */
export async function dispatch(invocation: Invocation, context: CliContext): Promise<number> {
  switch (invocation.kind) {
    case 'help':
      return (await import('./commands/help.ts')).help(invocation, context.terminal);
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
  { flags, words, shorthand }: Omit<Of<'run'>, 'kind'>,
  parsed: ParsedOttofile,
  context: CliContext,
): Promise<number> {
  const ottofile = usable(parsed, context.terminal);
  if (ottofile === null) return BAD_OTTOFILE;
  const { runCommand } = await import('./commands/run.ts');
  return runCommand({ flags, words, shorthand, ottofile }, context);
}

/** `otto` alone: the default tasks, or the list of tasks when there are none. */
async function runDefaults(flags: RunFlags, context: CliContext): Promise<number> {
  const parsed = loadOttofile(locateOttofile(flags.ottofile));
  if (parsed.ottofile !== null && parsed.ottofile.defaults.length === 0) {
    printDiagnostics(parsed.diagnostics, context.terminal);
    return (await import('./commands/list.ts')).list(parsed.ottofile, context.terminal);
  }
  return run({ flags, words: [], shorthand: true }, parsed, context);
}

/** A word that names a task and a command is the task. What keeps the ottofile from being read is for the command to tell. */
async function runWord(
  { word, asTask, asCommand, ottofile }: Of<'word'>,
  context: CliContext,
): Promise<number> {
  const isTask = loadIfPossible(ottofile)?.taskNames.includes(word) ?? false;
  const meant = isTask ? asTask : asCommand;
  if (!meant.ok) throw new FailureError(meant.error);
  return dispatch(meant.value, context);
}

/** What a command is given: its options, and the way to its user. */
type Command = (options: ParsedOptions, context: CliContext) => number | Promise<number>;

const ACTIONS: Readonly<Record<Of<'command'>['name'], () => Promise<Command>>> = {
  list: async () => (await import('./commands/list.ts')).listCommand,
  graph: async () => (await import('./commands/graph.ts')).graphCommand,
  history: async () => (await import('./commands/state.ts')).history,
  stats: async () => (await import('./commands/state.ts')).stats,
  convert: async () => (await import('./commands/convert.ts')).convertCommand,
  bench: async () => (await import('./commands/bench.ts')).benchCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  clean: async () => (await import('./commands/state.ts')).clean,
  data: async () => (await import('./commands/state.ts')).data,
};

async function runCommand({ name, options }: Of<'command'>, context: CliContext): Promise<number> {
  const act = await ACTIONS[name]();
  return act(options, context);
}
