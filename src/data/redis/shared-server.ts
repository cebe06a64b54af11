import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { makeSocketPlace, type SocketPlace } from '../broker/socket-place.ts';
import { CLAIM_MS, Claim, type Taken } from './claim.ts';
import { Connection, type Waiting } from './connection.ts';
import type { RedisPlace } from './link.ts';
import { Patience } from './patience.ts';
import { RefusedByRedis, redisFailure, refused, SilentServer, unreachable } from './problems.ts';
import { serverUrl, whereOf } from './server-url.ts';

const RENEW_MS = CLAIM_MS / 6;
/** A server that restarts is waited for. */
const RETURN_MS = 10_000;
const LOOK_MS = 100;

/** A database of the server that OTTO_REDIS_URL names. Others may use the server as well: the run keeps to what it has claimed. */
export class SharedServer implements RedisPlace {
  readonly where: string;
  readonly isPrivate = false;
  readonly #url: URL;
  readonly #runDirectory: string;
  readonly #waiting: Waiting;
  readonly #patience: Patience;
  readonly #claim = new Claim();
  /** Which database it is, once there is one. */
  #claiming: Promise<number> | null = null;
  #database: number | null = null;
  /** By the clock that also goes on while the machine sleeps. */
  #renewedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #place: SocketPlace | null = null;
  #files = 0;
  #lost: FailureError | null = null;

  /** `patience` is a parameter for tests. */
  constructor(url: string, runDirectory: string, patience = new Patience()) {
    this.#url = serverUrl(url);
    this.where = whereOf(this.#url);
    this.#runDirectory = runDirectory;
    this.#patience = patience;
    this.#waiting = { patience, onSilence: () => this.#giveUp() };
  }

  get environment(): Readonly<Record<string, string>> {
    const url = new URL(this.#url);
    url.pathname = `/${this.#database}`;
    // redis-cli takes no name for an empty one.
    if (url.password !== '' && url.username === '') url.username = 'default';
    return { OTTO_REDIS_URL: url.href };
  }

  async connect(): Promise<Connection> {
    const isFirst = this.#claiming === null;
    this.#claiming ??= this.#takeOne();
    const database = await this.#claiming;
    if (this.#lost !== null) throw this.#lost;
    return this.#reach(database, isFirst ? 0 : RETURN_MS);
  }

  async open(task: TaskName): Promise<void> {
    await this.#briefly(async (connection) => {
      await this.#renew(connection);
      if (this.#lost === null) await this.#claim.note(connection, task);
    });
    if (this.#lost !== null) throw this.#lost;
  }

  /** otto may have been stopped for longer than a claim lasts. */
  async check(): Promise<void> {
    if (Date.now() - this.#renewedAtMs > CLAIM_MS / 2)
      await this.#briefly((connection) => this.#renew(connection));
    if (this.#lost !== null) throw this.#lost;
  }

  newPath(): string {
    this.#place ??= makeSocketPlace(this.#runDirectory, 'redis');
    return join(this.#place.directory, `fetched-${++this.#files}`);
  }

  hurry(): void {
    this.#patience.hurry();
  }

  /** What cannot be given back now goes when the claim has expired. */
  async close(forget: () => Promise<void>): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#claiming?.catch(() => undefined);
    if (this.#database !== null && this.#lost === null) {
      try {
        await forget();
        await this.#briefly((connection) => this.#claim.giveUp(connection));
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
      }
    }
    this.#lost ??= this.#failed('the run has ended');
    this.#place?.remove();
  }

  /** The URL's own number, or the first that is free. */
  async #takeOne(): Promise<number> {
    const [, named] = /^\/(\d+)$/.exec(this.#url.pathname) ?? [];
    const found: Taken[] = [];
    for (let database = Number(named ?? 0); ; database++) {
      const taken = await this.#take(database, found.length > 0);
      if (taken === null) {
        this.#database = database;
        this.#timer = setInterval(() => void this.#keep(), RENEW_MS).unref();
        return database;
      }
      if (taken !== 'no-more') found.push(taken);
      if (taken === 'no-more' || named !== undefined) throw this.#noneFree(found, named);
    }
  }

  async #take(database: number, mayBeMissing: boolean): Promise<Taken | 'no-more' | null> {
    this.#renewedAtMs = Date.now();
    try {
      return await this.#with(database, (connection) => this.#claim.take(connection));
    } catch (error) {
      if (!(error instanceof RefusedByRedis)) throw unreachable(error, this.where);
      if (mayBeMissing && /index is out of range/.test(error.message)) return 'no-more';
      throw refused(error, 'use', this.where);
    }
  }

  #noneFree(found: readonly Taken[], named: string | undefined): FailureError {
    const detail =
      named === undefined
        ? `none of its ${found.length} databases is free: they hold others' keys, or other runs use them`
        : found[0] === 'in-use'
          ? `database ${named} is used by another run`
          : `database ${named} holds keys that are not otto's`;
    const hint =
      named === undefined
        ? 'name another server, or unset OTTO_REDIS_URL: otto then starts a server of its own'
        : 'name an empty database in OTTO_REDIS_URL, or none: otto then takes one that is free';
    return redisFailure({ action: 'use', where: this.where, detail, hint });
  }

  async #keep(): Promise<void> {
    try {
      await this.#briefly((connection) => this.#renew(connection));
    } catch (error) {
      // The next time may be better; whoever needs the server tells.
      if (!(error instanceof FailureError)) throw error;
    }
  }

  async #renew(connection: Connection): Promise<void> {
    const askedAtMs = Date.now();
    if (await this.#claim.renew(connection)) this.#renewedAtMs = askedAtMs;
    else this.#lost ??= this.#failed('it has lost what this run had put there: it was restarted, or emptied');
  }

  /** For what is asked for now and then. */
  async #briefly(work: (connection: Connection) => Promise<void>): Promise<void> {
    try {
      await this.#with(this.#database ?? 0, work);
    } catch (error) {
      if (error instanceof RefusedByRedis) throw refused(error, 'use', this.where);
      throw unreachable(error, this.where);
    }
  }

  async #with<T>(database: number, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await Connection.open({ url: this.#url.href, database }, this.#waiting);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }

  async #reach(database: number, patienceMs: number): Promise<Connection> {
    const latest = performance.now() + patienceMs;
    for (;;) {
      const answer = await this.#tryToReach(database);
      if (this.#lost !== null) throw this.#lost;
      if (answer instanceof Connection) return answer;
      if (performance.now() >= latest) throw unreachable(answer, this.where);
      await pause(LOOK_MS);
    }
  }

  async #tryToReach(database: number): Promise<unknown> {
    try {
      const connection = await Connection.openTold({ url: this.#url.href, database }, this.#waiting);
      await this.#renew(connection);
      return connection;
    } catch (error) {
      return error;
    }
  }

  /** Whoever waits for it now does not wait for the next silence. */
  #giveUp(): void {
    const hint =
      'see whether it is stopped or hangs, or unset OTTO_REDIS_URL: otto then starts a server of its own';
    this.#lost ??= redisFailure({
      action: 'use',
      where: this.where,
      detail: new SilentServer().message,
      hint,
    });
  }

  #failed(detail: string): FailureError {
    return redisFailure({ action: 'use', where: this.where, detail });
  }
}
