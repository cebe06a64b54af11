import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import type { Backend, Incoming, ValueToPut } from '../broker/backend.ts';
import type { DataNotice } from '../notice.ts';
import { KeyNotices } from '../redis/key-notices.ts';
import { type IsTask, Names, type Owned } from '../redis/keys.ts';
import { type OpenPlace, RedisLink, type RedisPlace } from '../redis/link.ts';
import { RedisValues } from '../redis/redis-values.ts';
import { type Found, MAX_STRING_BYTES } from '../redis/stored-value.ts';
import { TaskValues } from '../redis/task-values.ts';
import type { Entry } from '../value.ts';
import { SentValues } from './sent-values.ts';

export interface RedisBackendOptions {
  readonly runDirectory: string;
  readonly isTask: IsTask;
  /** Where the values go. */
  readonly openPlace: OpenPlace;
  /** A parameter for tests. */
  readonly maxStringBytes?: number;
}

/**
 * Keeps values in a Redis server, where tasks find them by `redis-cli` as well. otto keeps what it has put there (SentValues) until the
 * task's values are released: what Redis holds is compared with that, byte by byte, and only what differs was set by hand.
 */
export function createRedisBackend(options: RedisBackendOptions): Backend {
  return new RedisBackend(options);
}

/** How many keys are looked at together. */
const AT_ONCE = 64;
/** Larger values are not fetched only to tell that somebody has changed them too late. */
const EASILY_COMPARED_BYTES = 1024 * 1024;

class RedisBackend implements Backend {
  readonly name = 'redis';
  readonly #runDirectory: string;
  readonly #names: Names;
  readonly #place: RedisPlace;
  readonly #link: RedisLink;
  readonly #redis: RedisValues;
  readonly #notices = new KeyNotices();
  readonly #tasks = new Map<TaskName, TaskValues>();
  readonly #released = new Set<TaskName>();

  constructor({ runDirectory, isTask, openPlace, maxStringBytes = MAX_STRING_BYTES }: RedisBackendOptions) {
    this.#runDirectory = runDirectory;
    this.#names = new Names(isTask);
    this.#place = openPlace(() => this.#restarted());
    this.#link = new RedisLink(this.#place);
    this.#redis = new RedisValues(this.#link, { newPath: () => this.#place.newPath(), maxStringBytes });
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#place.environment;
  }

  async start(): Promise<void> {
    await this.#link.run('use', (connection) => connection.send('PING'));
  }

  async open(task: TaskName): Promise<void> {
    await this.#place.open(task);
    this.#released.delete(task);
    this.#of(task).isOver = false;
  }

  async restore(task: TaskName, values: readonly Entry[]): Promise<void> {
    const state = this.#of(task);
    state.isOver = true;
    for (const { key, bytes, source } of values) {
      const value: Incoming =
        source.kind === 'file'
          ? { kind: 'file', path: source.path, bytes }
          : { kind: 'memory', data: source.data };
      state.restored.add(key);
      await this.#redis.put(this.#names.of({ task, key }), value);
    }
  }

  async put({ task, key, type, value }: ValueToPut): Promise<void> {
    const state = this.#of(task);
    const staged = await this.#redis.stage(value);
    await state.inTurn(async () => {
      state.sent.put(key, type, value);
      await this.#redis.commit(staged, this.#names.of({ task: state.task, key }));
    });
  }

  async delete(task: TaskName, key: string): Promise<void> {
    const state = this.#of(task);
    await state.inTurn(async () => {
      await this.#redis.remove([this.#names.of({ task: state.task, key })]);
      state.sent.delete(key);
    });
  }

