import type { Incoming } from '../broker/backend.ts';
import type { Entry } from '../value.ts';
import type { Changes } from './changed-keys.ts';
import type { Connection } from './connection.ts';
import { PRIVATE } from './keys.ts';
import type { RedisLink } from './link.ts';
import { RefusedByRedis } from './problems.ts';
import { type Found, inspect, inspectLarge, store } from './stored-value.ts';

const SCAN_COUNT = '1000';
/** Neither a call of JavaScript nor a command of Redis takes as many words as there may be keys. */
export const REMOVED_AT_ONCE = 1000;
const PUT = 'put a value into';
const READ = 'read values of';
const LIST = 'list the keys of';

export interface ValuesOptions {
  /** A new file for a value that is fetched. */
  readonly newPath: () => string;
  /** What is larger becomes a list of pieces. */
  readonly maxStringBytes: number;
}

/** The keys of a Redis server, whatever becomes of the connection meanwhile. */
export class RedisValues {
  readonly #link: RedisLink;
  readonly #newPath: () => string;
  readonly #maxStringBytes: number;
  #staged = 0;

  constructor(link: RedisLink, { newPath, maxStringBytes }: ValuesOptions) {
    this.#link = link;
    this.#newPath = newPath;
    this.#maxStringBytes = maxStringBytes;
  }

  /** Puts a value under a name of otto's own: what the server has no room for changes nothing. */
  async stage(value: Incoming): Promise<string> {
    const staged = `${PRIVATE}put:${++this.#staged}`;
    try {
      await this.#link.run(PUT, (connection) =>
        store(connection, staged, { value, maxStringBytes: this.#maxStringBytes }),
      );
    } catch (error) {
      await this.remove([staged]).catch(() => undefined);
      throw error;
    }
    return staged;
  }

  /** Gives a staged value its name, in one step. The command is sent before this returns, when there is a connection. */
  async commit(staged: string, name: string): Promise<void> {
    await this.#link.run(PUT, async (connection, again) => {
      try {
        await connection.send('RENAME', staged, name);
      } catch (error) {
        // It had been done when the connection was lost.
        if (!again || !(error instanceof RefusedByRedis && /no such key/.test(error.message))) throw error;
      }
    });
  }

  async put(name: string, value: Incoming): Promise<void> {
    await this.commit(await this.stage(value), name);
  }

  async remove(names: readonly (string | Buffer)[]): Promise<void> {
    for (let at = 0; at < names.length; at += REMOVED_AT_ONCE) {
      const some = names.slice(at, at + REMOVED_AT_ONCE);
      await this.#link.run('remove values of', (connection) => connection.send('UNLINK', ...some));
    }
  }

  async inspect(name: string, known: Entry | null): Promise<Found> {
    const found = await this.#link.run(READ, (connection) => inspect(connection, name, known));
    if (found !== 'large') return found;
    const large = { known, newPath: this.#newPath };
    return this.#link.runAlone(READ, (connection) => inspectLarge(connection, name, large));
  }

  names(): Promise<readonly Buffer[]> {
    return this.#link.run(LIST, namesOf);
  }

  /** What others have changed since the last look, with the names of all keys where nobody can tell. */
  changes(): Promise<Changes & { readonly names: readonly Buffer[]; readonly isAll: boolean }> {
    return this.#link.run(LIST, async (connection) => {
      await answered(connection);
      const { names, wasEmptied } = connection.changed.take();
      if (names !== null) return { names, wasEmptied, isAll: false };
      try {
        return { names: await namesOf(connection), wasEmptied, isAll: true };
      } catch (error) {
        connection.changed.distrust();
        throw error;
      }
    });
  }

  /** Whether there is a value of any type. */
  async has(name: Buffer): Promise<boolean> {
    return this.#link.run(READ, async (connection) => (await connection.send('TYPE', name)) !== 'none');
  }
}

/** What was changed together with the first answer is told after it, and before the second. A server whose disk is full refuses PING. */
async function answered(connection: Connection): Promise<void> {
  if (!connection.changed.isTold) return;
  await connection.send('TYPE', PRIVATE);
  await connection.send('TYPE', PRIVATE);
}

/** The names of all keys but otto's own. */
export async function namesOf(connection: Connection): Promise<readonly Buffer[]> {
  const found = new Map<string, Buffer>();
  let cursor: Buffer | string = '0';
  do {
    const reply: [Buffer, Buffer[]] = await connection.send('SCAN', cursor, 'COUNT', SCAN_COUNT);
    for (const name of reply[1]) found.set(name.toString('latin1'), name);
    cursor = reply[0];
  } while (cursor.toString() !== '0');
  return [...found].flatMap(([text, name]) => (text.startsWith(PRIVATE) ? [] : [name]));
}
