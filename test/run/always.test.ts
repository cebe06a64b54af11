import { describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import type { RunRequest } from '../../src/run/run.ts';
import { isAlive, pidsOf, runRig } from './rig.ts';

const STORES = {
  files: createFilesStore,
  shm: (runDirectory: string) => createShmStore({ native: loadNative(), runDirectory }),
} as const;

const withStore = (store: keyof typeof STORES): Partial<RunRequest> => ({
  store,
  openData: ({ runDirectory, onKept }) =>
    createRunData({ store: STORES[store](runDirectory), runDirectory, onKept }),
});

describe.each(['files', 'shm'] as const)('an always task in the %s store', (store) => {
  test.each([
    ['bash', 'for key in "${!INPUT[@]}"; do echo "$key=${INPUT[$key]}"; done | sort'],
    ['python', 'for key in sorted(INPUT): print(f"{key}={INPUT[key]}")'],
    ['node', 'for (const key of Object.keys(INPUT).sort()) console.log(`${key}=${INPUT[key]}`);'],
  ])(
    'reads in %s what a failed task has set; of one that never started there is nothing',
    async (language, script) => {
      await using rig = runRig();
      const run = rig.run(
        `
tasks:
  good: {bash: "OUTPUT[g]=1"}
  bad: {before: [good], bash: "otto.set b 2; OUTPUT[c]=3; exit 9"}
  never: {before: [bad], bash: "OUTPUT[n]=4"}
  cleanup:
    before: [good, bad, never]
    always: true
    ${language}: ${JSON.stringify(script)}
`,
        withStore(store),
      );
      expect((await run.done).result).toBe('failed');
      expect(run.output('cleanup', 'stderr').toString()).toBe('');
      expect(run.outcome('never')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: 'bad' } });
      expect(run.outcome('cleanup')).toEqual({ kind: 'succeeded' });
      expect(run.output('cleanup').toString()).toBe('bad.b=2\nbad.c=3\ngood.g=1\n');
    },
  );

  test('runs also when what a task left was not fit to be taken in', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  bad: {bash: 'otto.set k v; printf "broken" >> "$OTTO_SPOOL/journal"; echo >> "$OTTO_SPOOL/journal"'}
  cleanup: {before: [bad], always: true, bash: 'echo "\${#INPUT[@]} ran"'}
`,
      withStore(store),
    );
    await run.done;
    expect(run.outcome('cleanup')).toEqual({ kind: 'succeeded' });
    expect(run.output('cleanup').toString()).toContain('ran');
  });
});

describe('with --fail-fast a failure', () => {
  const RUNNING = (more: string): string => `
tasks:
  bad: {bash: "until [[ -e go ]]; do sleep 0.01; done; exit 3"}
  slow: {bash: "trap 'echo asked; exit 0' TERM; echo pid $$; echo ready; sleep 1000 & wait"}
${more}`;

  test('ends what runs, which has been stopped and has not failed by itself', async () => {
    await using rig = runRig();
    const run = rig.run(RUNNING('  next: {before: [slow], bash: "true"}'), { failFast: true });
    await run.printed('slow', 'ready');
    rig.write('go', '');
    expect((await run.done).result).toBe('failed');
    expect(run.outcome('bad')).toEqual({ kind: 'failed', reason: { kind: 'exit', code: 3 } });
    expect(run.outcome('slow')).toEqual({ kind: 'failed', reason: { kind: 'stopped' } });
    expect(run.outcome('next')).toMatchObject({ kind: 'skipped' });
    expect(run.output('slow').toString()).toContain('asked');
    expect(pidsOf(run, 'slow').filter(isAlive)).toEqual([]);
  });

  test('kills what does not listen', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  bad: {bash: "until [[ -e go ]]; do sleep 0.01; done; exit 3"}
  slow: {bash: "trap '' TERM; echo pid $$; echo ready; sleep 1000"}
`,
      { failFast: true, graceMs: 50 },
    );
    await run.printed('slow', 'ready');
    rig.write('go', '');
    await run.done;
    expect(run.outcome('slow')).toEqual({ kind: 'failed', reason: { kind: 'stopped' } });
    expect(pidsOf(run, 'slow').filter(isAlive)).toEqual([]);
  });

  test('leaves always tasks running, lets further ones start, and leaves them what runs in the background', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  server: {bash: "sleep 1000 & echo pid $!"}
  bad: {before: [server], bash: "until [[ -e go ]]; do sleep 0.01; done; exit 3"}
  steady: {always: true, bash: "echo ready; until [[ -e on ]]; do sleep 0.01; done"}
  cleanup: {before: [bad, server], always: true, bash: "touch on; echo here"}
`,
      { failFast: true },
    );
    await run.printed('steady', 'ready');
    await run.event((event) => event.type === 'task-started' && event.task === 'bad');
    rig.write('go', '');
    await run.printed('cleanup', 'here');
    expect(pidsOf(run, 'server').map(isAlive)).toEqual([true]);
    await run.done;
    expect(run.outcome('steady')).toEqual({ kind: 'succeeded' });
    expect(run.outcome('cleanup')).toEqual({ kind: 'succeeded' });
  });

  test('ends the wait of a task for its next attempt', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  bad: {bash: "until [[ -e go ]]; do sleep 0.01; done; exit 3"}
  again: {retries: {times: 1, delay: 1h, max_delay: 1h}, bash: "exit 4"}
`,
      { failFast: true },
    );
    await run.event(({ type }) => type === 'task-retrying');
    rig.write('go', '');
    await run.done;
    expect(run.outcome('again')).toEqual({ kind: 'failed', reason: { kind: 'exit', code: 4 } });
  });

  test('without it siblings are waited for', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  bad: {bash: "exit 3"}
  slow: {bash: "until [[ -e go ]]; do sleep 0.01; done"}
`);
    await run.event((event) => event.type === 'task-finished' && event.task === 'bad');
    rig.write('go', '');
    await run.done;
    expect(run.outcome('slow')).toEqual({ kind: 'succeeded' });
  });
});
