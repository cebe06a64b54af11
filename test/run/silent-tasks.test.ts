// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are scripts of bash
import { expect, test } from 'vitest';
import { type RunUnderTest, runRig } from './rig.ts';

/** Who was told, what it reads, and whose it is. */
const tips = ({ events }: RunUnderTest): string[] =>
  events
    .flatMap((event) =>
      event.type === 'task-notice' && event.notice.kind === 'nothing-set'
        ? `${event.task}: ${event.notice.read} of ${event.notice.task} (${event.notice.language})`
        : [],
    )
    .toSorted();

async function tipsOf(ottofile: string): Promise<string[]> {
  await using rig = runRig();
  const run = rig.run(ottofile, { keepGoing: true });
  await run.done;
  return tips(run);
}

const SILENT = `
tasks:
  dep: {bash: "echo x | while read -r line; do OUTPUT[key]=$line; done"}
`;

test.each([
  ['bash', 'echo "${INPUT[dep.key]}"'],
  ['bash', 'echo "$(otto.get dep.key)"'],
  ['bash', 'otto_get_input dep.key'],
  ['python', 'print(INPUT["dep.key"])'],
  ['python', 'print(INPUT.of("dep")["key"])'],
  ['python', 'print(otto_get_input("dep.key"))'],
  ['node', 'console.log(INPUT["dep.key"])'],
  ['node', 'console.log(INPUT.view("dep.key"))'],
])('who reads from a task that set nothing is given a tip: %s, %s', async (language, script) => {
  const told = await tipsOf(`${SILENT}  use:\n    before: [dep]\n    ${language}: |\n      ${script}\n`);
  expect(told).toEqual(['use: dep.key of dep (bash)']);
});

test.each([
  ['reads nothing', 'bash', 'echo "${#INPUT[@]}" INPUT[dep.key] # ${INPUT[dep.key]}'],
  ['has a default', 'bash', 'echo "${INPUT[dep.key]:-none}" ${INPUT[dep.key]:-}'],
  ['asks whether there is one', 'bash', '[[ -v INPUT[dep.key] ]] && echo "${INPUT[dep.key]}"'],
  ['goes on without it', 'bash', 'x=$(otto.get dep.key 2>/dev/null || echo none)'],
  ['asks by the command', 'bash', 'if otto.get dep.key; then :; fi'],
  ['has a default', 'python', 'print(INPUT.get("dep.key"), otto_get_input("dep.key", 1))'],
  ['asks whether there is one', 'python', 'print(INPUT["dep.key"] if "dep.key" in INPUT else None)'],
  ['has a default', 'node', 'console.log(INPUT["dep.key"] ?? 1)'],
  ['reads from another', 'bash', 'echo "${INPUT[other.key]}"'],
  ['computes the name', 'python', 'print(INPUT.get("dep." + "key"))'],
])('who %s is given none: %s, %s', async (_, language, script) => {
  const told = await tipsOf(`${SILENT}  other: {bash: "OUTPUT[key]=1"}
  use:
    before: [dep, other]
    ${language}: |
      ${script}
`);
  expect(told).toEqual([]);
});

test('each pair is told of once: for all keys, items and attempts', async () => {
  const told = await tipsOf(`${SILENT}  script: {python: "x = 1"}
  group: {before: [dep]}
  use:
    before: [dep, script, group]
    foreach: {items: [1, 2, 3]}
    retries: 2
    bash: |
      : $(otto.get dep.a) $(otto.get dep.b) $(otto.get script.a) $(otto.get group.a)
      exit 1
`);
  expect(told.map((line) => line.replace(/^use:\d/, 'use'))).toEqual([
    'use: dep.a of dep (bash)',
    'use: group.a of group (null)',
    'use: script.a of script (python)',
  ]);
});

test('only of tasks that have succeeded: the others have their own message', async () => {
  expect(
    await tipsOf(`
tasks:
  failing: {bash: exit 1}
  left: {if: "false", bash: "OUTPUT[a]=1"}
  use: {before: [failing, left], always: true, bash: ": $(otto.get failing.a) $(otto.get left.a)"}
`),
  ).toEqual([]);
});

test('a value of a shorter task name is no missing one, nor is one of an item that set something', async () => {
  expect(
    await tipsOf(`
tasks:
  a: {bash: "otto.set b.c 1"}
  a.b: {bash: ":"}
  some: {foreach: {items: [x, y]}, bash: 'if [[ $item == x ]]; then OUTPUT[k]=1; fi'}
  none: {foreach: {items: [x, y]}, bash: ":"}
  use: {before: [a, a.b, some, none], bash: ": $(otto.get a.b.c) $(otto.get some:x.k) $(otto.get some.k)"}
  use2: {before: [some, none], python: 'print(INPUT["some.k"], INPUT["none.k"])'}
  use3: {before: [some], bash: ': $(otto.get some:y.k)'}
`),
  ).toEqual(['use2: none.k of none (bash)', 'use3: some:y.k of some:y (bash)']);
});
