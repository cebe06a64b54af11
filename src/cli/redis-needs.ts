import { type Failure, FailureError } from '../base/failure.ts';
import { REDIS_MISSING } from '../data/redis/private-server.ts';
import { OWN_SERVER } from '../data/redis/problems.ts';
import { serverUrl } from '../data/redis/server-url.ts';
import { REDIS_TOO_OLD, tooOldServer } from '../data/redis/server-version.ts';
import { outputOf, pathOf } from './doctor/check.ts';

/** What keeps a run from using the store redis, as far as it can be told before anything runs. */
export function lacksRedis(): Failure | null {
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

function problemOf(url: string): Failure | null {
  try {
    serverUrl(url);
    return null;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}
