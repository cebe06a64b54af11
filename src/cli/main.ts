import { FailureError } from '../base/failure.ts';
import { parseCommandLine } from './args.ts';
import type { Progress } from './context.ts';
import { printWords } from './diagnostics.ts';
import { dispatch } from './dispatch.ts';
import { describeFailure, failureExitCode } from './messages.ts';
import { processTerminal } from './terminal.ts';

/** Runs the command line and returns the exit code. Everything that is thrown on purpose becomes words here. */
async function main(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const progress: Progress = { started: false };
  try {
    const invocation = parseCommandLine(argv);
    if (!invocation.ok) throw new FailureError(invocation.error);
    return await dispatch(invocation.value, { terminal, progress, argv });
  } catch (error) {
    if (!(error instanceof FailureError)) {
      terminal.err(bugReport(error));
      return 1;
    }
    printWords(describeFailure(error.failure), terminal);
    return failureExitCode(error.failure, progress.started);
  }
}

function bugReport(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `otto: this is a bug in otto; please report it with these lines:\n${stack}\n`;
}

// Not process.exit at once: what was written to a pipe must arrive first. When nothing is left to do it spares the time in which
// Node would give everything back piece by piece.
process.once('beforeExit', () => process.exit());
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
