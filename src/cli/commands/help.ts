import { FailureError } from '../../base/failure.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { COMMANDS, type CommandInfo, isCommand } from '../command-table.ts';
import type { OptionSpec } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { table } from './table.ts';

/** `otto help`, `otto help COMMAND`, and `-h` after a command. Throws a FailureError for an unknown command. */
export function help(command: string | null, terminal: Terminal): number {
  terminal.out(command === null ? overview() : commandHelp(command));
  return 0;
}

function overview(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => ['', name, summary]);
  return [
    'otto runs the tasks of an ottofile and passes values between them.',
    '',
    'Usage: otto run [OPTIONS] [TASK]...',
    '       otto [OPTIONS] TASK...         the same, when TASK is no command',
    '       otto COMMAND                   a capitalised COMMAND is never a task',
    '       otto                           the default tasks, or the list of tasks',
    '',
    'Commands:',
    ...table(commands),
    '',
    '"otto help COMMAND" shows the options of a command.',
    '',
    'Environment: OTTOFILE (as -o), OTTO_STORE (as --store), OTTO_HOME (where history is kept), NO_COLOR,',
    '             OTTO_SPILL_DIR (a directory for values that shared memory has no room for)',
    'Exit code: 0 all tasks succeeded, 1 a task failed, 2 bad usage or ottofile, 130 and 143 interrupted',
    '',
  ].join('\n');
}

function commandHelp(word: string): string {
  const name = word.toLowerCase();
  if (!isCommand(name)) {
    const near = suggest(word, Object.keys(COMMANDS));
    throw new FailureError(
      usage(`there is no command ${quote(word)}`, near ? `did you mean "${near}"?` : undefined),
    );
  }
  const info: CommandInfo = COMMANDS[name];
  const options = Object.entries(info.options).map(([long, spec]) => [
    '',
    optionWords(long, spec),
    spec.help,
  ]);
  const usageLine = `Usage: otto ${name} ${info.arguments}`.trimEnd();
  return [usageLine, '', info.summary, '', 'Options:', ...table(options), ''].join('\n');
}

function optionWords(long: string, { short, value }: OptionSpec): string {
  const start = short === undefined ? '    ' : `-${short}, `;
  return `${start}--${long}${value === undefined ? '' : ` ${value}`}`;
}
