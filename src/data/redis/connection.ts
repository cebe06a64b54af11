import type { RedisClientType } from '@redis/client';
import { ChangedKeys } from './changed-keys.ts';
import type { Hurried, Patience } from './patience.ts';
import { ConnectionLost, RefusedByRedis, SilentServer } from './problems.ts';

/** Where a Redis server listens. */
export type Address =
  | { readonly path: string }
  /** `database` takes the place of the number in the URL. */
  | { readonly url: string; readonly database: number | null };

export type Word = string | Buffer;
/** Texts that are data come as bytes. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** How long a server is waited for, and who is told when it was too long. */
export interface Waiting {
  readonly patience: Patience;
  readonly onSilence: () => void;
}

/** Longer than any answer takes to begin that is not stuck. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * One connection to a Redis server; what is sent over it is answered in its order. When it is lost, it stays so. A server that is silent for
 * too long counts as lost: as it is asked for a sign of life in between, that is so whether or not there is a request.
 */
export class Connection {
  /** What others change meanwhile. */
  readonly changed = new ChangedKeys();
  readonly #client: RedisClientType;
  readonly #isAnswer: (error: unknown) => error is Error;

  private constructor(client: RedisClientType, isAnswer: (error: unknown) => error is Error) {
    this.#client = client;
    this.#isAnswer = isAnswer;
  }

  /** Rejects with RefusedByRedis, SilentServer, or with what keeps the system from connecting. */
  static open(address: Address, waiting: Waiting): Promise<Connection> {
    return Connection.#open(address, waiting, { isTold: false });
  }

  /** The server tells this one what others change, unless it cannot or must not. */
  static async openTold(address: Address, waiting: Waiting): Promise<Connection> {
    try {
      const connection = await Connection.#open(address, waiting, { isTold: true });
      await connection.#askForChanges();
      return connection;
    } catch (error) {
      if (error instanceof RefusedByRedis && CANNOT_TELL.test(error.message))
        return Connection.open(address, waiting);
      throw error;
    }
  }

  static async #open(
    address: Address,
    { patience, onSilence }: Waiting,
    { isTold }: { readonly isTold: boolean },
  ): Promise<Connection> {
    const { createClient, ErrorReply, RESP_TYPES, SocketTimeoutError } = await import('@redis/client');
    const isAnswer = (error: unknown): error is Error => error instanceof ErrorReply;
    const { silenceMs } = patience;
    const client = createClient({
      ...('url' in address && { url: address.url }),
      ...('url' in address && address.database !== null && { database: address.database }),
      socket: {
        ...('path' in address && { path: address.path }),
        connectTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: silenceMs,
        reconnectStrategy: false,
      } as { path: string; reconnectStrategy: false },
      pingInterval: silenceMs / 3,
      RESP: isTold ? 3 : 2,
      emitInvalidate: isTold,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    }) as unknown as RedisClientType;
    const sign = new SignOfLife(client, onSilence);
    patience.add(sign);
    client.on('error', (error) => {
      // What else it tells is told by whoever waits for an answer.
      if (error instanceof SocketTimeoutError) sign.isMissing();
    });
    client.once('terminated', () => {
      patience.remove(sign);
      // Else its timer would keep otto from ending.
      client.destroy();
    });
    client.once('end', () => patience.remove(sign));
    try {
      await client.connect();
    } catch (error) {
      if (sign.wasMissed) throw new SilentServer();
      throw isAnswer(error) ? new RefusedByRedis(error.message) : error;
    }
    return new Connection(client, isAnswer);
  }

  get isLost(): boolean {
    return !this.#client.isReady;
  }

  async send<T extends Reply>(...words: readonly Word[]): Promise<T> {
    try {
      return (await this.#client.sendCommand(words)) as unknown as T;
    } catch (error) {
      throw this.#isAnswer(error) ? new RefusedByRedis(error.message) : new ConnectionLost();
    }
  }

  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Of all keys, and not of those that this connection changes. The library has asked for something else when it connected. */
  async #askForChanges(): Promise<void> {
    this.#client.on('invalidate', (name: Buffer | string | null) => this.changed.add(name));
    await this.send('CLIENT', 'TRACKING', 'OFF');
    await this.send('CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP');
    this.changed.isTold = true;
  }
}

/** Older than Redis 6, a proxy, or a user without the right. */
const CANNOT_TELL = /^(NOPERM|NOPROTO|ERR unknown|ERR .*(subcommand|HELLO|TRACKING))/i;

/** Waits for a sign of life of a server, whether or not its connection is ready for one. */
class SignOfLife implements Hurried {
  readonly #client: RedisClientType;
  readonly #onSilence: () => void;
  wasMissed = false;

  constructor(client: RedisClientType, onSilence: () => void) {
    this.#client = client;
    this.#onSilence = onSilence;
  }

  isMissing(): void {
    if (this.wasMissed) return;
    this.wasMissed = true;
    this.#onSilence();
  }

  answerWithin(ms: number): void {
    const timer = setTimeout(() => {
      this.#client.destroy();
      this.isMissing();
    }, ms);
    const heard = (): void => clearTimeout(timer);
    this.#client.once('end', heard);
    if (this.#client.isReady) this.#client.sendCommand(['PING']).then(heard, heard);
    else this.#client.once('ready', heard);
  }
}
