import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeTaskName } from '../../src/base/task-name.ts';
import { type RunUnderTest, runRig } from './rig.ts';

const outcomes = (run: RunUnderTest): Record<string, unknown> =>
  Object.fromEntries(run.json().tasks.map(({ name, outcome }) => [name, outcome]));

const SKIPPED = (task: string) => ({ kind: 'skipped', because: { kind: 'dependency', task } });
const STOPPED = { kind: 'skipped', because: { kind: 'stopped' } };
const OK = { kind: 'succeeded' };

describe('items', () => {
  test('reach the script as they are, and are never code', async () => {
    await using rig = runRig();
    const items = [
      'a b',
      '$(touch pwned)',
      '`touch pwned`',
      '"; touch pwned; "',
      "it's",
      '-x',
      '../up',
      'ü',
      '%s\\n',
      '*',
      ':',
      'new\nline\t\x1b[31m',
    ];
    const named = (item: string) => `each:${item === items.at(-1) ? 'new\\x0aline\\x09\\x1b[31m' : item}`;
    const run = rig.run(`
tasks:
  each:
    foreach: {items: ${JSON.stringify(items)}}
    bash: printf '%s\\0' "$item" "$OTTO_FOREACH_ITEM" "$OTTO_FOREACH_INDEX" "$OTTO_TASK" "$PWD"
`);
    expect((await run.done).result).toBe('succeeded');
    for (const [index, item] of items.entries())
      expect(run.output(named(item)).toString().split('\0')).toEqual([
        ...[item, item, String(index), named(item), rig.directory],
        '',
      ]);
    expect(existsSync(join(rig.directory, 'pwned'))).toBe(false);
    expect(run.json().tasks.map(({ name }) => name)).toEqual([...items.map(named), 'each']);
  });

  test('one after the other: when one fails the rest is skipped for it', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  each:
    foreach: {range: 1..4, parallel: false}
    bash: '[[ $item != 2 ]]'
  other: {bash: 'true'}
  next: {before: [each], bash: 'true'}
`,
      { keepGoing: true },
    );
    await run.done;
    expect(outcomes(run)).toEqual({
      'each:1': OK,
      'each:2': { kind: 'failed', reason: { kind: 'exit', code: 1 } },
      'each:3': SKIPPED('each:2'),
      'each:4': SKIPPED('each:2'),
      each: SKIPPED('each:2'),
      next: SKIPPED('each:2'),
      other: OK,
    });
  });

  test('are as many as the jobs allow at once', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  each:
    foreach: {range: 1..3}
    bash: 'touch "here-$item"; until [[ -e here-1 && -e here-2 && -e here-3 ]]; do read -t 0.01 <> <(:) || :; done'
`,
      { jobs: 3 },
    );
    expect((await run.done).result).toBe('succeeded');
  });
});

const LATE = (value: string, more = '') => `
tasks:
  list:
    python: |
      OUTPUT["files"] = ${value}
      OUTPUT["other"] = "kept"
  each:
    before: [list]
    foreach: {items_from: list.files${more}}
    bash: |
      OUTPUT[got]="$item \${INPUT[list.other]}"
  all:
    before: [each]
    python: |
      print(INPUT["each.got"])
`;

