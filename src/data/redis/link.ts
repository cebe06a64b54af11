import type { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { Connection } from './connection.ts';
import { ConnectionLost, RefusedByRedis, redisFailure, refused } from './problems.ts';

/** A server that values lie in. */
export interface RedisPlace {
  /** For messages. */
  readonly where: string;
  /** Nobody but the run uses it. */
  readonly isPrivate: boolean;
  /** Variables for the tasks, known once `connect` has resolved. */
  readonly environment: Readonly<Record<string, string>>;
  /** A new connection, which is told what others change; starts the server when that is needed. Rejects with FailureError when there can be none. */
  connect(): Promise<Connection>;
  /** Rejects when what was connected must not be used any more. */
  check?(): Promise<void>;
  /** Before a task starts that may use it by hand. */
  open(task: TaskName): Promise<void>;
  /** A new file for a value that is fetched. */
  newPath(): string;
  /** The run is to end: from now on a server that does not answer is not waited for long. */
  hurry(): void;
  /** Gives the server back; safe at any moment, also twice. `forget` removes what the run has left in it. */
  close(forget: () => Promise<void>): Promise<void>;
}

/** Opens one; `onRestart` is told when its server has ended by itself. */
export type OpenPlace = (onRestart: () => void) => RedisPlace;

/** A server that keeps ending is not asked for ever. */
const MAX_ATTEMPTS = 4;

/** The connection of a run to its server. Work that loses it begins anew with the next one: so it has to be such as may be done twice. */
export class RedisLink {
  readonly #place: RedisPlace;
  #connection: Promise<Connection> | null = null;
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(place: RedisPlace) {
    this.#place = place;
  }

  /** `action` is for messages. `again` tells that it may have been done in part. */
  async run<T>(action: string, work: (connection: Connection, again: boolean) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connected();
      try {
        return await work(connection, attempt > 1);
      } catch (error) {
        if (error instanceof RefusedByRedis) throw refused(error, action, this.#place.where);
        if (!(error instanceof ConnectionLost)) throw error;
        if (attempt === MAX_ATTEMPTS) throw this.#lost(action);
      }
    }
  }

  /** As `run`, one after the other: for what watches keys, which is a matter of the whole connection. */
  runAlone<T>(action: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const done = this.#exclusive.then(() => this.run(action, work));
    this.#exclusive = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    connection?.close();
  }

  async #connected(): Promise<Connection> {
    const known = this.#connection;
    if (known !== null) {
      await this.#place.check?.();
      const connection = await known.catch(() => null);
      if (connection !== null && !connection.isLost) return connection;
    }
    if (this.#connection === known) this.#connection = this.#place.connect();
    return (await this.#connection) ?? this.#connected();
  }

  #lost(action: string): FailureError {
    return redisFailure({
      action,
      where: this.#place.where,
      detail: 'the connection was lost again and again',
    });
  }
}
