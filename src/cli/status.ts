import { readFileSync } from 'node:fs';
import type { TaskName } from '../base/task-name.ts';
import { StatusReporter } from '../report/status.ts';
import type { Listener } from '../run/events.ts';
import { Footer } from './footer.ts';
import type { Foot } from './terminal.ts';

export interface StatusLine {
  readonly listen: Listener;
  readonly stop: () => void;
}

/** The line at the foot of a terminal that tells how the run goes. It goes on every way out. */
export function statusLine(foot: Foot, isInteractive: (task: TaskName) => boolean): StatusLine {
  const footer = new Footer(foot.write);
  const reporter = new StatusReporter({
    columns: widthOfTerminal,
    show: (line) => footer.set(isInBackground() ? '' : line),
    isInteractive,
  });
  foot.put(footer);
  const letGo = handleSignals(footer, reporter);
  const stop = (): void => {
    reporter.stop();
    foot.put(null);
    letGo();
  };
  let isInUse = false;
  const listen: Listener = (event) => {
    if (event.type === 'task-started' && isInteractive(event.task)) isInUse = true;
    else if (event.type === 'task-finished' && isInUse && isInteractive(event.task)) {
      isInUse = false;
      footer.takeBack(widthOfTerminal());
    }
    reporter.listen(event);
    if (event.type === 'run-finished') stop();
  };
  return { listen, stop };
}

const widthOfTerminal = (): number => process.stderr.columns || 80;

/** Returns what undoes it. */
function handleSignals(footer: Footer, reporter: StatusReporter): () => void {
  const erase = (): void => footer.erase();
  const update = (): void => reporter.update();
  // Ctrl-Z stops otto as if nobody listened, but with the line gone.
  const suspend = (): void => {
    footer.erase();
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
  };
  const resume = (): void => {
    process.off('SIGTSTP', suspend).on('SIGTSTP', suspend);
    reporter.update();
  };
  process.on('exit', erase).on('uncaughtExceptionMonitor', erase);
  process.on('SIGTSTP', suspend).on('SIGCONT', resume);
  process.stderr.on('resize', update);
  return () => {
    process.off('exit', erase).off('uncaughtExceptionMonitor', erase);
    process.off('SIGTSTP', suspend).off('SIGCONT', resume);
    process.stderr.off('resize', update);
  };
}

/** In the background the terminal is somebody else's. Where there is no /proc otto is taken to be in front. */
function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return foreground !== '-1' && foreground !== group;
  } catch {
    return false;
  }
}
