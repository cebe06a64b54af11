import { FailureError } from '../../base/failure.ts';
import { unreachable } from '../../base/result.ts';
import { ownerOf } from '../../graph/plan-run.ts';
import type { ParsedOttofile } from '../../ottofile/parse.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggestTask } from '../../ottofile/suggest.ts';
import type { HelpTopic } from '../args.ts';
import { COMMANDS, type CommandInfo, type CommandName, capitalised, isCommand } from '../command-table.ts';
import { loadIfPossible } from '../load.ts';
import { showPath } from '../messages.ts';
import type { OptionSpec } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { type UsageFailure, usage } from '../usage.ts';
import { tasksText } from './list.ts';
import { table } from './table.ts';
import { taskHelp } from './task-help.ts';

export interface HelpRequest {
  readonly topic: HelpTopic;
  /** What -o names. */
  readonly ottofile: string | null;
}

/** `otto help`, `otto help COMMAND`, `otto help TASK`, and `-h` after a command. Throws a FailureError for an unknown word. */
export function help({ topic, ottofile }: HelpRequest, terminal: Terminal): number {
  switch (topic.kind) {
    case 'otto':
      return show(overview(loadIfPossible(ottofile), terminal), terminal);
    case 'command':
      return show(commandHelp(topic.name), terminal);
    case 'word':
      return helpOnWord(topic.word, loadIfPossible(ottofile), terminal);
    default:
      return unreachable(topic);
  }
}

/** What `otto WORD` would be: capitalised always the command, else the task when there is one. `otto run` is no task. */
function helpOnWord(word: string, parsed: ParsedOttofile | null, terminal: Terminal): number {
  const always = capitalised(word) ?? (word === 'run' ? word : null);
  const task = always === null && parsed?.ottofile ? ownerOf(parsed.ottofile.tasks, word) : undefined;
  if (parsed?.ottofile && task) return taskHelp(task, parsed.ottofile, terminal);
  const command = always ?? (parsed?.taskNames.includes(word) ? null : word);
  if (command !== null && isCommand(command)) return show(commandHelp(command), terminal);
  throw new FailureError(unknownWord(word, parsed));
}

function show(text: string, terminal: Terminal): number {
  terminal.out(text);
  return 0;
}

function unknownWord(word: string, parsed: ParsedOttofile | null): UsageFailure {
  if (parsed?.taskNames.includes(word))
    return usage(
      `${showPath(parsed.place.path)} has errors, so that task ${quote(word)} cannot be shown`,
      '"otto list" shows them',
    );
  const near = suggestTask(word, parsed?.taskNames ?? [], Object.keys(COMMANDS));
  return usage(
    `there is no command or task ${quote(word)}`,
    near ? `did you mean "${near}"?` : '"otto help" shows all of them',
  );
}

function overview(parsed: ParsedOttofile | null, terminal: Terminal): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => ['', name, summary]);
  return [
    'otto runs the tasks of an ottofile and passes values between them.',
    '',
    'Usage: otto run [OPTIONS] [TASK [ARGS]]...',
    '       otto [OPTIONS] TASK [ARGS]...  the same, when TASK is no command',
    '       otto COMMAND                   a capitalised COMMAND is never a task',
    '       otto                           the default tasks, or the list of tasks',
    '',
    'Commands:',
    ...table(commands),
    '',
    ...tasksOf(parsed, terminal),
    '"otto help COMMAND" shows the options of a command, "otto TASK --help" those of a task.',
    '',
    'Environment: OTTOFILE (as -o), OTTO_STORE (as --store), OTTO_HOME (where history is kept), NO_COLOR,',
    '             OTTO_SPILL_DIR (a directory for values that shared memory has no room for)',
    'Exit code: 0 all tasks succeeded, 1 a task failed, 2 bad usage or ottofile, 130 and 143 interrupted',
    '',
  ].join('\n');
}

/** Help is there for everybody, also for those whose ottofile has errors. */
function tasksOf(parsed: ParsedOttofile | null, terminal: Terminal): string[] {
  if (parsed === null) return [];
  const file = showPath(parsed.place.path);
  if (parsed.ottofile === null) return [`${file} has errors: "otto list" shows them.`, ''];
  if (parsed.ottofile.tasks.size === 0) return [`${file} has no tasks.`, ''];
  return [`Tasks of ${file}:`, tasksText(parsed.ottofile, terminal).replace(/^(?=.)/gm, '  '), ''];
}

function commandHelp(name: CommandName): string {
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
