import { FailureError } from '../../base/failure.ts';
import type { Native } from '../../data/native.ts';
import { loadNative } from '../../data/native-addon.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { projectFolder } from '../../run/run-directory.ts';
import { printWords } from '../diagnostics.ts';
import { ottoHome } from '../home.ts';
import { describeFailure } from '../messages.ts';
import { type ParsedOptions, toArguments } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { cleanCommand } from './clean.ts';
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
  return cleanCommand({ ...stateContext(options, ottofile, terminal), native: nativeIfBuilt() });
}

function stateContext(options: ParsedOptions, ottofile: Ottofile | null, terminal: Terminal): StateContext {
  return {
    args: toArguments(options, ['ottofile']),
    home: ottoHome(ottofile),
    project: ottofile && {
      folder: projectFolder(ottofile.project, ottofile.directory),
      retention: ottofile.retention,
    },
    write: terminal.out,
    warn: (problem) => printWords(describeFailure(problem), terminal),
  };
}

/** Without the addon there is no shared memory of otto's that could be cleaned. */
function nativeIfBuilt(): Native | null {
  try {
    return loadNative();
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'native-missing') return null;
    throw error;
  }
}
