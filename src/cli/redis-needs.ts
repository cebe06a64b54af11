import { type Failure, FailureError } from '../base/failure.ts';
import { REDIS_MISSING } from '../data/redis/private-server.ts';
import { serverUrl } from '../data/redis/server-url.ts';
import { pathOf } from './doctor/check.ts';

/** What keeps a run from using the store redis, as far as it can be told before anything runs. */
export function lacksRedis(): Failure | null {
  const url = process.env.OTTO_REDIS_URL;
  if (url) return problemOf(url);
  if (pathOf('redis-server') !== null) return null;
  const detail = 'it is not on PATH';
  return { kind: 'redis', action: 'start', where: 'redis-server', detail, hint: REDIS_MISSING };
}

function problemOf(url: string): Failure | null {
  try {
    serverUrl(url);
    return null;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}
