import { visible } from '../ottofile/quote.ts';
import { noticeReporter } from '../report/notices.ts';
import { prefixedReporter } from '../report/prefixed.ts';
import { quietReporter } from '../report/quiet.ts';
import { Screen } from '../report/screen.ts';
import { staleWords } from '../report/stale-words.ts';
import { summaryReporter } from '../report/summary.ts';
import { durationWords, outcomeWords } from '../report/words.ts';
import type { Listener } from '../run/events.ts';
import { describeFailure } from './messages.ts';
import type { RunFlags } from './run-flags.ts';
import type { Terminal } from './terminal.ts';

/** What a user sees of a run. */
export function reporters({ output, verbose }: RunFlags, terminal: Terminal): Listener[] {
  const screen = new Screen({
    stdout: terminal.out,
    stderr: terminal.err,
    colours: { stdout: terminal.outColours, stderr: terminal.errColours },
  });
  const shown = {
    prefixed: () => [prefixedReporter(screen), summaryReporter(screen, describeFailure)],
    quiet: () => [quietReporter(screen, describeFailure)],
  };
  return [noticeReporter(screen), ...(verbose ? [verboseReporter(screen)] : []), ...shown[output]()];
}

/** -v: where the run is kept, and when each task starts and ends. */
function verboseReporter(screen: Screen): Listener {
  const tell = (words: string) => screen.lines('stderr', `otto: ${words}\n`);
  return (event) => {
    if (event.type === 'run-started') tell(`the run is kept in ${event.directory}`);
    if (event.type === 'task-stale')
      tell(`task ${JSON.stringify(event.task)} runs: ${visible(staleWords(event.why))}`);
    if (event.type === 'task-started') tell(`task ${JSON.stringify(event.task)} started`);
    if (event.type !== 'task-finished') return;
    const { message } = outcomeWords(event.outcome, describeFailure);
    tell(`task ${JSON.stringify(event.task)} ${message} after ${durationWords(event.durationMs)}`);
  };
}
