import { err, ok, type Result } from '../base/result.ts';
import { quote } from '../ottofile/quote.ts';
import { COMMANDS, type CommandName, capitalised, isCommand, RUN_OPTIONS } from './command-table.ts';
import { firstWord, type ParsedOptions, parseOptions } from './options.ts';
import { type RunFlags, readRunFlags } from './run-flags.ts';
import { type UsageFailure, usage } from './usage.ts';

export type HelpTopic =
  | { readonly kind: 'otto' }
  | { readonly kind: 'command'; readonly name: CommandName }
  /** A command or a task: which one, the ottofile says. */
  | { readonly kind: 'word'; readonly word: string };

/** What the command line asks for. */
export type Invocation =
  /** It can tell the tasks of an ottofile, which -o may name. */
  | { readonly kind: 'help'; readonly topic: HelpTopic; readonly ottofile: string | null }
  | { readonly kind: 'version' }
  /** `otto run`, or in `shorthand` without that word. */
  | {
      readonly kind: 'run';
      readonly flags: RunFlags;
      /** Tasks with their arguments: which is which is for the ottofile to say. */
      readonly words: readonly string[];
      readonly shorthand: boolean;
    }
  /** `otto` alone, perhaps with options: the default tasks, or the list of tasks when there are none. */
  | { readonly kind: 'defaults'; readonly flags: RunFlags }
  | {
      readonly kind: 'command';
      readonly name: Exclude<CommandName, 'run' | 'help' | 'version'>;
      readonly options: ParsedOptions;
    }
  /** A word that is a task if the ottofile has it, and a command otherwise. */
  | {
      readonly kind: 'word';
      readonly word: string;
      readonly asTask: Parsed;
      readonly asCommand: Parsed;
      readonly ottofile: string | null;
    };

type Parsed = Result<Invocation, UsageFailure>;

export function parseCommandLine(argv: readonly string[]): Parsed {
  const at = firstWord(argv, RUN_OPTIONS);
  const head = argv.slice(0, at);
  const tail = argv.slice(at);
  if (asksForHelp(head)) return helpOn({ kind: 'otto' }, ottofileIn(head));
  if (head.some((arg) => arg === '--version')) return ok({ kind: 'version' });
  const [word] = tail;
  if (word === 'run' || word === 'Run') return parseRun([...head, ...tail.slice(1)], { shorthand: false });
  if (word === undefined) return parseDefaults(head);
  const always = capitalised(word);
  if (always !== null) return parseCommand({ name: always, word }, head, tail.slice(1));
  if (isCommand(word)) return parseWord(word, head, tail);
  return parseRun(argv, { shorthand: true });
}

function parseDefaults(head: readonly string[]): Parsed {
  const flags = parseFlags(head);
  return flags.ok ? ok({ kind: 'defaults', flags: flags.value }) : flags;
}

function parseFlags(head: readonly string[]): Result<RunFlags, UsageFailure> {
  if (head.includes('-V')) return err(usage('otto run has no option "-V"', 'did you mean --version?'));
  const options = parseOptions(head, RUN_OPTIONS, 'run');
  return options.ok ? readRunFlags(options.value) : options;
}

/** Options of run stand before the first task: what follows a task is read by its params, when the ottofile is known. */
function parseRun(args: readonly string[], { shorthand }: { readonly shorthand: boolean }): Parsed {
  const at = firstWord(args, RUN_OPTIONS);
  const head = args.slice(0, at);
  if (asksForHelp(head)) return helpOn({ kind: 'command', name: 'run' }, ottofileIn(head));
  const flags = parseFlags(head);
  const words = args.slice(args[at] === '--' ? at + 1 : at);
  return flags.ok ? ok({ kind: 'run', flags: flags.value, words, shorthand }) : flags;
}

const asksForHelp = (args: readonly string[]): boolean =>
  args.some((arg) => arg === '-h' || arg === '--help');

/** What -o names among options of run. */
function ottofileIn(head: readonly string[]): string | null {
  const options = parseOptions(head, RUN_OPTIONS, 'run');
  return (options.ok && options.value.values.get('ottofile')) || null;
}

function parseWord(word: CommandName, head: readonly string[], tail: readonly string[]): Parsed {
  return ok({
    kind: 'word',
    word,
    asTask: parseRun([...head, ...tail], { shorthand: true }),
    asCommand: parseCommand({ name: word, word }, head, tail.slice(1)),
    ottofile: ottofileIn(head),
  });
}

interface NamedCommand {
  readonly name: CommandName;
  /** How it was spelled: capitalised where a task may have its name. */
  readonly word: string;
}

function parseCommand(
  { name, word }: NamedCommand,
  head: readonly string[],
  args: readonly string[],
): Parsed {
  if (name === 'run') return parseRun([...head, ...args], { shorthand: false });
  const options = parseOptions([...head, ...args], COMMANDS[name].options, word);
  if (!options.ok) return options;
  const { flags, values, words } = options.value;
  const ottofile = values.get('ottofile') ?? null;
  if (flags.has('help')) return helpOn({ kind: 'command', name }, ottofile);
  const surplus = words[COMMANDS[name].mostWords];
  if (surplus !== undefined)
    return err(
      usage(
        `otto ${word} takes no further word, but was given ${quote(surplus)}`,
        `"otto help ${word}" shows what it takes`,
      ),
    );
  const [topic] = words;
  if (name === 'help')
    return helpOn(topic === undefined ? { kind: 'otto' } : { kind: 'word', word: topic }, ottofile);
  if (name === 'version') return ok({ kind: 'version' });
  return ok({ kind: 'command', name, options: options.value });
}

const helpOn = (topic: HelpTopic, ottofile: string | null): Parsed => ok({ kind: 'help', topic, ottofile });