describe('items that a dependency makes', () => {
  test('join the run when it has ended', async () => {
    await using rig = runRig();
    const run = rig.run(LATE('["a b", 12345678901234567890, 1.50, True, None, "ü", "tab\\t"]'));
    expect((await run.done).result).toBe('succeeded');
    const names = ['a b', '12345678901234567890', '1.5', 'true', 'null', 'ü', 'tab\\x09'].map(
      (id) => `each:${id}`,
    );
    expect(run.events).toContainEqual({ type: 'tasks-added', parent: 'each', tasks: names });
    expect(run.events[0]).toMatchObject({ type: 'run-started', tasks: ['list', 'each', 'all'] });
    expect(run.json().tasks.map(({ name }) => name)).toEqual(['list', ...names, 'each', 'all']);
    const got = names.map((name) => `'${name.slice(5).replace('\\x09', '\\t')} kept'`);
    expect(run.output('all').toString()).toBe(`[${got.join(', ')}]\n`);
  });

  test('that are objects are numbered and are compact JSON', async () => {
    await using rig = runRig();
    const run = rig.run(LATE('[{"n": [1, 2.0]}] * 10 + ["text"]'));
    expect((await run.done).result).toBe('succeeded');
    const names = run.json().tasks.map(({ name }) => name);
    expect([names[1], names[11]]).toEqual(['each:00', 'each:10']);
    expect(run.output('all').toString()).toBe(
      `[${[...Array(10).fill(`'{"n":[1,2.0]} kept'`), "'text kept'"].join(', ')}]\n`,
    );
  });

  test('may be none', async () => {
    await using rig = runRig();
    const run = rig.run(LATE('[]'));
    expect((await run.done).result).toBe('succeeded');
    expect([run.outcome('each'), run.output('all').toString()]).toEqual([OK, '[]\n']);
  });

  test.each([
    ['"text"', '', 'which is no list'],
    ['{"a": 1}', '', 'which is no list'],
    ['["a", "b", "a"]', '', 'two items of the name "a"'],
    ['["a", "b", "c"]', ', max_items: 2', '3 items; at most 2'],
    ['["a\\tb", "a\\\\x09b"]', '', 'two items of the name "a\\x09b"'],
    ['["a\\0b"]', '', 'no variable can hold NUL'],
    ['[""]', '', 'must not be empty'],
    ['["\\ud800"]', '', 'must be valid Unicode'],
  ])('%s%s fail the parent, with the place', async (value, more, words) => {
    await using rig = runRig();
    const run = rig.run(LATE(value, more));
    expect((await run.done).result).toBe('failed');
    expect(run.outcome('each')).toMatchObject({
      kind: 'failed',
      reason: {
        kind: 'otto',
        failure: { kind: 'ottofile', at: { line: 9 }, message: expect.stringContaining(words) },
      },
    });
    expect(run.outcome('all')).toEqual(SKIPPED('each'));
  });

  test('fail the parent when they were not set', async () => {
    await using rig = runRig();
    const run = rig.run(LATE('1').replace('"files"', '"fills"'));
    await run.done;
    const message = '"items_from" names "list.files", but task "list" has not set "files"';
    expect(run.outcome('each')).toMatchObject({ reason: { failure: { message } } });
  });

  test('do not join a run that was stopped or interrupted meanwhile', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  list: {python: 'OUTPUT["files"] = ["a"]; print("there", flush=True); import time; time.sleep(1000)'}
  each: {before: [list], foreach: {items_from: list.files}, bash: 'true'}
`);
    await run.printed('list', 'there');
    run.signals.emit('SIGTERM');
    expect((await run.done).result).toBe('interrupted');
    expect(run.outcome('each')).toEqual({ kind: 'skipped', because: { kind: 'interrupted' } });
  });

  test('may be followed by more of them', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  list: {python: 'OUTPUT["n"] = [1, 2, 3]'}
  squares: {before: [list], foreach: {items_from: list.n, parallel: false}, python: 'import os; OUTPUT["sq"] = int(os.environ["item"]) ** 2'}
  more: {before: [squares], python: 'OUTPUT["n"] = INPUT["squares.sq"]'}
  again: {before: [more, squares], foreach: {items_from: more.n}, node: 'OUTPUT.all = INPUT["squares.sq"].length + Number(process.env.item)'}
  last: {before: [again], node: 'console.log(INPUT["again.all"])'}
`);
    expect((await run.done).result).toBe('succeeded');
    expect(run.output('last').toString()).toBe('[ 4, 7, 12 ]\n');
  });
});

test('items may come from what other items have set', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  hosts: {foreach: {items: [one, two, none]}, bash: 'if [[ $item != none ]]; then OUTPUT[address]="$item.example"; fi'}
  ping: {before: [hosts], foreach: {items_from: hosts.address}, bash: 'echo "<$item>"'}
`);
  expect((await run.done).result).toBe('succeeded');
  expect(run.output('ping:one.example').toString()).toBe('<one.example>\n');
  expect(
    run
      .json()
      .tasks.map(({ name }) => name)
      .slice(4),
  ).toEqual(['ping:one.example', 'ping:two.example', 'ping']);
});

describe('tasks that run always', () => {
  test('see the values of what failed, and none of what never ran', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  bad: {bash: 'otto.set k v; exit 3'}
  never: {before: [bad], bash: 'true'}
  clean:
    before: [bad, never]
    always: true
    python: |
      print(dict(INPUT), "never.k" in INPUT, list(INPUT.of("never")))
  next: {before: [clean], bash: 'true'}
`);
    expect((await run.done).result).toBe('failed');
    expect(run.output('clean').toString()).toBe("{'bad.k': 'v'} False []\n");
    expect(outcomes(run)).toMatchObject({ never: SKIPPED('bad'), clean: OK, next: STOPPED });
    const record = run.json().tasks.find(({ name }) => name === 'never');
    expect(record).toMatchObject({ startedAt: null });
  });

  test('wait for all items, also when one has failed long before', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  each:
    foreach: {items: [bad, slow]}
    bash: |
      if [[ $item == bad ]]; then echo failed; exit 1; fi
      until [[ -e go ]]; do read -t 0.01 <> <(:) || :; done
      OUTPUT[k]=$item
  clean: {before: [each], always: true, python: 'print(INPUT["each.k"])'}
`,
      { jobs: 2 },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === ('each:bad' as string));
    writeFileSync(join(rig.directory, 'go'), '');
    await run.done;
    expect(run.output('clean').toString()).toBe("['slow']\n");
    expect(run.outcome('each')).toEqual(SKIPPED('each:bad'));
  });
});

test('links to what items have set lie in their reader, named as ever', async () => {
  await using rig = runRig();
  const run = rig.run(
    `tasks: {each: {foreach: {items: ["a/b"]}, bash: 'OUTPUT[k]=v'}, all: {before: [each], bash: 'echo "\${INPUT[each:a/b.k]}"; otto.get each:a/b.k'}}`,
  );
  const { directory } = await run.done;
  expect(run.output('all').toString()).toBe('v\nv');
  const link = join(directory, 'tasks/all', `input.${encodeTaskName('each:a/b')}.json`);
  expect(JSON.parse(readFileSync(link, 'utf8'))).toEqual({ k: 'v' });
});
