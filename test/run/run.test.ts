import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import type { Ottofile } from '../../src/ottofile/model.ts';
import { parse, runRig, task } from './rig.ts';

describe('a run', () => {
  test('runs a chain in order and leaves logs, scripts, values and run.json', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  first:
    bash: |
      echo hello
      echo oops >&2
      OUTPUT[word]=hi
  second:
    before: [first]
    bash: printf '%s' "\${INPUT[first.word]}"
`);
    const summary = await run.done;
    expect(summary).toMatchObject({ result: 'succeeded', signal: null, failures: [] });
    expect(run.output('second').toString()).toBe('hi');
    expect(run.log('first', 'stdout').toString()).toBe('hello\n');
    expect(run.log('first', 'stderr').toString()).toBe('oops\n');
    expect(run.log('second', 'stderr').length).toBe(0);
    const types = run.events.map((event) => event.type).filter((type) => type !== 'task-output');
    expect(types.filter((type) => type.startsWith('run-'))).toEqual(['run-started', 'run-finished']);
    expect(types.at(-1)).toBe('run-finished');
    const { tasks, ...record } = run.json();
    expect(record).toMatchObject({ version: 2, state: 'finished', result: 'succeeded', store: 'files' });
    expect(tasks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['first', { kind: 'succeeded' }],
      ['second', { kind: 'succeeded' }],
    ]);
    expect(tasks[0]?.values?.map(({ key }) => key)).toEqual(['word']);
  });

  test('points latest at the newest run', async () => {
    await using rig = runRig();
    const first = await rig.run('tasks: {a: {bash: "true"}}').done;
    const second = await rig.run('tasks: {a: {bash: "true"}}').done;
    const latest = readlinkSync(join(dirname(first.directory), 'latest'));
    expect(join(dirname(first.directory), latest)).toBe(second.directory);
  });

  test('a task without script ends when its dependencies have, and has an empty output', async () => {
    await using rig = runRig();
    const run = rig.run(
      'tasks: {a: {bash: "true"}, all: {before: [a]}, after: {before: [all], bash: "true"}}',
    );
    const { directory } = await run.done;
    expect(run.outcome('all')).toEqual({ kind: 'succeeded' });
    expect(readFileSync(join(directory, 'tasks/all/output.all.json'), 'utf8')).toBe('{}\n');
  });

  test('says in run.json that it is running, and who runs it, as long as it is', async () => {
    await using rig = runRig();
    const run = rig.run(
      'tasks: {a: {bash: "echo here; until [[ -e go ]]; do read -t 0.01 <> <(:) || :; done"}}',
    );
    await run.printed('a', 'here');
    expect(run.json()).toMatchObject({ state: 'running', result: null, process: { pid: process.pid } });
    writeFileSync(join(rig.directory, 'go'), '');
    expect((await run.done).result).toBe('succeeded');
  });

  test('a broken listener ends the run and its processes instead of hanging', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "echo $$; exec sleep 1000"}}', {
      listeners: [
        (event) => {
          if (event.type === 'task-output') throw new Error('a bug');
        },
      ],
    });
    await expect(run.done).rejects.toThrow('a bug');
  });
});

describe('a failure', () => {
  const OTTOFILE = `
tasks:
  bad: {bash: exit 3}
  needs-bad: {before: [bad], bash: "true"}
  other: {bash: "true"}
  needs-other: {before: [other], bash: "true"}
`;

  test('keeps everything from starting that has not started', async () => {
    await using rig = runRig();
    const run = rig.run(OTTOFILE, { jobs: 1 });
    expect((await run.done).result).toBe('failed');
    expect(run.outcome('bad')).toEqual({ kind: 'failed', reason: { kind: 'exit', code: 3 } });
    expect(run.outcome('needs-bad')).toEqual({
      kind: 'skipped',
      because: { kind: 'dependency', task: 'bad' },
    });
    expect(run.outcome('needs-other')).toEqual({ kind: 'skipped', because: { kind: 'stopped' } });
  });

  test('with -k keeps only its dependents from starting', async () => {
    await using rig = runRig();
    const run = rig.run(OTTOFILE, { jobs: 1, keepGoing: true });
    expect((await run.done).result).toBe('failed');
    expect(run.outcome('needs-bad')).toEqual({
      kind: 'skipped',
      because: { kind: 'dependency', task: 'bad' },
    });
    expect(run.outcome('needs-other')).toEqual({ kind: 'succeeded' });
  });

  test.each(['stopped', 'interrupted', 'condition'])(
    'of a task named "%s" is no other reason',
    async (name) => {
      await using rig = runRig();
      const ottofile = `tasks: {${name}: {bash: exit 3}, next: {before: ${name}, bash: "true"}, last: {before: next}}`;
      const run = rig.run(ottofile, { keepGoing: true });
      expect((await run.done).result).toBe('failed');
      expect(run.outcome('next')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: name } });
      expect(run.outcome('last')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: name } });
    },
  );

  test('by a signal is told as such, and the values of before are kept', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "otto.set k v; kill -SEGV $$"}}');
    const { directory } = await run.done;
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'signal', signal: 'SIGSEGV' } });
    expect(JSON.parse(readFileSync(join(directory, 'tasks/a/output.a.json'), 'utf8'))).toEqual({ k: 'v' });
  });

  test('a missing interpreter is named', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {action: "#!/no/such/program\\nhello"}}');
    await run.done;
    expect(run.outcome('a')).toMatchObject({
      reason: { kind: 'not-started', command: '/no/such/program', code: 'ENOENT' },
    });
    expect(run.log('a', 'stdout').length).toBe(0);
  });

  test('an interpreter that may not be executed is named', async () => {
    await using rig = runRig();
    const program = join(rig.directory, 'plain-file');
    writeFileSync(program, '', { mode: 0o644 });
    const run = rig.run(`tasks: {a: {action: "#!${program}\\nhello"}}`);
    await run.done;
    expect(run.outcome('a')).toMatchObject({
      reason: { kind: 'not-started', command: program, code: 'EACCES' },
    });
  });

  test('a missing directory is named, not the interpreter', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "true"}}', moved(rig.directory));
    await run.done;
    expect(run.outcome('a')).toMatchObject({
      reason: { kind: 'not-started', command: join(rig.directory, 'gone'), code: 'ENOENT' },
    });
  });

  test('an environment that is too large for the system is told as such', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "true"}}', {
      environment: { ...process.env, BIG: 'x'.repeat(200_000) },
    });
    await run.done;
    expect(run.outcome('a')).toMatchObject({ reason: { kind: 'not-started', code: 'E2BIG' } });
  });
});

/** An ottofile whose task runs in a directory that is not there. */
function moved(directory: string): { readonly ottofile: Ottofile } {
  const ottofile = parse('tasks: {a: {bash: "true"}}', join(directory, 'otto.yml'));
  const [name, definition] = [...ottofile.tasks][0] ?? [];
  if (name === undefined || definition === undefined) throw new Error('no task');
  const tasks = new Map([[name, { ...definition, directory: join(directory, 'gone') }]]);
  return { ottofile: { ...ottofile, tasks } };
}

describe('before anything runs', () => {
  test('a state directory that cannot be made is an io failure', async () => {
    await using rig = runRig();
    const home = join(rig.directory, 'file');
    writeFileSync(home, '');
    const run = rig.run('tasks: {a: {bash: "true"}}', { home });
    await expect(run.done).rejects.toMatchObject({
      failure: { kind: 'io', action: 'create', code: 'ENOTDIR' },
    });
    expect(run.events).toEqual([]);
  });

  test('a record that cannot be written keeps the run from happening, and closes its store', async () => {
    await using rig = runRig();
    let closed = 0;
    const run = rig.run('tasks: {a: {bash: "true"}}', {
      openData: ({ runDirectory, onKept }) => {
        mkdirSync(join(runDirectory, 'run.json'));
        const data = createRunData({ store: createFilesStore(runDirectory), runDirectory, onKept });
        return Object.assign(Object.create(data), { close: async () => void closed++ });
      },
    });
    await expect(run.done).rejects.toMatchObject({
      failure: { kind: 'io', action: 'write', code: 'EISDIR' },
    });
    expect([run.events, closed]).toEqual([[], 1]);
  });

  test('a store that cannot be opened leaves no run behind', async () => {
    await using rig = runRig();
    mkdirSync(rig.home);
    const run = rig.run('tasks: {a: {bash: "true"}}', {
      openData: () => Promise.reject(new Error('no store')),
    });
    await expect(run.done).rejects.toThrow('no store');
    const [project = ''] = readdirSync(rig.home);
    expect(readdirSync(join(rig.home, project))).toEqual([]);
  });
});

test('a record that cannot be written at the end is a failure of the run, and everyone hears of its end', async () => {
  await using rig = runRig();
  const run = rig.run(
    'tasks: {a: {bash: "rm \\"$OTTO_RUN_DIR/run.json\\"; mkdir \\"$OTTO_RUN_DIR/run.json\\""}}',
  );
  const { result, failures } = await run.done;
  expect([result, failures]).toEqual([
    'succeeded',
    [expect.objectContaining({ kind: 'io', code: 'EISDIR' })],
  ]);
  expect(run.events.at(-1)?.type).toBe('run-finished');
});

test('ten tasks that end at once start their common dependent once', async () => {
  await using rig = runRig();
  const names = Array.from({ length: 10 }, (_, n) => `t${n}`);
  const run = rig.run(
    `tasks:\n${names.map((name) => `  ${name}: {bash: "true"}\n`).join('')}  last: {before: [${names.join(', ')}], bash: "true"}\n`,
    { jobs: 10 },
  );
  await run.done;
  const starts = run.events.filter((event) => event.type === 'task-started' && event.task === task('last'));
  expect(starts).toHaveLength(1);
});
