import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/run/run.ts';
import { isAlive, pidsOf, type RunUnderTest, runRig } from './rig.ts';

/** Nothing of a stream outlives its run. */
function expectNothingLeft({ directory }: RunSummary): void {
  expect(existsSync(join(directory, 'streams'))).toBe(false);
}

const kept = (run: RunUnderTest, name: string) =>
  run.json().tasks.find((task) => task.name === name)?.streams;

const text = (run: RunUnderTest, name: string): string => run.output(name).toString();

test('a producer and its consumer run at the same time', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen:
    streaming: true
    bash: |
      echo first > "$OTTO_OUTPUT_STREAM"
      until [ -e go ]; do read -rt 0.02 < <(:) || true; done
      echo second > "$OTTO_OUTPUT_PIPE"
  read:
    before: [gen]
    bash: |
      exec 3< "$OTTO_INPUT_STREAM"
      read -r line <&3; echo "got $line"
      cat <&3
`);
  await run.printed('read', 'got first');
  rig.write('go', '');
  const summary = await run.done;
  expect(summary.result).toBe('succeeded');
  expect(text(run, 'read')).toBe('got first\nsecond\n');
  expect(kept(run, 'gen')).toEqual([
    { what: 'stream', bytes: 13, xxh128: expect.stringMatching(/^[0-9a-f]{32}$/), keptBytes: 13 },
  ]);
  expect(readFileSync(join(summary.directory, 'tasks/gen/stream'), 'utf8')).toBe('first\nsecond\n');
  expectNothingLeft(summary);
});

test('the stdout of a task is the stdin of another one, stands in its log, and is not shown', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  list: {bash: 'seq 3; echo beside >&2'}
  sum: {stdin_from: list, python: 'import sys; print(sum(map(int, sys.stdin)))'}
  plain: {bash: 'cat; echo nothing'}
`);
  const summary = await run.done;
  expect(summary.result).toBe('succeeded');
  expect(text(run, 'sum')).toBe('6\n');
  expect(text(run, 'list')).toBe('');
  expect(run.output('list', 'stderr').toString()).toBe('beside\n');
  expect(run.log('list', 'stdout').toString()).toBe('1\n2\n3\n');
  expect(text(run, 'plain')).toBe('nothing\n');
  expect(kept(run, 'list')).toMatchObject([{ what: 'stdout', bytes: 6, keptBytes: 6 }]);
  expectNothingLeft(summary);
});

