import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptListener, RunData } from '../data/run-data.ts';
import { hasStreams } from '../graph/streams.ts';
import type { Listener } from './events.ts';
import { Interruption } from './interruption.ts';
import { RunRecord } from './record.ts';
import type { DataPlace, RunRequest, RunSummary } from './request.ts';
import { createRunDirectory, pointLatest, projectFolder, type RunDirectory } from './run-directory.ts';
import { RunInProgress } from './run-in-progress.ts';
import { markRun, type RunMark } from './run-mark.ts';
import { Standing } from './standing.ts';

export type { DataPlace, RunRequest, RunSummary } from './request.ts';

/**
 * Runs the tasks of a plan. Rejects with a FailureError only before anything has run (the state directory cannot be
 * written, the store cannot be opened); from then on every way leads to `run-finished`, a final run.json and a summary.
 * Listeners are called synchronously, in their order, after run.json has been brought up to date.
 */
export async function runTasks(request: RunRequest): Promise<RunSummary> {
  const { ottofile, plan, home } = request;
  const project = join(home, projectFolder(ottofile.project, ottofile.directory));
  const interruption = new Interruption(request.signals ?? process);
  let mark: RunMark | null = null;
  try {
    const startedAt = new Date();
    const directory = createRunDirectory(project, startedAt);
    mark = markRun(directory.path);
    const record = new RunRecord(directory.path, factsOf(request), plan.order);
    const standing = new Standing(request);
    const emit = emitter([record.listen, standing.listen, ...request.listeners]);
    const data = await open(request, { directory, record, standing, startedAt, emit });
    const runDirectory = directory.path;
    // Most runs have no streams, and do without the code for them.
    const streams = hasStreams(plan) ? (await import('./streams.ts')).RunStreams : null;
    const summary = await new RunInProgress({
      request,
      runDirectory,
      startedAt,
      data,
      emit,
      interruption,
      Streams: streams,
    }).run();
    return record.failure === null
      ? summary
      : { ...summary, failures: [...summary.failures, record.failure] };
  } finally {
    mark?.remove();
    interruption.stop();
  }
}

const emitter =
  (listeners: readonly Listener[]): Listener =>
  (event) => {
    for (const listener of listeners) listener(event);
  };

const factsOf = ({ ottofile, store, version, arguments: words }: RunRequest) => ({
  otto: version,
  arguments: words,
  project: { name: ottofile.project, directory: ottofile.directory },
  ottofile: ottofile.path,
  store,
});

interface Opening {
  readonly directory: RunDirectory;
  readonly record: RunRecord;
  readonly standing: Standing;
  readonly startedAt: Date;
  readonly emit: Listener;
}

/** Opens the run's values and writes that it runs. When that fails the run has not happened: nothing of it stays. */
async function open(request: RunRequest, opening: Opening): Promise<RunData> {
  const { directory, record, standing: run, startedAt, emit } = opening;
  let data: RunData | null = null;
  try {
    const onKept: KeptListener = (task, values) => emit({ type: 'values-kept', task, values });
    const onProgress: DataPlace['onProgress'] = (task, progress) =>
      emit({ type: 'task-progress', task, ...progress });
    data = await request.openData({ runDirectory: directory.path, onKept, run, onProgress });
    record.begin(startedAt);
    pointLatest(directory);
    return data;
  } catch (error) {
    await data?.close();
    rmSync(directory.path, { recursive: true, force: true });
    throw error;
  }
}
