import { isSmall, type Load, repeated, type Way } from '../way.ts';
import { LIMITS } from './limits.ts';

const written = (load: Load): string =>
  `${isSmall(load) ? 'value=$(<"$BENCH_VALUE")\n' : ''}stamp\n{ ${repeated(
    load,
    isSmall(load) ? 'printf %s "$value"' : 'cat "$BENCH_VALUE"',
  )}; }`;

const fifo: Way = {
  name: 'stream',
  kind: 'stream',
  title: 'named pipe (streaming)',
  store: 'files',
  language: 'bash',
  inLanguages: [],
  make: (load) => ({ script: `${written(load)} > "$OTTO_OUTPUT_STREAM"\n`, keys: { streaming: true } }),
  use: () => ({ script: 'wc -c < "$OTTO_INPUT_STREAM" > "$BENCH_COUNT"\nstamp\n' }),
  byHand: [
    {
      name: 'mkfifo',
      programs: ['mkfifo'],
      mostValues: 100,
      script: (load) => `mkfifo f\nwc -c < f > "$BENCH_COUNT" &\n${written(load)} > f\nwait "$!"\nstamp\n`,
    },
  ],
  traits: LIMITS.stream,
};

const stdin: Way = {
  name: 'stdin',
  kind: 'stream',
  title: 'stdout to stdin (stdin_from)',
  store: 'files',
  language: 'bash',
  inLanguages: [],
  make: (load) => ({ script: `${written(load)}\n` }),
  use: () => ({ script: 'wc -c > "$BENCH_COUNT"\nstamp\n', keys: { stdin_from: 'make' } }),
  byHand: [
    {
      name: 'a pipe of the shell',
      programs: [],
      mostValues: 100,
      script: (load) => `${written(load)} | wc -c > "$BENCH_COUNT"\nstamp\n`,
    },
  ],
  traits: LIMITS.stdin,
};

export const STREAM_WAYS: readonly Way[] = [fifo, stdin];
