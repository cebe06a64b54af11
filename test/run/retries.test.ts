import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { delayBefore } from '../../src/run/attempts.ts';
import { pidsOf, type RunUnderTest, runRig } from './rig.ts';

const NOW = '{times: 2, delay: 1ms}';
const retryingOf = (run: RunUnderTest) => run.events.filter((event) => event.type === 'task-retrying');

describe('a task with retries', () => {
  test('runs again after a failure, and says each time why', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  flaky:
    retries: ${NOW}
    bash: |
      echo attempt $OTTO_ATTEMPT
      echo problem $OTTO_ATTEMPT >&2
      [[ $OTTO_ATTEMPT != 1 ]] || exit 7
      [[ $OTTO_ATTEMPT != 2 ]] || kill -KILL $$
  next: {before: [flaky], bash: "echo attempt $OTTO_ATTEMPT"}
`);
    const { result, directory } = await run.done;
    expect(result).toBe('succeeded');
    expect(run.output('flaky').toString()).toBe('attempt 1\nattempt 2\nattempt 3\n');
    expect(run.output('next').toString()).toBe('attempt 1\n');
    expect(retryingOf(run)).toMatchObject([
      { attempt: 1, attempts: 3, delayMs: 1, reason: { kind: 'exit', code: 7 } },
      { attempt: 2, attempts: 3, delayMs: 2, reason: { kind: 'signal', signal: 'SIGKILL' } },
    ]);
    expect(run.events.filter(({ type }) => type === 'task-started')).toHaveLength(2);
    expect(run.events.filter(({ type }) => type === 'task-finished')).toHaveLength(2);
    const logs = ['attempts/1/stdout.log', 'attempts/2/stderr.log', 'stdout.log', 'stderr.log'];
    expect(logs.map((name) => readFileSync(join(directory, 'tasks/flaky', name), 'utf8'))).toEqual([
      'attempt 1\n',
      'problem 2\n',
      'attempt 3\n',
      'problem 3\n',
    ]);
    expect(readdirSync(join(directory, 'tasks/next'))).not.toContain('attempts');
  });

  test('fails as its last attempt did when all have failed', async () => {
    await using rig = runRig();
    const run = rig.run(
      `tasks: {a: {retries: ${NOW}, bash: "otto.set n $OTTO_ATTEMPT; exit $OTTO_ATTEMPT"}}`,
    );
    const { result, directory } = await run.done;
    expect(result).toBe('failed');
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'exit', code: 3 } });
    expect(JSON.parse(readFileSync(join(directory, 'tasks/a/output.a.json'), 'utf8'))).toEqual({ n: '3' });
  });

  test('has the time of its timeout for each attempt', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  a:
    timeout: 400ms
    retries: ${NOW}
    bash: '[[ $OTTO_ATTEMPT == 2 ]] || sleep 1000'
`);
    expect((await run.done).result).toBe('succeeded');
    expect(retryingOf(run)).toMatchObject([{ attempt: 1, reason: { kind: 'timeout', limitMs: 400 } }]);
  });

  test('begins each attempt when nothing of the one before runs any more', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  a:
    retries: ${NOW}
    bash: |
      if [[ $OTTO_ATTEMPT == 1 ]]; then
        (trap '' TERM HUP; setsid bash -c 'echo pid $BASHPID; sleep 1000; sleep 1000' > pids &)
        until [[ -s pids ]]; do sleep 0.01; done
        cat pids
        exit 1
      fi
      read -r _ pid < pids
      [[ ! -e /proc/$pid ]] || grep -q 'State:.Z' /proc/$pid/status
`,
      { graceMs: 50 },
    );
    expect((await run.done).result).toBe('succeeded');
    expect(pidsOf(run)).toHaveLength(1);
  });

  test('is not run again when the run is interrupted, or when it could not be started', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  a: {retries: ${NOW}, bash: "echo ready; sleep 1000"}
  b: {retries: ${NOW}, dir: missing, bash: "true"}
`,
      { keepGoing: true },
    );
    await run.printed('a', 'ready');
    await run.event((event) => event.type === 'task-finished' && event.task === 'b');
    run.signals.emit('SIGTERM');
    await run.done;
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'interrupted' } });
    expect(run.outcome('b')).toMatchObject({ kind: 'failed', reason: { kind: 'not-started' } });
    expect(retryingOf(run)).toEqual([]);
  });

  test('does not keep an interrupted run waiting for its next attempt', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {retries: {times: 1, delay: 1h, max_delay: 1h}, bash: "exit 4"}}');
    await run.event(({ type }) => type === 'task-retrying');
    run.signals.emit('SIGINT');
    expect((await run.done).result).toBe('interrupted');
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'exit', code: 4 } });
    expect(run.log('a', 'stdout').toString()).toBe('');
  });

  test('waits longer each time, up to the limit', () => {
    const retries = { times: 9, delayMs: 100, factor: 3, maxDelayMs: 1000 };
    expect([1, 2, 3, 4, 1000].map((attempt) => delayBefore(retries, attempt))).toEqual([
      100, 300, 900, 1000, 1000,
    ]);
  });
});

