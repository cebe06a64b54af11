import { availableParallelism } from 'node:os';
import { FailureError } from '../../base/failure.ts';
import { clientsDirectory, helpersDirectory } from '../../data/installation.ts';
import { createRunData } from '../../data/stored-run-data.ts';
import type { GrowingPlan } from '../../graph/growing-plan.ts';
import { type Plan, plainly } from '../../graph/plan.ts';
import { planRun } from '../../graph/plan-run.ts';
import { Recorder } from '../../history/recorder.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { quote, visible } from '../../ottofile/quote.ts';
import { GRACE_MS } from '../../run/cancel.ts';
import type { Listener } from '../../run/events.ts';
import { fileFinder } from '../../run/find-files.ts';
import { Hurry } from '../../run/hurry.ts';
import { Interruption, type InterruptSignal } from '../../run/interruption.ts';
import { type RunSummary, runTasks } from '../../run/run.ts';
import { Variables } from '../../run/variables.ts';
import { damagedWord } from '../argv-bytes.ts';
import { firstProblems, planDiagnostics, planWarnings, refuse } from '../before-run.ts';
import { COMMANDS } from '../command-table.ts';
import type { CliContext } from '../context.ts';
import { endDeadRuns } from '../dead-runs.ts';
import { printDiagnostics, printWords } from '../diagnostics.ts';
import { explanation } from '../explain.ts';
import { ottoHome, spillRoot } from '../home.ts';
import { describeFailure, noDefaultTasks, showNames } from '../messages.ts';
import { printPlanProblems } from '../plan-problems.ts';
import { reportsOf } from '../reporters.ts';
import { type Requests, readRequests } from '../requests.ts';
import type { RunFlags } from '../run-flags.ts';
import { passedOver, storeProblems } from '../store-check.ts';
import { storeOpener } from '../stores.ts';
import { type StoresOfRun, storesOf } from '../stores-of-run.ts';
import type { Terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { ottoVersion } from '../version.ts';

export interface RunWords {
  readonly flags: RunFlags;
  /** Tasks with their arguments; empty: the default tasks. */
  readonly words: readonly string[];
  /** The command line does not say `run`, so a wrong word may have been meant as a command. */
  readonly shorthand: boolean;
  readonly ottofile: Ottofile;
}

const NOTHING_RAN = 2;

/** `otto run`. Returns the exit code; throws a FailureError for what keeps anything from running. */
export async function runCommand(request: RunWords, context: CliContext): Promise<number> {
  const { flags, ottofile } = request;
  const requests = requestedTasks(request);
  if (requests.kind === 'help') {
    const { taskHelp } = await import('./task-help.ts');
    return taskHelp(requests.task, ottofile, context.terminal);
  }
  const planned = planRun(ottofile, requests.requested, await fileFinder(ottofile));
  if (!planned.ok) {
    const named = new Set(requests.requested.map(({ task }) => task));
    printPlanProblems(planned.error, { ottofile, named }, context.terminal);
    return NOTHING_RAN;
  }
  const plan = planned.value;
  const variables = new Variables({
    inherited: process.env,
    bash: ottofile.bash,
    home: ottoHome(ottofile),
  });
  const problems = await planDiagnostics({ plan, variables });
  if (problems.length > 0) return refuse(problems, context.terminal);
  printDiagnostics(planWarnings(plan), context.terminal);
  const stores = storesOf({ flags, ottofile, plan });
  if (flags.explain) {
    context.terminal.out(await explanation({ ottofile, plan, stores }, flags));
    return 0;
  }
  if (flags.dryRun) return showPlan(plan, context.terminal);
  const unusable = await storeProblems(stores, plan);
  if (unusable.length > 0) return refuse(unusable, context.terminal);
  tellPassedOver({ stores, flags, plan }, context.terminal);
  const jobs = flags.jobs ?? ottofile.jobs ?? availableParallelism();
  return execute({ flags, ottofile, plan, variables, jobs, stores }, context);
}

function requestedTasks({ words, shorthand, ottofile }: RunWords): Requests {
  const { defaults, path, tasks } = ottofile;
  if (words.length === 0 && defaults.length === 0)
    throw new FailureError(noDefaultTasks(path, [...tasks.keys()]));
  if (words.length === 0) return { kind: 'run', requested: defaults.map(plainly) };
  const damaged = damagedWord(words);
  if (damaged !== undefined)
    throw new FailureError(
      usage(`${quote(damaged)} is not valid UTF-8`, 'pass bytes in a file, and name it here'),
    );
  const commands = shorthand ? Object.keys(COMMANDS) : [];
  const requests = readRequests({ words, commands }, ottofile);
  if (!requests.ok) throw new FailureError(requests.error);
  return requests.value;
}

function showPlan({ order }: Plan, terminal: Terminal): number {
  terminal.out(order.map((task) => `${visible(task)}\n`).join(''));
  return 0;
}

/** A script may be made for the store that its task names. */
function tellPassedOver(
  { stores, flags, plan }: Pick<Execution, 'stores' | 'flags' | 'plan'>,
  terminal: Terminal,
): void {
  const tasks = flags.output === 'quiet' ? [] : passedOver(stores, plan);
  if (tasks.length === 0) return;
  const message = `--store ${stores.name} counts for every task; another store is named by ${showNames(tasks)}`;
  printWords({ message }, terminal);
}

interface Execution {
  readonly flags: RunFlags;
  readonly ottofile: Ottofile;
  readonly plan: GrowingPlan;
  readonly variables: Variables;
  readonly jobs: number;
  readonly stores: StoresOfRun;
}

/** A signal that comes when the tasks are done does not keep the run from being recorded, but the exit code tells it. */
async function execute(execution: Execution, context: CliContext): Promise<number> {
  const late = new LateSignals();
  try {
    const tell = (message: string): void => printWords({ message }, context.terminal);
    await endDeadRuns(ottoHome(execution.ottofile), { tell });
    const begun = await begin(execution, context.terminal);
    if (begun !== null) return begun;
    const summary = await runAndRecord(execution, context, late);
    return exitCode({ ...summary, signal: summary.signal ?? late.signal });
  } finally {
    // A run that could not begin has ended nothing.
    await execution.variables.end({ graceMs: GRACE_MS, hurry: new Hurry() });
    late.stop();
  }
}

/** Until the tasks are done it is the run that hears signals, and it may leave them to a task. */
class LateSignals {
  #interruption: Interruption | null = null;

  readonly listen: Listener = (event) => {
    if (event.type === 'run-finished') this.#interruption = new Interruption(process);
  };

  get signal(): InterruptSignal | null {
    return this.#interruption?.signal ?? null;
  }

  stop(): void {
    this.#interruption?.stop();
  }
}

/** What comes first; the exit code when nothing may follow. */
async function begin(execution: Execution, terminal: Terminal): Promise<number | null> {
  const interruption = new Interruption(process);
  try {
    const problems = await firstProblems(execution, interruption);
    if (interruption.signal !== null) return signalCode(interruption.signal);
    return problems.length === 0 ? null : refuse(problems, terminal);
  } finally {
    interruption.stop();
  }
}

async function runAndRecord(
  { flags, ottofile, plan, variables, jobs, stores }: Execution,
  { terminal, progress, argv }: CliContext,
  late: LateSignals,
): Promise<RunSummary> {
  const reports = await reportsOf({ flags, plan, isLeft: () => late.signal !== null }, terminal);
  const home = ottoHome(ottofile);
  const { retention } = ottofile;
  const recorder = new Recorder({
    home,
    retention: retention.autoPrune ? retention : null,
    onProblem: (problem) => printWords(describeFailure(problem), terminal),
  });
  const summary = await runTasks({
    ottofile,
    plan,
    variables,
    jobs,
    keepGoing: flags.keepGoing,
    failFast: flags.failFast,
    force: flags.force,
    home,
    store: stores.name,
    ...(stores.choose && { chooseStore: stores.choose }),
    openData: async (place) => {
      const { memoryBytes } = ottofile;
      const openStore = storeOpener({ ...place, spillRoot: spillRoot(home), memoryBytes });
      return createRunData({ ...place, store: await openStore(stores.own), openStore, memoryBytes });
    },
    arguments: argv,
    version: ottoVersion(),
    clientsDirectory: clientsDirectory(),
    helpersDirectory: helpersDirectory(),
    pressure: terminal.pressure,
    listeners: [
      late.listen,
      (event) => {
        if (event.type === 'run-started') progress.started = true;
      },
      recorder.listen,
      ...reports.listeners,
    ],
  }).finally(reports.stop);
  await recorder.finish();
  await reports.finish();
  for (const failure of summary.failures) printWords(describeFailure(failure), terminal);
  return summary;
}

const signalCode = (signal: InterruptSignal): number => (signal === 'SIGINT' ? 130 : 143);

/** As a shell reports a program that a signal ended: 128 plus the signal's number. SIGHUP counts as SIGTERM. */
function exitCode({ result, signal, failures }: RunSummary): number {
  if (signal !== null) return signalCode(signal);
  return result === 'succeeded' && failures.length === 0 ? 0 : 1;
}
