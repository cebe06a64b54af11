/** Older ones do not know what the configuration of a run's server says. */
const OLDEST = 6;

/** What `redis-server --version` has printed: the version, when it is too old. A text that tells none passes. */
export function tooOldServer(printed: string): string | null {
  const number = /\bv=(\d+(?:\.\d+)*)/.exec(printed)?.[1];
  return number !== undefined && Number.parseInt(number, 10) < OLDEST ? number : null;
}

export const REDIS_TOO_OLD = `otto needs Redis ${OLDEST}.0 or newer, or a server of that version in OTTO_REDIS_URL`;