const STORES = {
  files: createFilesStore,
  shm: (runDirectory: string) => createShmStore({ native: loadNative(), runDirectory }),
} as const;

describe.each(Object.entries(STORES))('in the %s store', (store, openStore) => {
  test('an attempt finds its inputs again and nothing that the one before has set, in any language', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  source: {bash: "OUTPUT[word]=hi; head -c 3000000 /dev/zero | tr '\\\\0' x | otto.set large -"}
  in-bash:
    before: [source]
    retries: ${NOW}
    bash: |
      OUTPUT[seen]="\${INPUT[source.word]} $OTTO_ATTEMPT"
      if [[ $OTTO_ATTEMPT == 1 ]]; then otto.set gone 1; OUTPUT[also]=1; exit 1; fi
      if [[ $OTTO_ATTEMPT == 2 ]]; then head -c 2000000 /dev/zero | otto.set large -; kill -KILL $$; fi
  in-python:
    before: [source]
    retries: ${NOW}
    python: |
      import os
      OUTPUT["seen"] = INPUT["source.word"] + " " + os.environ["OTTO_ATTEMPT"]
      if os.environ["OTTO_ATTEMPT"] == "1":
          OUTPUT["gone"] = 1
          OUTPUT["large"] = b"x" * 2000000
          raise SystemExit(1)
  in-node:
    before: [source]
    retries: ${NOW}
    node: |
      OUTPUT.seen = INPUT['source.word'] + ' ' + process.env.OTTO_ATTEMPT;
      if (process.env.OTTO_ATTEMPT === '1') {
        OUTPUT.gone = 1;
        OUTPUT.large = Buffer.alloc(2000000);
        process.exit(1);
      }
  last:
    before: [in-bash, in-python, in-node]
    bash: |
      echo "\${!INPUT[@]}" | tr ' ' '\\n' | sort
      echo "\${INPUT[@]}"
`,
      {
        store,
        openData: ({ runDirectory, onKept }) =>
          createRunData({ store: openStore(runDirectory), runDirectory, onKept }),
      },
    );
    const { result, directory } = await run.done;
    expect([result, run.output('in-python', 'stderr').toString()]).toEqual(['succeeded', '']);
    const lines = run.output('last').toString().trimEnd().split('\n');
    expect(lines.slice(0, 3)).toEqual(['in-bash.seen', 'in-node.seen', 'in-python.seen']);
    expect(lines[3]?.split(' ').sort()).toEqual(['2', '2', '3', 'hi', 'hi', 'hi']);
    const left = readdirSync(join(directory, 'tasks/in-bash'));
    expect(left.filter((name) => /\.value$|^(journal|outputs|vars|refs|names|values)$/.test(name))).toEqual(
      [],
    );
    expect(readFileSync(join(directory, 'tasks/in-bash/output.in-bash.json'), 'utf8')).toBe(
      '{\n  "seen": "hi 3"\n}\n',
    );
  });
});
