import { isatty } from 'node:tty';
import { loadNative } from '../../data/native-addon.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { projectFolder } from '../../run/run-directory.ts';
import { printWords } from '../diagnostics.ts';
import { ottoHome } from '../home.ts';
import { describeFailure } from '../messages.ts';
import type { ParsedOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { cleanCommand } from './clean.ts';
import { dataCommand } from './data.ts';
import { historyCommand } from './history.ts';
import type { StateContext } from './state-context.ts';

export function history(
  options: ParsedOptions,
  ottofile: Ottofile | null,
  terminal: Terminal,
): Promise<number> {
  return historyCommand(stateContext(options, ottofile, terminal));
}

export function clean(
  options: ParsedOptions,
  ottofile: Ottofile | null,
  terminal: Terminal,
): Promise<number> {
  return cleanCommand({ ...stateContext(options, ottofile, terminal), native: nativeOrNull() });
}

/** Values are streamed: they may be larger than memory. */
export function data(options: ParsedOptions, ottofile: Ottofile | null, terminal: Terminal): Promise<number> {
  const context = stateContext(options, ottofile, terminal);
  return dataCommand({
    ...context,
    loadNative,
    toTerminal: isatty(1),
    stream: (pieces) => stream(pieces, terminal),
  });
}

async function stream(pieces: AsyncIterable<string | Uint8Array>, terminal: Terminal): Promise<boolean> {
  const { pressure } = terminal;
  for await (const piece of pieces) {
    terminal.out(piece);
    if (pressure.isFull()) await new Promise<void>((resolve) => pressure.whenRoom(resolve));
    if (terminal.outLost()) return false;
  }
  return true;
}

function stateContext(options: ParsedOptions, ottofile: Ottofile | null, terminal: Terminal): StateContext {
  return {
    options,
    home: ottoHome(ottofile),
    project: ottofile && {
      folder: projectFolder(ottofile.project, ottofile.directory),
      retention: ottofile.retention,
    },
    write: terminal.out,
    warn: (problem) => printWords(describeFailure(problem), terminal),
  };
}