  async get(task: TaskName, key: string): Promise<Entry | null> {
    const state = this.#tasks.get(task);
    if (state === undefined) return null;
    if (!state.isOver) await state.inTurn(() => this.#takeIn(state, [key]));
    return state.sent.entries.get(key) ?? null;
  }

  async seal(task: TaskName): Promise<readonly Entry[]> {
    const state = this.#of(task);
    await state.inTurn(async () => {
      const added = await this.#addedTo(task);
      await this.#takeIn(state, [...new Set([...state.sent.entries.keys(), ...added])]);
      state.isOver = true;
      state.sent.end();
    });
    return [...state.sent.entries.values()];
  }

  async discard(task: TaskName): Promise<void> {
    const state = this.#tasks.get(task);
    if (state === undefined) return;
    await this.#redis.remove(await this.#keysThat((owner) => owner.task === task));
    this.#forget(state);
  }

  async release(task: TaskName): Promise<void> {
    const state = this.#tasks.get(task);
    if (state === undefined) return;
    await this.#tellOfChanges(state);
    const keys = [...state.sent.entries.keys(), ...state.restored];
    await this.#redis.remove(keys.map((key) => this.#names.of({ task, key })));
    this.#forget(state);
    this.#released.add(task);
  }

  takeNotices(): readonly DataNotice[] {
    return this.#notices.take();
  }

  async close(): Promise<void> {
    await this.#place.close(async () => this.#redis.remove(await this.#keysThat(() => true)));
    await this.#link.close();
    for (const state of [...this.#tasks.values()]) this.#forget(state);
  }

  #of(task: TaskName): TaskValues {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const made = new TaskValues(
      task,
      new SentValues(join(this.#runDirectory, 'tasks', encodeTaskName(task))),
    );
    this.#tasks.set(task, made);
    return made;
  }

  #forget({ task, sent }: TaskValues): void {
    sent.remove();
    this.#names.forget(task);
    this.#tasks.delete(task);
  }

  async #keysThat(isMeant: (owner: Owned) => boolean): Promise<readonly Buffer[]> {
    return (await this.#redis.names()).filter((name) => {
      const owner = this.#names.ownerOf(name);
      return owner !== null && isMeant(owner);
    });
  }

  /** Those who use the server by hand have found none for a moment; otto itself has only to go on. */
  #restarted(): void {
    this.#notices.restarted();
    void this.start().catch(() => undefined);
  }

  /** What hands have made of the values of these keys. */
  async #takeIn(state: TaskValues, keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const some = keys.slice(at, at + AT_ONCE);
      const known = (key: string): Entry | null => state.sent.entries.get(key) ?? null;
      const found = await Promise.all(
        some.map((key) => this.#redis.inspect(this.#names.of({ task: state.task, key }), known(key))),
      );
      for (const [index, key] of some.entries()) this.#take(state, key, found[index] as Found);
    }
  }

  #take(state: TaskValues, key: string, found: Found): void {
    if (found.kind === 'changed') state.sent.put(key, 'raw', found.value);
    if (found.kind === 'gone' || found.kind === 'no-value') state.sent.delete(key);
    if (found.kind === 'no-value')
      this.#notices.tell(this.#names.of({ task: state.task, key }), { kind: 'type', type: found.type });
  }

  /** The keys that hands have added to those of a task that runs. What belongs to no such task is told. */
  async #addedTo(task: TaskName): Promise<readonly string[]> {
    const added: string[] = [];
    for (const name of (await this.#redis.names()).toSorted(Buffer.compare)) {
      const owner = this.#names.ownerOf(name);
      if (owner?.task === task) added.push(owner.key);
      else if (owner === null) this.#notices.tell(name, { kind: 'no-task' });
      else await this.#tellIfNotRunning(name, owner);
    }
    return added;
  }

  /** What is there before its task has started would be taken for its own: it is removed. */
  async #tellIfNotRunning(name: Buffer, { task, key }: Owned): Promise<void> {
    const state = this.#tasks.get(task);
    if (state !== undefined && (!state.isOver || state.sent.entries.has(key) || state.restored.has(key)))
      return;
    const hasEnded = state !== undefined || this.#released.has(task);
    this.#notices.tell(name, { kind: 'task-not-running', task, hasEnded });
    if (!hasEnded) await this.#redis.remove([name]);
  }

  /** What hands have made of values after their task had ended: told when it can be seen at once. */
  async #tellOfChanges({ task, sent }: TaskValues): Promise<void> {
    for (const entry of sent.entries.values()) {
      const name = this.#names.of({ task, key: entry.key });
      if (entry.bytes <= EASILY_COMPARED_BYTES && (await this.#redis.inspect(name, entry)).kind !== 'same')
        this.#notices.tell(name, { kind: 'task-not-running', task, hasEnded: true });
    }
  }
}
