import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import { OUT_PREFIX } from '../data/captures/exported.ts';
import type { PreparedTask } from '../data/run-data.ts';
import { readsParams, type ScriptParams } from '../data/script-params.ts';
import type { PlannedTask } from '../graph/plan.ts';
import { type ComposedScript, composeScript } from '../script/compose.ts';
import type { Environment, TaskVariables } from './environment.ts';
import type { ExecutorContext, ReachedTask } from './executor-context.ts';
import { runInteractively } from './interactive.ts';
import { type Jobserver, usesJobserver } from './jobserver.ts';
import { MarkedOutput } from './marked-output.ts';
import { type Ended, NOT_STARTED, WITHOUT_PROCESS } from './outcome.ts';
import { scriptParams } from './params.ts';
import { createTaskDirectory, taskDirectory } from './run-directory.ts';
import { start } from './spawn.ts';
import { TaskLog } from './task-log.ts';
import type { TaskPipes } from './task-pipes.ts';
import type { TaskStreams } from './task-streams.ts';
import { Watch } from './watch.ts';

/** All that a task needs to be started. */
interface Prepared extends ReachedTask {
  readonly directory: string;
  readonly script: ComposedScript | null;
  /** What its values need. */
  readonly environment: Environment;
}

interface ToRun extends Prepared {
  readonly script: ComposedScript;
  /** Null: the run has no streams. */
  readonly streams: TaskStreams | null;
  readonly pipes: TaskPipes | null;
}

/**
 * Runs a task's script once, when there is a token for it where there are tokens. One with streams takes none: those who hold the
 * others may wait for it.
 */
export async function attemptTask(context: ExecutorContext, reached: ReachedTask): Promise<Ended> {
  const { jobserver, cuts } = context;
  const { task } = reached;
  const hasNone = jobserver === null || task.definition.script === null;
  if (hasNone || context.streams?.has(task) === true) return attemptNow(context, reached);
  const putBack = await jobserver.take(() => cuts.of(task) !== null, usesJobserver(task));
  try {
    return await attemptNow(context, reached);
  } finally {
    putBack?.();
  }
}

/** Its directory, its inputs, its script, its process. */
async function attemptNow(context: ExecutorContext, reached: ReachedTask): Promise<Ended> {
  const prepared = await prepare(context, reached);
  const { interactive } = reached.task.definition;
  const pipes = prepared.script === null || interactive ? null : await context.pipes.take();
  const streams = context.streams === null ? null : await context.streams.open(reached.task);
  // From here to the start of the process nothing is awaited: an interruption comes before or after both.
  const cut = context.cuts.of(reached.task);
  if (cut !== null) {
    pipes?.giveBack();
    streams?.handedOver();
    return { ...NOT_STARTED, cut };
  }
  if (reached.attempt === 1) context.emit({ type: 'task-started', task: reached.task.name, at: new Date() });
  if (prepared.script === null) return WITHOUT_PROCESS;
  const toRun = { ...prepared, script: prepared.script, pipes, streams };
  writeScript(toRun);
  if (!interactive) return runProcess(context, toRun);
  return runInteractively(context, {
    ...toRun,
    command: toRun.script.command,
    environment: environmentFor(context, toRun),
  });
}

async function prepare(context: ExecutorContext, reached: ReachedTask): Promise<Prepared> {
  const { runDirectory, clientsDirectory, inheritedNames, bash, emit } = context;
  const { task, variables, attempt: number } = reached;
  const directory =
    number === 1 ? createTaskDirectory(runDirectory, task.name) : taskDirectory(runDirectory, task.name);
  const params = scriptParams(task);
  const surroundings = {
    taskDirectory: directory,
    ottofilePath: task.definition.file.path,
    clientsDirectory,
    bash,
    variables: [...inheritedNames, ...Object.keys(variables.file), ...Object.keys(variables.own)],
    hasParamsToRead: readsParams('bash', params),
  };
  const script = composeScript(task.definition.script, surroundings);
  const { environment, notices } = await prepareValues(context, reached, { directory, script, params });
  const tips = number === 1 ? context.silent.tipsFor(task) : [];
  for (const notice of [...tips, ...notices]) emit({ type: 'task-notice', task: task.name, notice });
  return { ...reached, directory, script, environment };
}

