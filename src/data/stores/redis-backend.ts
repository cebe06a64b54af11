import { join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import type { Backend, Incoming, ValueToPut } from '../broker/backend.ts';
import type { Replacement } from '../declared-outputs.ts';
import type { DataNotice } from '../notice.ts';
import { HandChanges } from '../redis/hand-changes.ts';
import { KeyNotices } from '../redis/key-notices.ts';
import { type IsTask, Names } from '../redis/keys.ts';
import { type OpenPlace, RedisLink, type RedisPlace } from '../redis/link.ts';
import { RedisValues } from '../redis/redis-values.ts';
import { type Found, MAX_STRING_BYTES } from '../redis/stored-value.ts';
import { TaskValues } from '../redis/task-values.ts';
import type { Entry } from '../value.ts';
import { SentValues } from './sent-values.ts';

export interface RedisBackendOptions {
  readonly runDirectory: string;
  readonly isTask: IsTask;
  /** The task whose name is the most similar, if any is. */
  readonly nearest?: (task: string) => string | undefined;
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
  readonly #changes: HandChanges;

  constructor(options: RedisBackendOptions) {
    const { runDirectory, isTask, openPlace, maxStringBytes = MAX_STRING_BYTES } = options;
    this.#runDirectory = runDirectory;
    this.#names = new Names(isTask);
    this.#place = openPlace(() => this.#restarted());
    this.#link = new RedisLink(this.#place);
    this.#redis = new RedisValues(this.#link, { newPath: () => this.#place.newPath(), maxStringBytes });
    this.#changes = new HandChanges({
      redis: this.#redis,
      isPrivate: this.#place.isPrivate,
      names: this.#names,
      nearest: options.nearest ?? (() => undefined),
      tasks: this.#tasks,
      released: this.#released,
      notices: this.#notices,
    });
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#place.environment;
  }

  async start(): Promise<void> {
    await this.#link.run('use', (connection) => connection.send('PING'));
  }

  async open(task: TaskName): Promise<void> {
    await this.#place.open(task);
    // What is there by now is not this task's.
    await this.#changes.sortOut();
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
      state.keys.add(key);
      await this.#redis.put(this.#names.of({ task, key }), value);
    }
  }

  async put({ task, key, type, value }: ValueToPut): Promise<void> {
    const state = this.#of(task);
    const staged = await this.#redis.stage(value);
    await state.inTurn(async () => {
      try {
        state.sent.put(key, type, value);
        state.keys.add(key);
        await this.#redis.commit(staged, this.#names.of({ task: state.task, key }));
      } catch (error) {
        // Its setter has been told that it failed: what the server holds in the end is what counts.
        state.touch(key);
        await this.#redis.remove([staged]).catch(() => undefined);
        throw error;
      }
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
    await this.#changes.sortOut();
    await state.inTurn(async () => {
      const known = [...state.touched].filter((key) => state.sent.entries.has(key));
      await this.#takeIn(state, [...known, ...state.added()]);
      state.isOver = true;
      state.sent.end();
    });
    return [...state.sent.entries.values()];
  }

  async replace(task: TaskName, replacements: readonly Replacement[]): Promise<void> {
    const state = this.#of(task);
    await state.inTurn(async () => {
      for (const replacement of replacements) {
        const { key, data } = replacement;
        if (data !== null) await this.#redis.put(this.#names.of({ task, key }), { kind: 'memory', data });
        state.sent.replace(replacement);
      }
    });
  }

  async discard(task: TaskName): Promise<void> {
    const state = this.#tasks.get(task);
    if (state === undefined) return;
    await this.#changes.sortOut();
    await this.#removeAll(state);
  }

  async release(task: TaskName): Promise<void> {
    const state = this.#tasks.get(task);
    if (state === undefined) return;
    this.#released.add(task);
    try {
      await this.#changes.sortOut();
      await this.#tellOfChanges(state);
      await this.#removeAll(state);
    } catch (error) {
      // Nobody needs them any more; they go when the store is closed.
      if (!(error instanceof FailureError)) throw error;
      this.#forget(state);
    }
  }

  takeNotices(): readonly DataNotice[] {
    return this.#notices.take();
  }

  hurry(): void {
    this.#place.hurry();
  }

  async close(): Promise<void> {
    this.hurry();
    await this.#place.close(() => this.#forgetAll());
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

  async #removeAll(state: TaskValues): Promise<void> {
    await this.#redis.remove([...state.keys].map((key) => this.#names.of({ task: state.task, key })));
    this.#forget(state);
  }

  /** Also what hands have set under the names of tasks that never ran. */
  async #forgetAll(): Promise<void> {
    const names = await this.#redis.names();
    await this.#redis.remove(names.filter((name) => this.#names.ownerOf(name) !== null));
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
      for (const key of some) state.touched.delete(key);
      const found = await Promise.all(
        some.map((key) => this.#redis.inspect(this.#names.of({ task: state.task, key }), known(key))),
      ).catch((error: unknown) => {
        for (const key of some) state.touched.add(key);
        throw error;
      });
      for (const [index, key] of some.entries()) this.#take(state, key, found[index] as Found);
    }
  }

  #take(state: TaskValues, key: string, found: Found): void {
    if (found.kind === 'changed') state.sent.put(key, 'raw', found.value);
    if (found.kind === 'gone' || found.kind === 'no-value') state.sent.delete(key);
    if (found.kind === 'no-value')
      this.#notices.tell(this.#names.of({ task: state.task, key }), { kind: 'type', type: found.type });
  }

  /** What hands have made of values after their task had ended: told when it can be seen at once. */
  async #tellOfChanges({ task, sent, touched }: TaskValues): Promise<void> {
    for (const entry of [...touched].flatMap((key) => sent.entries.get(key) ?? [])) {
      const name = this.#names.of({ task, key: entry.key });
      if (entry.bytes <= EASILY_COMPARED_BYTES && (await this.#redis.inspect(name, entry)).kind !== 'same')
        this.#notices.tell(name, { kind: 'task-not-running', task, hasEnded: true });
    }
  }
}