describe.each([1, 2, 4])('with -j %i', (jobs) => {
  test('a diamond whose end reads one side first and then the other gets all of both', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  source: {streaming: true, bash: 'head -c 12M /dev/zero > "$OTTO_OUTPUT_STREAM"'}
  left: {before: [source], streaming: true, bash: 'cat "$OTTO_INPUT_STREAM" > "$OTTO_OUTPUT_STREAM"'}
  right: {before: [source], streaming: true, bash: 'cat "$OTTO_INPUT_STREAM" > "$OTTO_OUTPUT_STREAM"'}
  sink:
    before: [left, right]
    bash: cat "$OTTO_INPUT_STREAM_LEFT" | wc -c; cat "$OTTO_INPUT_STREAM_RIGHT" | wc -c
`,
      { jobs },
    );
    const summary = await run.done;
    expect(summary.result).toBe('succeeded');
    expect(text(run, 'sink')).toBe('12582912\n12582912\n');
    expectNothingLeft(summary);
  });

  test('ten streaming tasks in a row hand on every byte', async () => {
    await using rig = runRig();
    const links = Array.from(
      { length: 9 },
      (_, n) =>
        `  t${n + 1}: {before: [t${n}], streaming: true, bash: 'cat "$OTTO_INPUT_STREAM" > "$OTTO_OUTPUT_STREAM"'}`,
    );
    const run = rig.run(
      `
tasks:
  t0: {streaming: true, bash: 'seq 1000000 > "$OTTO_OUTPUT_STREAM"'}
${links.join('\n')}
  end: {before: [t9], bash: 'md5sum < "$OTTO_INPUT_STREAM"; seq 1000000 | md5sum'}
`,
      { jobs },
    );
    expect((await run.done).result).toBe('succeeded');
    const [first, second] = text(run, 'end').trim().split('\n');
    expect(first).toBe(second);
  });

  test('a chain of stdout and stdin, as in a shell', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  a: {bash: seq 300000}
  b: {stdin_from: a, bash: sed s/^/x/}
  c: {stdin_from: b, bash: tac}
  d: {stdin_from: c, bash: head -1}
`,
      { jobs },
    );
    expect((await run.done).result).toBe('succeeded');
    expect(text(run, 'd')).toBe('x300000\n');
  });

  test('a writer that nobody would stop ends when its reader has had enough', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  gen: {keep_stream: 1MiB, bash: yes}
  read: {stdin_from: gen, bash: head -1}
  pipe: {streaming: true, keep_stream: false, bash: 'yes > "$OTTO_OUTPUT_STREAM"'}
  other: {before: [pipe], bash: 'head -1 < "$OTTO_INPUT_STREAM"'}
`,
      { jobs },
    );
    const summary = await run.done;
    expect(summary.result).toBe('succeeded');
    expect([text(run, 'read'), text(run, 'other')]).toEqual(['y\n', 'y\n']);
    expect(run.log('gen', 'stdout').length).toBe(1024 * 1024);
    expectNothingLeft(summary);
  });
});

test('several consumers each get all bytes, and several producers are told apart', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  a-1: {streaming: true, bash: 'seq 1 200000 > "$OTTO_OUTPUT_STREAM"'}
  b.2: {streaming: true, bash: 'seq 7 9 > "$OTTO_OUTPUT_STREAM"'}
  one: {before: [a-1], bash: 'md5sum < "$OTTO_INPUT_STREAM"'}
  two: {before: [a-1], bash: 'md5sum < "$OTTO_INPUT_STREAM_A_1"'}
  both: {before: [a-1, b.2], bash: 'md5sum < "$OTTO_INPUT_PIPE_A_1"; cat "$OTTO_INPUT_STREAM_B_2"; echo "\${OTTO_INPUT_STREAM-none}"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'two')).toBe(text(run, 'one'));
  expect(text(run, 'both')).toBe(`${text(run, 'one')}7\n8\n9\nnone\n`);
});

test('bytes go through as they are, in every language', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen:
    streaming: true
    python: |
      import os
      with open(os.environ["OTTO_OUTPUT_STREAM"], "wb") as stream:
          stream.write(bytes(range(256)) * 1000)
  pass:
    before: [gen]
    streaming: true
    node: |
      import { createReadStream, createWriteStream } from 'node:fs';
      createReadStream(process.env.OTTO_INPUT_STREAM).pipe(createWriteStream(process.env.OTTO_OUTPUT_STREAM));
  end:
    before: [pass]
    python: |
      import os
      print(open(os.environ["OTTO_INPUT_STREAM"], "rb").read() == bytes(range(256)) * 1000)
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'end')).toBe('True\n');
});

test('without any consumer everything is taken, and its beginning is kept', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, keep_stream: 1KiB, bash: 'head -c 20M /dev/zero > "$OTTO_OUTPUT_STREAM"; echo done'}
`);
  const summary = await run.done;
  expect(summary.result).toBe('succeeded');
  expect(text(run, 'gen')).toBe('done\n');
  expect(kept(run, 'gen')).toMatchObject([{ bytes: 20 * 1024 * 1024, keptBytes: 1024 }]);
  expect(readFileSync(join(summary.directory, 'tasks/gen/stream')).length).toBe(1024);
});

