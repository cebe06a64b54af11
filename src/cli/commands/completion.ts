import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { type Candidate, candidatesFor, type KnownTasks } from '../completion/candidates.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { replacement, splitLine } from '../completion/shell-words.ts';
import type { CliContext } from '../context.ts';
import { loadOttofile, locateIfAny } from '../load.ts';
import type { ParsedOptions } from '../options.ts';
import { misuse } from './state-context.ts';
import { cell } from './table.ts';

/** `otto completion SHELL` prints a script; that script asks by `otto Completion --complete SHELL -- …`. */
export function completionCommand({ values, words }: ParsedOptions, { terminal }: CliContext): number {
  const asking = values.get('complete');
  if (asking === undefined) terminal.out(SCRIPTS[shellOf(words)]);
  else terminal.out(answer(asking, words));
  return 0;
}

function shellOf(words: readonly string[]): Shell {
  const [word, more] = words;
  const shell = SHELLS.find((name) => name === word);
  if (shell !== undefined && more === undefined) return shell;
  if (word === undefined || more !== undefined)
    throw misuse(`otto completion takes one of ${SHELLS.join(', ')}`);
  const near = suggest(word, SHELLS);
  throw misuse(
    `there is no completion for ${quote(word)}`,
    near ? `did you mean "${near}"?` : `there is one for ${SHELLS.join(', ')}`,
  );
}

/** Whoever presses a key wants no message: what goes wrong gives no candidates. */
function answer(shell: string, words: readonly string[]): string {
  try {
    return shell === 'bash' ? forBash(words) : forOthers(words);
  } catch {
    return '';
  }
}

/** Given the letters that end words, and the line up to the cursor. What is no candidate, readline completes as a file. */
function forBash([breaks = '', line = '']: readonly string[]): string {
  const { words, last } = splitLine(line, breaks);
  const typed = [...words.slice(1), last.text];
  const { candidates } = candidatesFor(typed, knownTasks(typed));
  const fitting = candidates.filter(({ text }) => text.startsWith(last.text));
  return fitting.map(({ text }) => `${replacement(text, last)}\n`).join('');
}

/** zsh and fish choose and quote themselves, and show the help. */
function forOthers(words: readonly string[]): string {
  const { candidates, files } = candidatesFor(words, knownTasks(words));
  return `${candidates.map(lineOf).join('')}${files ? '\tfiles\n' : ''}`;
}

const lineOf = ({ text, help }: Candidate): string => {
  const first = cell(help.trimStart().split('\n', 1)[0] ?? '');
  return first === '' ? `${text}\n` : `${text}\t${first}\n`;
};

/** The tasks of the ottofile that the words name by -o, else of the one that otto would use. */
function knownTasks(words: readonly string[]): KnownTasks {
  const at = words.findIndex((word) => word === '-o' || word === '--ottofile');
  const path = locateIfAny(at >= 0 && at + 1 < words.length - 1 ? (words[at + 1] ?? null) : null);
  if (path === null) return new Map();
  const { ottofile, taskNames } = loadOttofile(path);
  return ottofile?.tasks ?? new Map(taskNames.map((name) => [name, null]));
}
