import type { RedisClientType } from '@redis/client';
import { ChangedKeys } from './changed-keys.ts';
import { ConnectionLost, RefusedByRedis } from './problems.ts';

/** Where a Redis server listens. */
export type Address =
  | { readonly path: string }
  /** `database` takes the place of the number in the URL. */
  | { readonly url: string; readonly database: number | null };

export type Word = string | Buffer;
/** Texts that are data come as bytes. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** Longer than any answer takes to begin that is not stuck. */
const CONNECT_TIMEOUT_MS = 10_000;

/** One connection to a Redis server; what is sent over it is answered in its order. When it is lost, it stays so. */
export class Connection {
  /** What others change meanwhile. */
  readonly changed = new ChangedKeys();
  readonly #client: RedisClientType;
  readonly #isAnswer: (error: unknown) => error is Error;

  private constructor(client: RedisClientType, isAnswer: (error: unknown) => error is Error) {
    this.#client = client;
    this.#isAnswer = isAnswer;
  }

  /** Rejects with RefusedByRedis, or with what keeps the system from connecting. */
  static open(address: Address): Promise<Connection> {
    return Connection.#open(address, { isTold: false });
  }

  /** The server tells this one what others change, unless it cannot or must not. */
  static async openTold(address: Address): Promise<Connection> {
    try {
      const connection = await Connection.#open(address, { isTold: true });
      await connection.#askForChanges();
      return connection;
    } catch (error) {
      if (error instanceof RefusedByRedis && CANNOT_TELL.test(error.message)) return Connection.open(address);
      throw error;
    }
  }

  static async #open(address: Address, { isTold }: { readonly isTold: boolean }): Promise<Connection> {
    const { createClient, ErrorReply, RESP_TYPES } = await import('@redis/client');
    const isAnswer = (error: unknown): error is Error => error instanceof ErrorReply;
    const client = createClient({
      ...('url' in address && { url: address.url }),
      ...('url' in address && address.database !== null && { database: address.database }),
      socket: {
        ...('path' in address && { path: address.path }),
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: false,
      } as { path: string; reconnectStrategy: false },
      RESP: isTold ? 3 : 2,
      emitInvalidate: isTold,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    }) as unknown as RedisClientType;
    // What it tells is told by whoever waits for an answer.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
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
