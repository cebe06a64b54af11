import { type Failure, FailureError } from '../../base/failure.ts';

/** The server has answered with an error. */
export class RefusedByRedis extends Error {}

/** The connection ended before there was an answer. */
export class ConnectionLost extends Error {}

/** The server takes connections, and says nothing. */
export class SilentServer extends Error {
  constructor() {
    super('it does not answer');
  }
}

type RedisFailure = Extract<Failure, { kind: 'redis' }>;

export function redisFailure(failure: Omit<RedisFailure, 'kind'>): FailureError {
  return new FailureError({ kind: 'redis', ...failure });
}

/** How messages name the server that otto has started itself. */
export const OWN_SERVER = 'redis-server';

/** What those of the run's own server mean: only a task can have brought it there. */
const OWN_ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/^OOM/, 'a task has set its maxmemory (CONFIG SET)'],
  [/^READONLY/, 'a task has made it a replica (REPLICAOF)'],
  [/^(NOAUTH|WRONGPASS|NOPERM)/, 'a task has changed its users or passwords (ACL, CONFIG SET)'],
  [/^MISCONF.*No space left/, 'make room where its log of changes lies; "otto clean" removes old runs'],
];

/** What the first words of an answer mean, and what to do about it. */
const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/^OOM/, 'raise its maxmemory, or pass large values through another store'],
  [/^READONLY/, 'it is a replica that may only be read: OTTO_REDIS_URL has to name the primary'],
  [
    /^(NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH|ERR Client sent AUTH)/,
    'the user name or password in OTTO_REDIS_URL are not the server’s',
  ],
  [/^NOPERM/, 'the user in OTTO_REDIS_URL needs more rights: see docs/stores.md'],
  [/^MISCONF/, 'the server cannot write to its disk: its log says why'],
  [
    /^ERR DB index is out of range/,
    'the server has no database of that number; name another in OTTO_REDIS_URL',
  ],
];

/** What the server has answered, as a failure of otto. */
export function refused(error: RefusedByRedis, action: string, where: string): FailureError {
  const answers = where === OWN_SERVER ? [...OWN_ANSWERS, ...ANSWERS] : ANSWERS;
  const hint = answers.find(([pattern]) => pattern.test(error.message))?.[1];
  const isFull = /^OOM|No space left/.test(error.message);
  const detail = error.message.replace(/\.$/, '');
  return redisFailure({ action, where, detail, isFull, ...(hint !== undefined && { hint }) });
}

/** What codes of the system mean where a server cannot be reached. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'no host of that name is known (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host could not be looked up (EAI_AGAIN)',
};

/** What keeps the system from connecting. */
export function unreachable(error: unknown, where: string): FailureError {
  if (error instanceof RefusedByRedis) return refused(error, 'use', where);
  const { code } = error as NodeJS.ErrnoException;
  const detail =
    code === undefined ? (error instanceof Error ? error.message : `${error}`) : (WORDS[code] ?? code);
  const start = code === 'ENOTFOUND' ? 'correct the host in OTTO_REDIS_URL' : 'start it';
  const hint = `${start}, or unset OTTO_REDIS_URL: otto then starts a server of its own`;
  return redisFailure({ action: 'reach', where, detail, hint });
}