test('the hash is that of the whole stream, whatever is kept of it', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  one: {streaming: true, keep_stream: true, bash: 'seq 1000000 > "$OTTO_OUTPUT_STREAM"'}
  two: {streaming: true, keep_stream: false, bash: 'seq 1000000 > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [two], bash: 'wc -l < "$OTTO_INPUT_STREAM"'}
`);
  await run.done;
  const [[one], [two]] = [kept(run, 'one') ?? [], kept(run, 'two') ?? []];
  expect(one?.keptBytes).toBe(one?.bytes);
  expect(two).toEqual({ ...one, keptBytes: 0 });
});

test.each([
  ['fails', 'exit 3'],
  ['never opens its end', ':'],
  ['closes it early', 'head -c 5 "$OTTO_INPUT_STREAM"'],
])('a consumer that %s does not keep the producer from ending', async (_, script) => {
  await using rig = runRig();
  const run = rig.run(
    `
tasks:
  gen: {streaming: true, keep_stream: false, bash: 'head -c 30M /dev/zero > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [gen], bash: ': OTTO_INPUT_STREAM; ${script}'}
`,
    { keepGoing: true },
  );
  const summary = await run.done;
  expect(run.outcome('gen')).toEqual({ kind: 'succeeded' });
  expect(run.outcome('read')?.kind).toBe(script.startsWith('exit') ? 'failed' : 'succeeded');
  expectNothingLeft(summary);
});

test('one consumer that leaves early takes nothing from the other', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'seq 2000000 > "$OTTO_OUTPUT_STREAM"'}
  early: {before: [gen], bash: 'head -1 "$OTTO_INPUT_STREAM"'}
  all: {before: [gen], bash: 'wc -l < "$OTTO_INPUT_STREAM"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect([text(run, 'early'), text(run, 'all')]).toEqual(['1\n', '2000000\n']);
});

test.each([
  ['fails', 'exit 3', { kind: 'exit', code: 3 }],
  ['is killed', 'kill -9 $$', { kind: 'signal', signal: 'SIGKILL' }],
])('what has read the stream of a task that %s has failed too', async (_, end, reason) => {
  await using rig = runRig();
  const run = rig.run(
    `
tasks:
  gen: {streaming: true, bash: 'echo part > "$OTTO_OUTPUT_STREAM"; until [ -e seen ]; do read -rt 0.02 < <(:) || true; done; ${end}'}
  read: {before: [gen], bash: 'while read -r line; do echo "$line"; touch seen; done < "$OTTO_INPUT_STREAM"'}
  next: {before: [read], bash: echo never}
  cleanup: {before: [gen], always: true, bash: 'cat "$OTTO_INPUT_STREAM"'}
`,
    { keepGoing: true },
  );
  const summary = await run.done;
  expect(text(run, 'read')).toBe('part\n');
  expect(run.outcome('gen')).toEqual({ kind: 'failed', reason });
  expect(run.outcome('read')).toEqual({ kind: 'failed', reason: { kind: 'stream-cut', task: 'gen' } });
  expect(run.outcome('next')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: 'read' } });
  expect(run.outcome('cleanup')).toEqual({ kind: 'succeeded' });
  expectNothingLeft(summary);
});

test('who opens the stream again after its end gets end-of-file, and does not wait', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'echo x > "$OTTO_OUTPUT_STREAM"'}
  empty: {streaming: true, bash: ':'}
  read:
    before: [gen, empty]
    bash: |
      cat "$OTTO_INPUT_STREAM_GEN" "$OTTO_INPUT_STREAM_GEN" "$OTTO_INPUT_STREAM_GEN"
      cat "$OTTO_INPUT_STREAM_EMPTY" "$OTTO_INPUT_STREAM_EMPTY"; echo over
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'read')).toBe('x\nover\n');
});

test('a task that is tried again begins its stream anew', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen:
    streaming: true
    retries: 2
    bash: echo "attempt $OTTO_ATTEMPT" > "$OTTO_OUTPUT_STREAM"; ((OTTO_ATTEMPT == 3))
  read: {before: [gen], bash: 'cat "$OTTO_INPUT_STREAM"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'read')).toBe('attempt 3\n');
});

test('a consumer that is tried again gets the stream from its beginning', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'seq 1500000 > "$OTTO_OUTPUT_STREAM"'}
  read:
    before: [gen]
    retries: 1
    bash: 'if ((OTTO_ATTEMPT == 1)); then head -3 "$OTTO_INPUT_STREAM"; exit 1; fi; wc -l < "$OTTO_INPUT_STREAM"'
  list: {bash: seq 1500000}
  count: {stdin_from: list, retries: 1, bash: 'if ((OTTO_ATTEMPT == 1)); then exit 1; fi; wc -l'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'read')).toBe('1\n2\n3\n1500000\n');
  expect(text(run, 'count')).toBe('1500000\n');
});

test('a producer that takes too long is ended, and its readers get no more', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, timeout: 300ms, bash: 'echo x > "$OTTO_OUTPUT_STREAM"; sleep 60'}
  read: {before: [gen], bash: 'cat "$OTTO_INPUT_STREAM"'}
`);
  await run.done;
  expect(run.outcome('gen')).toEqual({ kind: 'failed', reason: { kind: 'timeout', limitMs: 300 } });
  expect(run.outcome('read')).toMatchObject({ kind: 'failed', reason: { kind: 'stream-cut' } });
});

