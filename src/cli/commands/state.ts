import { accessSync, constants, opendirSync } from 'node:fs';
import { isatty } from 'node:tty';
import { ioFailure } from '../../base/io-failure.ts';
import { loadNative } from '../../data/native-addon.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import { listFolders } from '../../history/state-tree.ts';
import type { ParsedOttofile } from '../../ottofile/parse.ts';
import { projectFolder } from '../../run/run-directory.ts';
import type { CliContext } from '../context.ts';
import { printDiagnostics, printWords } from '../diagnostics.ts';
import { ottoHome } from '../home.ts';
import { loadOttofile, locateIfAny } from '../load.ts';
import { describeFailure } from '../messages.ts';
import type { ParsedOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { BAD_OTTOFILE } from '../usable-ottofile.ts';
import { cleanCommand } from './clean.ts';
import { dataCommand } from './data.ts';
import { historyCommand } from './history.ts';
import type { StateContext } from './state-context.ts';
import { statsCommand } from './stats.ts';

export async function history(options: ParsedOptions, context: CliContext): Promise<number> {
  return historyCommand({
    ...stateContext(options, context),
    stream: (pieces) => stream(pieces, context.terminal),
  });
}

export async function stats(options: ParsedOptions, context: CliContext): Promise<number> {
  return statsCommand(stateContext(options, context));
}

/** Nothing is removed by rules that cannot be read. */
export async function clean(options: ParsedOptions, context: CliContext): Promise<number> {
  const state = stateContext(options, context);
  if (state.isBroken && !options.flags.has('dry-run')) return BAD_OTTOFILE;
  return cleanCommand({ ...state, native: nativeOrNull() });
}

/** Values are streamed: they may be larger than memory. */
export async function data(options: ParsedOptions, context: CliContext): Promise<number> {
  return dataCommand({
    ...stateContext(options, context),
    loadNative,
    toTerminal: isatty(1),
    stream: (pieces) => stream(pieces, context.terminal),
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

/** An ottofile with errors is shown, but what runs have left can be looked at all the same. */
function stateContext(
  options: ParsedOptions,
  { terminal, progress }: CliContext,
): StateContext & { readonly isBroken: boolean } {
  const found = locateIfAny(options.values.get('ottofile') ?? null);
  const parsed = found === null ? null : loadOttofile(found);
  if (parsed !== null) printDiagnostics(parsed.diagnostics, terminal);
  const home = ottoHome(parsed?.place ?? null);
  checkHome(home);
  progress.started = true;
  const isBroken = parsed !== null && parsed.ottofile === null;
  return {
    options,
    home,
    project: parsed && { folder: folderOf(home, parsed), retention: parsed.place.retention },
    write: terminal.out,
    warn: (problem) => printWords(describeFailure(problem), terminal),
    isBroken,
  };
}

/** Where nothing can be read, "no runs" would not be true. Before the first run there is nothing at all. */
function checkHome(home: string): void {
  try {
    opendirSync(home).closeSync();
    accessSync(home, constants.X_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioFailure(error, 'read', home);
  }
}

/** A project whose name cannot be read is known by its directory, of which the folder's name holds the hash. */
function folderOf(home: string, { ottofile, place }: ParsedOttofile): string {
  const folder = projectFolder(place.project, place.directory);
  const folders = ottofile === null ? listFolders(home) : [folder];
  if (folders.includes(folder)) return folder;
  return folders.find((name) => name.endsWith(folder.slice(-HASH_LENGTH))) ?? folder;
}

/** `-` and eight hexadecimal digits. */
const HASH_LENGTH = 9;
