import { isSmall, type Load, repeated, type Traits, type Way } from '../way.ts';

const TRAITS: Traits = {
  largestValue: 'no limit',
  types: 'bytes',
  whileRunning: 'both tasks run at once',
  kept: 'a copy, up to a bound',
  readers: 'any number; each gets all',
};

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
  make: (load) => ({ bash: `${written(load)} > "$OTTO_OUTPUT_STREAM"\n`, keys: { streaming: true } }),
  use: () => ({ bash: 'wc -c < "$OTTO_INPUT_STREAM" > "$BENCH_COUNT"\nstamp\n' }),
  byHand: [
    {
      name: 'mkfifo',
      programs: ['mkfifo'],
      script: (load) => `mkfifo f\nwc -c < f > "$BENCH_COUNT" &\n${written(load)} > f\nwait "$!"\nstamp\n`,
    },
  ],
  traits: TRAITS,
};

const stdin: Way = {
  name: 'stdin',
  kind: 'stream',
  title: 'stdout to stdin (stdin_from)',
  store: 'files',
  make: (load) => ({ bash: `${written(load)}\n` }),
  use: () => ({ bash: 'wc -c > "$BENCH_COUNT"\nstamp\n', keys: { stdin_from: 'make' } }),
  byHand: [
    {
      name: 'a pipe of the shell',
      programs: [],
      script: (load) => `${written(load)} | wc -c > "$BENCH_COUNT"\nstamp\n`,
    },
  ],
  traits: { ...TRAITS, readers: 'one' },
};

export const STREAM_WAYS: readonly Way[] = [fifo, stdin];
