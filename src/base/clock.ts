/**
 * Milliseconds on a clock that never goes back; only differences mean something. `performance.now()` is the same clock, but
 * its module takes part of the few milliseconds that a run may add to a bare Node program.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