test('an interruption in mid-stream leaves neither processes nor pipes', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'echo "pid $$"; yes > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [gen], bash: 'echo "pid $$"; head -c 100 "$OTTO_INPUT_STREAM" > /dev/null; echo reading; exec 3< "$OTTO_INPUT_STREAM"; cat > /dev/null'}
  wait: {before: [gen], bash: 'echo "pid $$"; cat "$OTTO_INPUT_STREAM" > /dev/null'}
`);
  await run.printed('wait', 'pid');
  run.signals.emit('SIGINT');
  const summary = await run.done;
  expect(summary.result).toBe('interrupted');
  for (const pid of [...pidsOf(run, 'gen'), ...pidsOf(run, 'wait')]) expect(isAlive(pid)).toBe(false);
  expectNothingLeft(summary);
});

test('values of a producer are there for those that wait for its end', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'seq 5 > "$OTTO_OUTPUT_STREAM"; OUTPUT[n]=5'}
  both: {before: [gen], bash: 'wc -l < "$OTTO_INPUT_STREAM"; echo "\${INPUT[gen.n]}"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'both')).toBe('5\n5\n');
});

test('each item of a foreach reads the stream, and items that stream are told apart', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'seq 3 > "$OTTO_OUTPUT_STREAM"'}
  each: {before: [gen], foreach: {items: [a, b]}, streaming: true, bash: 'sed "s/^/$item/" "$OTTO_INPUT_STREAM" > "$OTTO_OUTPUT_STREAM"'}
  end: {before: [each], bash: 'cat "$OTTO_INPUT_STREAM_EACH_B" "$OTTO_INPUT_STREAM_EACH_A"'}
  items: {python: 'OUTPUT["list"] = ["p", "q"]'}
  late: {before: [gen, items], foreach: {items_from: items.list}, bash: 'wc -l < "$OTTO_INPUT_STREAM"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'end')).toBe('b1\nb2\nb3\na1\na2\na3\n');
  expect([text(run, 'late:p'), text(run, 'late:q')]).toEqual(['3\n', '3\n']);
});

test('a program that otto cannot look into finds a stream that history has as a whole', async () => {
  await using rig = runRig();
  rig.write('tool.sh', 'cat "$OTTO_INPUT_STREAM"; echo "${OTTO_INPUT_STREAM_LONG-none}"');
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'seq 3 > "$OTTO_OUTPUT_STREAM"'}
  tool: {before: [gen], bash: bash tool.sh}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'tool')).toBe('1\n2\n3\nnone\n');
});

test('a producer that is left out has an empty stream', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, if: 'false', bash: 'echo x > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [gen], bash: 'cat "$OTTO_INPUT_STREAM"; echo over'}
  out: {if: 'false', bash: echo x}
  in: {stdin_from: out, bash: cat; echo over}
`);
  expect((await run.done).result).toBe('succeeded');
  expect([text(run, 'read'), text(run, 'in')]).toEqual(['over\n', 'over\n']);
});

test('streams whose tasks are spelled alike have no variable, and that is told', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  a-b: {streaming: true, bash: ':'}
  a.b: {streaming: true, bash: ':'}
  read: {before: [a-b, a.b], bash: 'echo "\${OTTO_INPUT_STREAM_A_B-none}"'}
`);
  await run.done;
  expect(text(run, 'read')).toBe('none\n');
  expect(run.events.filter(({ type }) => type === 'task-notice')).toMatchObject([
    {
      task: 'read',
      notice: { kind: 'streams-alike', variable: 'OTTO_INPUT_STREAM_A_B', tasks: ['a-b', 'a.b'] },
    },
  ]);
});

test('names of tasks are data: they lead nowhere', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  "../$(touch evil)/é x": {streaming: true, bash: 'seq 3 > "$OTTO_OUTPUT_STREAM"'}
  read: {before: ["../$(touch evil)/é x"], bash: 'cat "$OTTO_INPUT_STREAM"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'read')).toBe('1\n2\n3\n');
  expect(readdirSync(rig.directory)).toEqual(['otto.yml']);
});

test('background processes of a producer end its stream when they fall silent', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  gen: {streaming: true, bash: 'sleep 60 > "$OTTO_OUTPUT_STREAM" & (while kill -0 $$ 2> /dev/null; do :; done; echo late) > "$OTTO_OUTPUT_STREAM" & echo now > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [gen], bash: 'cat "$OTTO_INPUT_STREAM"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(text(run, 'read')).toBe('now\nlate\n');
});
