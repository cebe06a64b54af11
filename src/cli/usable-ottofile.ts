import type { Ottofile } from '../ottofile/model.ts';
import type { ParsedOttofile } from '../ottofile/parse.ts';
import { printDiagnostics } from './diagnostics.ts';
import { loadOttofile, locateOttofile } from './load.ts';
import type { ParsedOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Exit code for an ottofile with errors: they have been shown. */
export const BAD_OTTOFILE = 2;

/** Shows what is wrong with the ottofile; null when it cannot be used. */
export function usable({ ottofile, diagnostics }: ParsedOttofile, terminal: Terminal): Ottofile | null {
  printDiagnostics(diagnostics, terminal);
  return ottofile;
}

/** The ottofile that a command is about: by -o, OTTOFILE or the nearest one. Throws a FailureError when there is none. */
export const ottofileOf = ({ values }: ParsedOptions, terminal: Terminal): Ottofile | null =>
  usable(loadOttofile(locateOttofile(values.get('ottofile') ?? null)), terminal);
