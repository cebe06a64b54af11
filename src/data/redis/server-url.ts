import { FailureError } from '../../base/failure.ts';

/** OTTO_REDIS_URL, read. What is wrong with it is told without its text: it may hold a password. */
export function serverUrl(text: string): URL {
  if (!URL.canParse(text)) throw usage('OTTO_REDIS_URL is not a URL');
  const url = new URL(text);
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw usage('OTTO_REDIS_URL does not name a Redis server');
  if (!/^\/?\d*$/.test(url.pathname))
    throw usage('the path in OTTO_REDIS_URL is not the number of a database');
  return url;
}

/** How messages name it. */
export const whereOf = (url: URL): string => `Redis at ${url.host}`;

const usage = (message: string): FailureError =>
  new FailureError({
    kind: 'usage',
    message,
    hint: 'write redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER], or rediss:// for TLS',
  });
