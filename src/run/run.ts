import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptListener, RunData } from '../data/run-data.ts';
import type { RunEvent } from './events.ts';
import { Interruption } from './interruption.ts';
import { RunRecord } from './record.ts';
import type { DataPlace, RunRequest, RunSummary } from './request.ts';
import { createRunDirectory, pointLatest, projectFolder } from './run-directory.ts';
import { RunInProgress } from './run-in-progress.ts';

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
  try {
    const directory = createRunDirectory(project, new Date());
    const record = new RunRecord(directory.path, factsOf(request), plan.order);
    const listeners = [record.listen, ...request.listeners];
    const emit = (event: RunEvent): void => {
      for (const listener of listeners) listener(event);
    };
    const onKept: KeptListener = (task, values) => emit({ type: 'values-kept', task, values });
    const data = await openData(request, { runDirectory: directory.path, onKept });
    pointLatest(directory);
    return await new RunInProgress({ request, runDirectory: directory.path, data, emit, interruption }).run();
  } finally {
    interruption.stop();
  }
}

const factsOf = ({ ottofile, store, version, arguments: words }: RunRequest) => ({
  otto: version,
  arguments: words,
  project: { name: ottofile.project, directory: ottofile.directory },
  ottofile: ottofile.path,
  store,
});

/** A run whose values have no place has not happened: nothing of it stays. */
async function openData(request: RunRequest, place: DataPlace): Promise<RunData> {
  try {
    return await request.openData(place);
  } catch (error) {
    rmSync(place.runDirectory, { recursive: true, force: true });
    throw error;
  }
}