function prepareValues(
  { data, plan, stores }: ExecutorContext,
  { task: { name, definition }, variables }: ReachedTask,
  { directory, script, params }: Pick<Prepared, 'directory' | 'script'> & { readonly params: ScriptParams },
): Promise<PreparedTask> {
  return data.prepare({
    name,
    taskDirectory: directory,
    dependencies: plan.reads.get(name) ?? [],
    items: plan.items,
    namePrefix: definition.file.prefix,
    language: definition.script?.language ?? null,
    scriptText: definition.script?.text ?? '',
    usesValues: script?.usesValues ?? false,
    script: script && {
      path: join(directory, script.fileName),
      source: script.source.path,
      line: script.source.line,
    },
    params,
    exported: exportedOf(variables),
    workdir: definition.directory,
    readers: plan.readers.get(name)?.length ?? 0,
    store: stores?.of(name),
    outputs: script && definition.outputs && { declarations: definition.outputs, at: definition.at },
  });
}

/** The variables that are no value of the task unless it changes them. */
const exportedOf = ({ file, own }: TaskVariables): Environment =>
  Object.fromEntries(Object.entries({ ...file, ...own }).filter(([name]) => name.startsWith(OUT_PREFIX)));

async function runProcess(context: ExecutorContext, toRun: ToRun): Promise<Ended> {
  const { task, directory, script, pipes, streams } = toRun;
  const log = new TaskLog(directory);
  const marked = task.definition.markers ? new MarkedOutput(context, task, directory) : null;
  const takesStdout = streams?.stdout != null;
  const watch = new Watch(context, task);
  streams?.begins((bytes) => log.write('stdout', bytes));
  const program = start({
    command: script.command,
    directory: task.definition.directory,
    environment: environmentFor(context, toRun),
    pipes,
    stdin: streams?.stdin ?? null,
    stdout: streams?.stdout ?? null,
    further: jobserverFor(context, task)?.descriptors ?? [],
    pressure: context.pressure,
    onOutput: (stream, chunk) => {
      log.write(stream, chunk);
      if (!watch.running) return;
      if (marked !== null && stream === 'stdout') marked.push(chunk);
      else context.emit({ type: 'task-output', task: task.name, stream, chunk });
    },
    onOutputEnd: () => {
      log.close('stderr');
      if (!takesStdout) log.close('stdout');
      pipes?.giveBack();
    },
    onExit: (pid) => watch.exited(pid),
  });
  watch.started(program.pid);
  streams?.handedOver();
  if (program.pid !== null) context.onBegun(task.name);
  const ended = await program.ended;
  if (streams !== null) await streams.drained();
  if (takesStdout) log.close('stdout');
  const process = streams?.judge(ended) ?? ended;
  const cut = await watch.over();
  await marked?.end();
  const failure = log.failure ?? context.streams?.failureOf(task.name) ?? null;
  return { ...NOT_STARTED, process, failure, cut, printed: marked?.values ?? null };
}

/** Null for most: only what can make use of it is given one. */
const jobserverFor = ({ jobserver }: ExecutorContext, task: PlannedTask): Jobserver | null =>
  jobserver !== null && usesJobserver(task) ? jobserver : null;

function environmentFor(context: ExecutorContext, toRun: ToRun): Environment {
  const { task, attempt: number, directory, variables, environment, streams } = toRun;
  const jobserver = jobserverFor(context, task);
  const own = variables.own.MAKEFLAGS ?? variables.file.MAKEFLAGS;
  const make = jobserver && own === undefined && { MAKEFLAGS: jobserver.flags(context.makeFlags) };
  return context.environmentOf({
    task: task.name,
    attempt: number,
    taskDirectory: directory,
    variables,
    prepared: { ...environment, ...streams?.environment, ...make },
  });
}

function writeScript({ directory, script: { fileName, text, mode } }: ToRun): void {
  const path = join(directory, fileName);
  attempt('write', path, () => writeFileSync(path, text, { mode }));
}
