import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from './project.ts';

/** The directory of the newest run. */
const latest = (home: string): string => {
  const folder = readdirSync(home).find((name) => existsSync(join(home, name, 'latest')));
  return join(home, folder ?? '', 'latest');
};

test('1 GiB goes to two readers, one of which has it as its stdin, in bounded memory', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, bash: 'head -c 1G /dev/zero | tee "$OTTO_OUTPUT_STREAM"'}
  one: {before: [gen], bash: 'wc -c < "$OTTO_INPUT_STREAM"; awk "/VmHWM/ {print \\$2}" /proc/$PPID/status'}
  two: {stdin_from: gen, bash: wc -c}
  all: {before: [one, two]}
`);
  const { code, stdout } = shop.otto(['run', '--output', 'json', 'all']);
  expect(code).toBe(0);
  const lines = stdout.split('\n').filter((line) => line.includes('"task-output"'));
  const text = (task: string): string =>
    lines
      .map((line) => JSON.parse(line))
      .filter((event) => event.task === task)
      .map((event) => event.text)
      .join('');
  const [bytes, peakKib] = text('one').trim().split('\n').map(Number);
  expect(bytes).toBe(1024 ** 3);
  expect(peakKib).toBeLessThan(250_000);
  expect(text('two')).toBe(`${1024 ** 3}\n`);
});

test('history shows the streams of a task, and where they are', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, keep_stream: 4, bash: 'printf 0123456789 > "$OTTO_OUTPUT_STREAM"; echo out'}
  read: {stdin_from: gen, bash: cat}
`);
  shop.otto(['run', 'read']);
  const { stdout } = shop.otto(['history', 'latest', 'gen']);
  expect(stdout).toMatch(/^STREAM +SIZE +KEPT +XXH3-128 +FILE$/m);
  expect(stdout).toMatch(/^stream +10 bytes +4 bytes +[0-9a-f]{32} +\S+\/tasks\/gen\/stream$/m);
  expect(stdout).toMatch(/^stdout +4 bytes +all +[0-9a-f]{32} +\S+\/tasks\/gen\/stdout.log$/m);
  const json = JSON.parse(shop.otto(['history', 'latest', 'gen', '--json']).stdout);
  expect(json.streams).toMatchObject([
    { what: 'stream', bytes: 10, keptBytes: 4 },
    { what: 'stdout', bytes: 4, keptBytes: 4 },
  ]);
});

test('pipes of a run that was killed are removed by the next otto', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, bash: 'until [[ -e go ]]; do :; done; kill -9 $PPID'}
  read: {before: [gen], bash: 'touch go; cat "$OTTO_INPUT_STREAM"'}
  next: {bash: ':'}
`);
  shop.otto(['run', 'read']);
  const streams = join(latest(shop.home), 'streams');
  expect(readdirSync(streams)).not.toEqual([]);
  const killed = realpathSync(streams);
  shop.otto(['run', 'next']);
  expect(existsSync(killed)).toBe(false);
});

test('what a run that was killed had written down for a consumer is removed by the next otto', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, keep_stream: false, bash: 'head -c 20M /dev/zero > "$OTTO_OUTPUT_STREAM"; kill -9 $PPID'}
  read: {before: [gen], bash: 'wc -c < "$OTTO_INPUT_STREAM"; echo "\${INPUT[gen.n]}"'}
  next: {bash: ':'}
`);
  shop.otto(['run', 'read']);
  const streams = realpathSync(join(latest(shop.home), 'streams'));
  expect(readdirSync(streams).filter((name) => name.endsWith('.spill'))).toEqual(['0.spill']);
  shop.otto(['run', 'next']);
  expect(existsSync(streams)).toBe(false);
});

test('a consumer that is killed takes nothing from the other, and the producer ends', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, bash: 'head -c 40M /dev/zero > "$OTTO_OUTPUT_STREAM"; echo written'}
  killed: {before: [gen], bash: 'head -c 1 "$OTTO_INPUT_STREAM" > /dev/null; kill -9 $$'}
  whole: {before: [gen], bash: 'wc -c < "$OTTO_INPUT_STREAM"'}
  all: {before: [killed, whole]}
`);
  const { code, stdout, stderr } = shop.otto(['run', '-k', 'all']);
  expect(code).toBe(1);
  expect(stdout).toContain(`whole  | ${40 * 1024 * 1024}\n`);
  expect(stdout).toContain('gen    | written\n');
  expect(stderr).toContain('task "killed"');
});

test('a cut stream is told in words', () => {
  using shop = project(`
tasks:
  gen: {streaming: true, bash: 'echo x > "$OTTO_OUTPUT_STREAM"; until [[ -e go ]]; do :; done; exit 3'}
  read: {before: [gen], bash: 'while read -r; do touch go; done < "$OTTO_INPUT_STREAM"'}
  next: {before: [read], bash: ':'}
`);
  const { code, stderr } = shop.otto(['run', '-k', 'next']);
  expect(code).toBe(1);
  expect(stderr).toContain('task "gen" failed with exit code 3');
  expect(stderr).toContain('task "read" failed: it has not got all of the stream of "gen", which failed');
  const history = shop.otto(['history', 'latest', 'read']);
  expect(history.stdout).toContain('it has not got all of the stream of "gen", which failed');
  expect(stderr + history.stderr).not.toContain('run.json');
});
