import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { TaskName } from '../../base/task-name.ts';
import type { Connection } from './connection.ts';
import { ownerOf, PRIVATE } from './keys.ts';
import { namesOf, REMOVED_AT_ONCE } from './redis-values.ts';

const CLAIM = `${PRIVATE}claim`;
/** The tasks of the run that has the claim: whoever comes after a killed one removes what is theirs. */
const TASKS = `${PRIVATE}tasks`;
/** How long a claim lasts when nobody renews it. */
export const CLAIM_MS = 30_000;

const RENEW =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
const GIVE_UP =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', unpack(KEYS)) end return 0";

/** Why a database cannot be had. `foreign`: it holds keys that are not otto's. */
export type Taken = 'in-use' | 'foreign';

/** A run's right to one database of a server that others use as well: a key that names the run, and vanishes when the run does. */
export class Claim {
  readonly #owner = `${hostname()} ${process.pid} ${randomUUID()}`;

  /** Null: it is this run's now. Only a database without others' keys can be claimed: so all that come are the run's. */
  async take(connection: Connection): Promise<Taken | null> {
    const taken = await connection.send('SET', CLAIM, this.#owner, 'NX', 'PX', String(CLAIM_MS));
    if (taken === null) return 'in-use';
    await removeLeftovers(connection);
    if ((await connection.send<number>('DBSIZE')) === 1) return null;
    await this.giveUp(connection);
    return 'foreign';
  }

  /** False: it is another's by now, or the server has forgotten it. */
  async renew(connection: Connection): Promise<boolean> {
    return (await connection.send('EVAL', RENEW, '1', CLAIM, this.#owner, String(CLAIM_MS))) === 1;
  }

  async note(connection: Connection, task: TaskName): Promise<void> {
    await connection.send('SADD', TASKS, task);
  }

  async giveUp(connection: Connection): Promise<void> {
    await connection.send('EVAL', GIVE_UP, '2', CLAIM, TASKS, this.#owner);
  }
}

/** What a run has left that was killed, and no more than that. */
async function removeLeftovers(connection: Connection): Promise<void> {
  const tasks = await connection.send<readonly Buffer[]>('SMEMBERS', TASKS);
  const known = new Set(tasks.map(String));
  const isTask = (name: string): boolean => known.has(name);
  const left = tasks.length === 0 ? [] : await namesOf(connection);
  const own = left.filter((name) => ownerOf(name, isTask) !== null);
  const names = [...own, ...(await stagedValues(connection))];
  for (let at = 0; at < names.length; at += REMOVED_AT_ONCE)
    await connection.send('UNLINK', ...names.slice(at, at + REMOVED_AT_ONCE));
  // Last: whoever is killed before that leaves the next one to go on.
  await connection.send('UNLINK', TASKS);
}

async function stagedValues(connection: Connection): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  let cursor: Buffer | string = '0';
  do {
    const reply: [Buffer, Buffer[]] = await connection.send('SCAN', cursor, 'MATCH', `${PRIVATE}put:*`);
    found.push(...reply[1]);
    cursor = reply[0];
  } while (cursor.toString() !== '0');
  return found;
}
