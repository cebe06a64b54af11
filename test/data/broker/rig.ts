import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../../src/base/task-name.ts';
import type { Broker, Progress, TasksOfRun, Waits } from '../../../src/data/broker/broker.ts';
import { createBroker } from '../../../src/data/broker/socket-broker.ts';
import type { Store } from '../../../src/data/store.ts';
import { createBrokeredStore } from '../../../src/data/stores/brokered.ts';
import { createSocketBackend } from '../../../src/data/stores/socket-backend.ts';
import { RawClient } from './client.ts';

/** A run of which a test says what happens. */
export class ScriptedRun implements TasksOfRun {
  readonly ended = new Set<TaskName>();
  readonly stuck = new Set<string>();
  readonly asked: Waits[] = [];
  /** Called when tasks that wait for each other are looked at. */
  onLook: () => boolean = () => false;
  readonly #listeners: ((task: TaskName) => void)[] = [];

  has(task: TaskName): boolean {
    return task !== 'nobody';
  }

  names(): Iterable<TaskName> {
    return [];
  }

  hasEnded(task: TaskName): boolean {
    return this.ended.has(task);
  }

  canRun(task: TaskName, waits: Waits): boolean {
    this.asked.push(waits);
    return !this.stuck.has(task);
  }

  onlyWaits(): boolean {
    return this.onLook();
  }

  onEnded(listener: (task: TaskName) => void): void {
    this.#listeners.push(listener);
  }

  end(task: string): void {
    this.ended.add(task as TaskName);
    for (const listener of this.#listeners) listener(task as TaskName);
  }
}

/** A broker with the socket store, in a directory of its own. */
export class BrokerRig {
  readonly directory: string;
  readonly run = new ScriptedRun();
  readonly progress: [string, Progress][] = [];
  readonly broker: Broker;
  readonly store: Store;
  readonly #clients: RawClient[] = [];
  readonly #root: string;

  constructor(name = '', peerUid: ((descriptor: number) => number) | null = null) {
    this.#root = mkdtempSync(join(tmpdir(), 'otto-broker-'));
    this.directory = join(this.#root, name);
    mkdirSync(this.directory, { recursive: true });
    this.broker = createBroker({
      runDirectory: this.directory,
      run: this.run,
      onProgress: (task, progress) => this.progress.push([task, progress]),
      peerUid,
      peerPid: () => process.pid,
    });
    this.store = createBrokeredStore({
      broker: this.broker,
      backend: createSocketBackend(this.directory),
      runDirectory: this.directory,
      readersNeedJson: true,
    });
  }

  /** A task that runs. */
  async start(task: string, dependencies: readonly string[] = []): Promise<void> {
    mkdirSync(this.taskDirectory(task), { recursive: true });
    await this.store.open(task as TaskName, dependencies as TaskName[]);
  }

  /** A client in a task that runs. */
  async client(task: string): Promise<RawClient> {
    const client = await RawClient.enter(this.broker.path, task);
    this.#clients.push(client);
    return client;
  }

  async enter(task: string, dependencies: readonly string[] = []): Promise<RawClient> {
    await this.start(task, dependencies);
    return this.client(task);
  }

  seal(task: string) {
    return this.store.seal(task as TaskName, { scriptText: '' });
  }

  taskDirectory(task: string): string {
    return join(this.directory, 'tasks', encodeTaskName(task));
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.store.close();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
