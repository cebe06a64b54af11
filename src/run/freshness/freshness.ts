import { rmdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import type { Hasher } from '../../data/checksum.ts';
import type { RunData } from '../../data/run-data.ts';
import { SerialQueue } from '../../data/serial-queue.ts';
import type { KeptValue } from '../../data/value.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';
import { createTaskDirectory, taskDirectory } from '../run-directory.ts';
import type { TaskStores } from '../task-stores.ts';
import type { KnownFile } from './compare.ts';
import type { TaskToCheck } from './definition.ts';
import { type FileState, findFiles, stateOf } from './files.ts';
import { hashFiles, type Inspection, inspect, isUntouched, type Surroundings, without } from './inspect.ts';
import type { StaleReason } from './reason.ts';
import { type FreshRecord, type RecordedFile, recordPath, removeRecord, writeRecord } from './record.ts';

export interface FreshnessContext extends Surroundings {
  readonly runDirectory: string;
  readonly plan: Plan;
  readonly data: RunData;
  /** Null: every task has the run's own store. */
  readonly stores: TaskStores | null;
  /** Whether a task reads a stream, or another one reads what it writes: nobody keeps what went through it. */
  readonly hasStreams: (task: PlannedTask) => boolean;
  /** `--force`: everything runs. */
  readonly force: boolean;
}

/** Decides which tasks of a run need not run, and records what the others depended on. Only for tasks that are watched. */
export class Freshness {
  readonly #context: FreshnessContext;
  /** What was found of the tasks that run, for their record. */
  readonly #running = new Map<TaskName, { readonly reached: TaskToCheck; readonly before: Inspection }>();
  /** Records wait for the hashes of large values; nobody waits for records but the end of the run. */
  readonly #records = new SerialQueue();

  constructor(context: FreshnessContext) {
    this.#context = context;
  }

  /** Null: it is up to date, and the values of its last run are its values again. */
  async decide(reached: TaskToCheck): Promise<StaleReason | null> {
    const found = await inspect(reached, this.#context);
    const reason = await this.#reasonToRun(reached, found);
    if (reason !== null) this.#begin(reached, found);
    return reason;
  }

  /** From here on its outputs may be half done: what was recorded of them holds no longer, however the task ends. */
  #begin(reached: TaskToCheck, before: Inspection): void {
    const { name } = reached.task;
    removeRecord(recordPath(this.#context.project, name));
    this.#running.set(name, { reached, before });
  }

  async #reasonToRun(reached: TaskToCheck, { record, reason }: Inspection): Promise<StaleReason | null> {
    if (this.#context.force) return { kind: 'forced' };
    if (this.#context.hasStreams(reached.task)) return { kind: 'streams' };
    if (reason !== null || record === null) return reason ?? { kind: 'not-recorded' };
    const upstream = await this.#upstream(reached.task.name);
    const task = otherUpstream(upstream, record.upstream);
    if (task !== null) return { kind: 'other-values', task };
    return (await this.#restore(reached.task.name, record)) ? null : { kind: 'values-gone' };
  }

  /** The task has succeeded, and its values are taken in. What it read is compared with what it was before. */
  async succeeded(name: TaskName): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    const at = new Date().toISOString();
    const { reached, before } = running;
    const { directory, fresh } = reached.task.definition;
    const outputs = await findFiles(before.outputPatterns, directory);
    const inputs = without(before.present.inputs, outputs.files).files;
    const { hasher } = this.#context;
    const hashing = { directory, known: [], recordedAt: null, hasher };
    const hashed = fresh === 'hash' ? await hashFiles(outputs.files, hashing) : null;
    const facts = {
      version: 1,
      task: name,
      at,
      run: basename(this.#context.runDirectory),
      parts: before.present.parts,
      inputs: inputs.map(recorded),
      changedMeanwhile: changedSince(inputs, directory),
      outputs: hashed?.map(recorded) ?? null,
    } as const;
    this.#records.add(() => this.#write(facts));
  }

  /** Resolves when all records are written; rejects with the first failure. */
  complete(): Promise<void> {
    return this.#records.drain();
  }

  async #write(facts: Omit<FreshRecord, 'upstream' | 'values'>): Promise<void> {
    const name = facts.task as TaskName;
    const values = await this.#context.data.keptOf(name);
    const upstream = await this.#upstream(name);
    // Without its values a task cannot be left out.
    if (values === null || Object.values(upstream).includes(UNKNOWN)) return;
    writeRecord(recordPath(this.#context.project, name), { ...facts, upstream, values });
  }

  async #upstream(name: TaskName): Promise<Readonly<Record<string, string>>> {
    const { plan, data, hasher } = this.#context;
    const hashes: Record<string, string> = {};
    for (const task of plan.reads.get(name) ?? [])
      hashes[task] = await hashValues(await data.keptOf(task), hasher);
    return hashes;
  }

  async #restore(name: TaskName, record: FreshRecord): Promise<boolean> {
    const { data, plan, stores, runDirectory, project } = this.#context;
    const directory = createTaskDirectory(runDirectory, name);
    const restored = await data.restore(
      {
        name,
        taskDirectory: directory,
        dependencies: plan.reads.get(name) ?? [],
        readers: plan.readers.get(name)?.length ?? 0,
        store: stores?.of(name),
      },
      { directory: taskDirectory(join(project, record.run), name), values: record.values },
    );
    if (!restored) rmdirSync(directory);
    // The run that has the values may be removed: this one has them, too.
    else
      this.#records.add(async () =>
        writeRecord(recordPath(project, name), { ...record, run: basename(runDirectory) }),
      );
    return restored;
  }
}

const UNKNOWN = '';

/** One hash for the keys, types and contents of a task's values, in their order. */
export async function hashValues(values: readonly KeptValue[] | null, hasher: Hasher): Promise<string> {
  if (values === null) return UNKNOWN;
  return hasher.hash(Buffer.from(JSON.stringify(values.map(({ key, type, xxh128 }) => [key, type, xxh128]))));
}

/** The first task whose values are others than the recorded ones. */
export function otherUpstream(now: FreshRecord['upstream'], then: FreshRecord['upstream']): TaskName | null {
  const other =
    Object.keys(now).find((task) => now[task] === UNKNOWN || now[task] !== then[task]) ??
    Object.keys(then).find((task) => now[task] === undefined);
  return (other ?? null) as TaskName | null;
}

const recorded = ({ path, size, mtimeNs, ctimeNs, xxh128 }: KnownFile): RecordedFile => ({
  path,
  size,
  mtimeNs: String(mtimeNs),
  ctimeNs: String(ctimeNs),
  ...(xxh128 !== undefined && { xxh128 }),
});

function changedSince(files: readonly FileState[], directory: string): string | null {
  const changed = files.find((before) => {
    const now = stateOf(resolve(directory, before.path), before.path);
    return now === null || !isUntouched(now, recorded(before));
  });
  return changed?.path ?? null;
}
