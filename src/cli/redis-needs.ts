import { type Failure, FailureError } from '../base/failure.ts';
import { Connection } from '../data/redis/connection.ts';
import { Patience } from '../data/redis/patience.ts';
import { REDIS_MISSING } from '../data/redis/private-server.ts';
import { OWN_SERVER, unreachable } from '../data/redis/problems.ts';
import { serverUrl, whereOf } from '../data/redis/server-url.ts';
import { REDIS_TOO_OLD, tooOldServer } from '../data/redis/server-version.ts';
import { outputOf, pathOf } from './doctor/check.ts';

/** What keeps a run from using the store redis, as far as it can be told before anything runs. */
export async function lacksRedis(): Promise<Failure | null> {
  const url = process.env.OTTO_REDIS_URL;
  if (url) return problemOf(url);
  if (pathOf(OWN_SERVER) === null) return lack('it is not on PATH', REDIS_MISSING);
  const old = tooOldServer(outputOf(OWN_SERVER, ['--version']) ?? '');
  return old === null ? null : lack(`its version is ${old}`, REDIS_TOO_OLD);
}

const lack = (detail: string, hint: string): Failure => ({
  kind: 'redis',
  action: 'start',
  where: OWN_SERVER,
  detail,
  hint,
});

/** A server that answers now may be gone when the first task needs it, which fails that task. */
async function problemOf(text: string): Promise<Failure | null> {
  try {
    await greet(serverUrl(text));
    return null;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

async function greet(url: URL): Promise<void> {
  const waiting = { patience: new Patience(), onSilence: () => undefined };
  try {
    (await Connection.open({ url: url.href, database: null }, waiting)).close();
  } catch (error) {
    throw unreachable(error, whereOf(url));
  }
}
