import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import {
  isSocketGone,
  makeSocketPlace,
  removeStaleSocket,
  type SocketPlace,
} from '../broker/socket-place.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from './link.ts';
import { Patience } from './patience.ts';
import { OWN_SERVER, RefusedByRedis, redisFailure, unreachable } from './problems.ts';
import { configuration } from './server-configuration.ts';
import { ServerProcess } from './server-process.ts';

/** How long a server that has been started may take to listen, if it does not end. */
const LISTEN_MS = 30_000;
const LOOK_MS = 3;
/** A server that ends again and again would do so for ever. */
const MAX_STARTS = 5;
const LOG = 'log';
export const KEPT_LOG = 'redis.log';

/**
 * A redis-server for one run, on a Unix socket in the run's directory. Each change is in its log of changes (AOF) before it is answered: when
 * the server is killed, the next one has everything that was. It does not wait for the disk, and does not outlive otto (server-process.ts).
 */
export class PrivateServer implements RedisPlace {
  readonly where = OWN_SERVER;
  readonly isPrivate = true;
  readonly #runDirectory: string;
  readonly #onRestart: () => void;
  readonly #patience: Patience;
  #place: SocketPlace | null = null;
  #process: ServerProcess | null = null;
  /** The process that has answered. */
  #reached: ServerProcess | null = null;
  #starting: Promise<void> | null = null;
  #starts = 0;
  #files = 0;
  #isClosed = false;

  /** `onRestart` is told when the server has ended by itself, or had to be ended. `patience` is a parameter for tests. */
  constructor(runDirectory: string, onRestart: () => void, patience = new Patience()) {
    this.#runDirectory = runDirectory;
    this.#onRestart = onRestart;
    this.#patience = patience;
  }

  get environment(): Readonly<Record<string, string>> {
    return { OTTO_REDIS_SOCK: this.#where().socketPath };
  }

  async connect(): Promise<Connection> {
    await this.#ensureStarted();
    return this.#reach();
  }

  /** A task may have removed the socket: then a new server takes over. */
  async open(): Promise<void> {
    if (this.#process === null || this.#process.hasEnded || !isSocketGone(this.#where().socketPath)) return;
    this.#onRestart();
    await this.#process.end();
    (await this.connect()).close();
  }

  newPath(): string {
    return join(this.#where().directory, `fetched-${++this.#files}`);
  }

  hurry(): void {
    this.#patience.hurry();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#process?.end();
    if (this.#starts > 1) this.#keepLog();
    this.#place?.remove();
    this.#place = null;
  }

  #where(): SocketPlace {
    this.#place ??= makeSocketPlace(this.#runDirectory, 'redis');
    return this.#place;
  }

  #ensureStarted(): Promise<void> {
    if (this.#process?.hasEnded === false) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#isClosed) throw this.#failed('the run has ended');
    if (++this.#starts > MAX_STARTS) throw this.#failed('it ends again and again');
    await this.#process?.end();
    const { directory, socketPath } = this.#where();
    const path = join(directory, 'redis.conf');
    attempt('write', path, () =>
      writeFileSync(path, configuration({ socketPath, log: LOG }), { mode: 0o600 }),
    );
    removeStaleSocket(socketPath);
    const started = ServerProcess.start({ directory, socketPath, runDirectory: this.#runDirectory });
    this.#process = started;
    started.onEnded(() => {
      if (!this.#isClosed && this.#process === started) this.#onRestart();
    });
  }

  async #reach(): Promise<Connection> {
    const latest = performance.now() + LISTEN_MS;
    for (;;) {
      const answer = await this.#tryToReach();
      if (answer instanceof Connection) {
        this.#reached = this.#process;
        return answer;
      }
      if (this.#isClosed) throw this.#failed('the run has ended');
      if (this.#process?.hasEnded !== false) await this.#startAgain();
      if (!isLoading(answer) && performance.now() > latest) throw unreachable(answer, OWN_SERVER);
      await pause(LOOK_MS);
    }
  }

  async #tryToReach(): Promise<unknown> {
    const asked = this.#process;
    const waiting = { patience: this.#patience, onSilence: () => this.#giveUp(asked) };
    try {
      const connection = await Connection.openTold({ path: this.#where().socketPath }, waiting);
      await connection.send('PING');
      return connection;
    } catch (error) {
      return error;
    }
  }

  /** A task has stopped it (kill -STOP), or keeps it busy: the next one has all that was answered, as after a `kill -9`. */
  #giveUp(silent: ServerProcess | null): void {
    if (this.#isClosed || silent === null || silent.hasEnded) return;
    void silent.end();
    this.#onRestart();
  }

  /** One that could not even begin would not do so the next time. */
  #startAgain(): Promise<void> {
    if (this.#reached !== this.#process) throw this.#ended();
    return this.#ensureStarted();
  }

  #ended(): FailureError {
    if (this.#process?.isMissing)
      return redisFailure({
        action: 'start',
        where: OWN_SERVER,
        detail: 'it is not on PATH',
        hint: REDIS_MISSING,
      });
    this.#keepLog();
    return this.#failed(this.#lastLogLine());
  }

  #failed(detail: string): FailureError {
    const kept = join(this.#runDirectory, KEPT_LOG);
    return redisFailure({ action: 'run', where: OWN_SERVER, detail, hint: `its log is kept: ${kept}` });
  }

  #lastLogLine(): string {
    try {
      const lines = readFileSync(join(this.#where().directory, LOG), 'utf8').trim().split('\n');
      return lines.at(-1)?.replace(/^\d+:\w .*? [*#.-] /, '') || 'it ended at once';
    } catch {
      return 'it ended at once';
    }
  }

  #keepLog(): void {
    try {
      copyFileSync(join(this.#where().directory, LOG), join(this.#runDirectory, KEPT_LOG));
    } catch {
      // It has ended before it could write any.
    }
  }
}

export const REDIS_MISSING =
  'install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis), or name a server in OTTO_REDIS_URL';

const isLoading = (answer: unknown): boolean =>
  answer instanceof RefusedByRedis && answer.message.startsWith('LOADING');
