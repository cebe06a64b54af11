import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { runningHash } from '../data/checksum.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import { Head, headInFile } from '../data/streams/kept-head.ts';
import { Stream } from '../data/streams/stream.ts';
import type { StreamRecord } from '../data/streams/stream-options.ts';
import { type StreamSystem, streamSystem } from '../data/streams/system.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { type StreamEdge, streamsInto, streamsOutOf, usesStreams } from '../graph/streams.ts';
import type { RunEvent } from './events.ts';
import { taskDirectory } from './run-directory.ts';
import { inputVariables } from './stream-variables.ts';
import { streamsDirectory } from './streams-directory.ts';
import { TaskStreams } from './task-streams.ts';

export interface StreamsContext {
  readonly plan: Plan;
  readonly runDirectory: string;
  readonly emit: (event: RunEvent) => void;
  /** A task that writes needs its readers to start, though no place is free. */
  readonly onStarving: (task: TaskName) => void;
}

type What = StreamEdge['what'];

/** The streams between the tasks of one run: opens them when tasks start, and ends them when tasks end. */
export class RunStreams {
  readonly #context: StreamsContext;
  readonly #directory: string;
  readonly #system: StreamSystem;
  readonly #streams = new Map<string, Stream>();
  readonly #records = new Map<TaskName, StreamRecord>();
  readonly #failed = new Set<TaskName>();
  readonly #ended = new Set<TaskName>();
  #made = 0;

  constructor(context: StreamsContext) {
    this.#context = context;
    this.#directory = streamsDirectory(context.runDirectory);
    this.#system = streamSystem(nativeOrNull());
    attempt('create', this.#directory, () => mkdirSync(this.#directory, { mode: 0o700 }));
  }

  has({ name }: Pick<PlannedTask, 'name'>): boolean {
    return usesStreams(this.#context.plan, name);
  }

  /** A task is about to start, perhaps once more. */
  async open(task: PlannedTask): Promise<TaskStreams> {
    const streams = new TaskStreams();
    if (task.definition.script === null) return streams;
    await this.#openWritten(task, streams);
    await this.#openRead(task, streams);
    return streams;
  }

  /** A task has ended, or will never start. */
  finished(name: TaskName, succeeded: boolean): void {
    this.#ended.add(name);
    if (!succeeded) this.#failed.add(name);
    for (const what of ['stream', 'stdout'] as const) this.#complete(name, what);
    for (const stream of this.#streams.values()) stream.leave(name);
    for (const stream of this.#streams.values()) if (stream.isOver) stream.close();
  }

  /** What kept a stream of this task from reaching others. */
  failureOf(name: TaskName): Failure | null {
    const streams = [this.#streams.get(keyOf(name, 'stream')), this.#streams.get(keyOf(name, 'stdout'))];
    return streams.find((stream) => stream?.failure)?.failure ?? null;
  }

  /** The task whose stream this one has not got to its end, because that task failed. One that runs always bears it. */
  cutFor({ name, definition }: PlannedTask): TaskName | null {
    if (definition.always) return null;
    const edges = streamsInto(this.#context.plan, name).filter(({ isWanted }) => isWanted);
    const isCut = ({ producer, what }: StreamEdge): boolean =>
      this.#failed.has(producer) || Boolean(this.#streams.get(keyOf(producer, what))?.failure);
    return edges.find(isCut)?.producer ?? null;
  }

  /** The items of a `foreach` read what was kept for it. */
  itemsAdded(parent: TaskName, items: readonly TaskName[]): void {
    for (const edge of items.flatMap((item) => streamsInto(this.#context.plan, item))) {
      const stream = this.#streams.get(keyOf(edge.producer, edge.what));
      if (edge.isWanted && stream?.outletOf(parent) !== undefined) this.#addOutlet(stream, edge);
    }
    for (const stream of this.#streams.values()) stream.leave(parent);
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #openWritten(task: PlannedTask, streams: TaskStreams): Promise<void> {
    const { name, definition } = task;
    const edges = streamsOutOf(this.#context.plan, name).filter(({ isWanted }) => isWanted);
    const written: What[] = [
      ...(definition.streaming ? (['stream'] as const) : []),
      ...(edges.some(({ what }) => what === 'stdout') ? (['stdout'] as const) : []),
    ];
    for (const what of written) {
      const stream = await this.#make(task, what, streams);
      for (const edge of edges.filter((one) => one.what === what)) this.#addOutlet(stream, edge);
      streams.writes(stream, await stream.openInlet(what === 'stdout' ? 'stdout' : 'path'), what);
    }
  }

  /** An attempt that failed has had a stream of its own; nobody has got anything of that. */
  async #make({ name, definition }: PlannedTask, what: What, streams: TaskStreams): Promise<Stream> {
    const key = keyOf(name, what);
    this.#streams.get(key)?.close();
    const limit = definition.keptStreamBytes;
    const path = join(taskDirectory(this.#context.runDirectory, name), 'stream');
    const stream = new Stream({
      system: this.#system,
      directory: this.#directory,
      name: String(this.#made++),
      hash: await runningHash(nativeOrNull()),
      head: what === 'stdout' ? new Head(limit, streams.keepStdout) : headInFile(path, limit),
      onStarving: () => this.#context.onStarving(name),
    });
    this.#streams.set(key, stream);
    return stream;
  }

  #addOutlet(stream: Stream, { consumer, isLive }: StreamEdge): void {
    const task = this.#context.plan.tasks.get(consumer);
    stream.addOutlet(consumer, { mayRestart: mayRestart(task), isLive });
    if (this.#ended.has(consumer)) stream.leave(consumer);
  }

  async #openRead(task: PlannedTask, streams: TaskStreams): Promise<void> {
    const edges = streamsInto(this.#context.plan, task.name);
    const paths = new Map<TaskName, string>();
    for (const { producer, what, isWanted } of edges) {
      const outlet = isWanted ? this.#streams.get(keyOf(producer, what))?.outletOf(task.name) : undefined;
      if (what === 'stdout') streams.stdin = (await outlet?.startAsStdin()) ?? null;
      else {
        const path = isWanted ? ((await outlet?.startAtPath()) ?? '/dev/null') : this.#keptWhole(producer);
        if (path !== null) paths.set(producer, path);
      }
    }
    const { variables, alike } = inputVariables(task, paths);
    streams.add(variables);
    for (const notice of alike) this.#context.emit({ type: 'task-notice', task: task.name, notice });
  }

  /** A task that does not say that it reads a stream, as when a program of its does, finds what history has, if that is all of it. */
  #keptWhole(producer: TaskName): string | null {
    const record = this.#records.get(producer);
    if (record === undefined || record.keptBytes < record.bytes) return null;
    return record.bytes === 0
      ? '/dev/null'
      : join(taskDirectory(this.#context.runDirectory, producer), 'stream');
  }

  #complete(name: TaskName, what: What): void {
    const stream = this.#streams.get(keyOf(name, what));
    if (stream === undefined || stream.isComplete) return;
    const record = stream.complete();
    if (what === 'stream') this.#records.set(name, record);
    this.#context.emit({ type: 'stream-kept', task: name, stream: { what, ...record } });
  }
}

const keyOf = (task: TaskName, what: What): string => `${what} ${task}`;

const mayRestart = (task: PlannedTask | undefined): boolean => Boolean(task?.definition.retries);
