import type { TaskName } from '../base/task-name.ts';
import type { Plan } from '../graph/plan.ts';
import { visible } from '../ottofile/quote.ts';
import type { Explain } from '../report/failures.ts';
import { noticeReporter, retryReporter } from '../report/notices.ts';
import { prefixedReporter } from '../report/prefixed.ts';
import { quietReporter } from '../report/quiet.ts';
import { Screen } from '../report/screen.ts';
import { quotedName } from '../report/shown-name.ts';
import { staleWords } from '../report/stale-words.ts';
import { summaryReporter } from '../report/summary.ts';
import { durationWords, outcomeWords } from '../report/words.ts';
import type { Listener } from '../run/events.ts';
import { describeFailure, showPath } from './messages.ts';
import type { RunFlags } from './run-flags.ts';
import type { StatusLine } from './status.ts';
import type { Terminal } from './terminal.ts';

export interface ToReport {
  readonly flags: RunFlags;
  readonly plan: Plan;
  /** True once a signal has come after the tasks' end: nobody waits for the rest of the output. */
  readonly isLeft: () => boolean;
}

/** What a user sees of a run. */
export interface Reports {
  readonly listeners: readonly Listener[];
  /** Resolves when all has been written. */
  readonly finish: () => Promise<void>;
  /** Takes away what stands on the terminal only while the run goes on. */
  readonly stop: () => void;
}

/** The other modes promise that nothing but output is shown, or are read by programs. */
const WITH_STATUS: ReadonlySet<RunFlags['output']> = new Set(['prefixed', 'grouped', 'quiet']);

export async function reportsOf(run: ToReport, terminal: Terminal): Promise<Reports> {
  const screen = new Screen({
    stdout: terminal.out,
    stderr: terminal.err,
    colours: { stdout: terminal.outColours, stderr: terminal.errColours },
  });
  const shown = await SHOWN[run.flags.output]({ run, screen, terminal, explain: explanations(run.plan) });
  const verbose = run.flags.verbose ? [verboseReporter(screen)] : [];
  const status = await statusOf(run, terminal);
  return {
    listeners: [...(status === null ? [] : [status.listen]), ...verbose, ...shown],
    finish: () => screen.idle(),
    stop: () => status?.stop(),
  };
}

/** Loaded only where there is a terminal. */
async function statusOf({ flags, plan }: ToReport, { foot }: Terminal): Promise<StatusLine | null> {
  if (foot === null || !WITH_STATUS.has(flags.output)) return null;
  const { statusLine } = await import('./status.ts');
  return statusLine(foot, (task) => plan.tasks.get(task)?.definition.interactive === true);
}

interface Showing {
  readonly run: ToReport;
  readonly screen: Screen;
  readonly terminal: Terminal;
  readonly explain: Explain;
}

type Show = (showing: Showing) => readonly Listener[] | Promise<readonly Listener[]>;

/** Those that are asked for less often are loaded when they are. */
const SHOWN: Readonly<Record<RunFlags['output'], Show>> = {
  prefixed: ({ screen, explain }) => [
    noticeReporter(screen),
    retryReporter(screen, describeFailure),
    prefixedReporter(screen),
    summaryReporter(screen, explain),
  ],
  quiet: ({ screen, explain }) => [noticeReporter(screen), quietReporter(screen, explain)],
  grouped: async ({ run, screen, terminal, explain }) => {
    const { groupedReporter } = await import('../report/grouped.ts');
    const { pressure } = terminal;
    return [
      noticeReporter(screen),
      groupedReporter(screen, {
        describe: describeFailure,
        pressure,
        isLeft: run.isLeft,
      }),
      summaryReporter(screen, explain),
    ];
  },
  raw: async ({ screen, explain }) => {
    const { rawReporter } = await import('../report/raw.ts');
    return [
      noticeReporter(screen),
      retryReporter(screen, describeFailure),
      rawReporter(screen),
      summaryReporter(screen, explain),
    ];
  },
  json: async ({ screen, terminal, explain }) => {
    const { jsonReporter } = await import('../report/json.ts');
    return [jsonReporter(terminal.out, describeFailure), quietReporter(screen, explain)];
  },
};

function explanations({ tasks }: Plan): Explain {
  return {
    describe: describeFailure,
    ottofileOf: (task: TaskName) => {
      const definition = tasks.get(task)?.definition;
      return definition?.script?.linesMatch === true ? showPath(definition.file.path) : null;
    },
    isBash: (task: TaskName) => tasks.get(task)?.definition.script?.language === 'bash',
  };
}

/** -v: where the run is kept, and when each task starts and ends. */
function verboseReporter(screen: Screen): Listener {
  const tell = (words: string) => screen.lines('stderr', `otto: ${words}\n`);
  return (event) => {
    if (event.type === 'run-started') tell(`the run is kept in ${event.directory}`);
    if (event.type === 'task-stale')
      tell(`task ${quotedName(event.task)} runs: ${visible(staleWords(event.why))}`);
    if (event.type === 'task-started') tell(`task ${quotedName(event.task)} started`);
    if (event.type === 'tasks-added')
      tell(`task ${quotedName(event.parent)} brought in ${event.tasks.length} more`);
    if (event.type !== 'task-finished') return;
    const { message } = outcomeWords(event.outcome, describeFailure);
    tell(`task ${quotedName(event.task)} ${message} after ${durationWords(event.durationMs)}`);
  };
}
