import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STORE_NAMES, type StoreName } from '../../src/data/store.ts';
import { Project } from './project.ts';

/** One run in which a task of every language in every store reads those of every language in every store. */

type Language = 'bash' | 'python' | 'node';

const LANGUAGES: readonly Language[] = ['bash', 'python', 'node'];
const COMBINATIONS = STORE_NAMES.flatMap((store) =>
  LANGUAGES.map((language) => ({ store, language, name: `${store}-${language}` })),
);
/** Too long for a record of the journal, and for the broker's memory. */
const LARGE = 200_000;

/** The variable comes last: bash's OUTPUT is taken in when the script ends. */
const WRITERS: Readonly<Record<Language, string>> = {
  bash: `head -c ${LARGE} /dev/zero | otto.set large -; printf '\\377' | otto.set 'a b' -; OUTPUT[small]="zwölf of $OTTO_TASK"$'\\n'`,
  python: `import os
OUTPUT["large"] = "\\0" * ${LARGE}
OUTPUT["a b"] = b"\\xff"
OUTPUT["small"] = "zwölf of " + os.environ["OTTO_TASK"] + "\\n"`,
  node: `OUTPUT.large = '\\0'.repeat(${LARGE});
OUTPUT['a b'] = Buffer.from([255]);
OUTPUT.small = 'zwölf of ' + process.env.OTTO_TASK + '\\n';`,
};

/** Each prints a line for each task: its name when all that it has set is as it was. */
const READERS: Readonly<Record<Language, string>> = {
  bash: `for of in TASKS; do
  [[ \${INPUT[$of.small]} == "zwölf of $of"$'\\n' ]]
  otto.get "$of.large" | cmp - <(head -c ${LARGE} /dev/zero)
  [[ \${INPUT["$of.a b"]} == $'\\377' ]]
  echo "$of"
done`,
  python: `for of in "TASKS".split():
    assert INPUT[of + ".small"] == "zwölf of " + of + "\\n"
    assert INPUT[of + ".large"] == "\\0" * ${LARGE}
    assert INPUT.view(of + ".large") == bytes(${LARGE})
    assert INPUT[of + ".a b"] == b"\\xff"
    print(of)`,
  node: `import { deepStrictEqual as equal } from 'node:assert';
for (const of of 'TASKS'.split(' ')) {
  equal(INPUT[of + '.small'], 'zwölf of ' + of + '\\n');
  equal(INPUT[of + '.large'], '\\0'.repeat(${LARGE}));
  equal(Buffer.from(INPUT.view(of + '.large')).equals(Buffer.alloc(${LARGE})), true);
  equal(INPUT[of + '.a b'], Buffer.from([255]));
  console.log(of);
}`,
};

const MAKERS = COMBINATIONS.map(({ name }) => name);

const task = (store: StoreName, language: Language, script: string) => ({ store, [language]: script });

const TASKS = Object.fromEntries(
  COMBINATIONS.flatMap(({ store, language, name }) => [
    [name, task(store, language, WRITERS[language])],
    [
      `read-${name}`,
      { before: MAKERS, ...task(store, language, READERS[language].replace('TASKS', MAKERS.join(' '))) },
    ],
  ]),
);

test('every language in every store reads every language in every store', () => {
  using dir = new Project({ 'otto.yml': JSON.stringify({ tasks: TASKS }) });
  const readers = MAKERS.map((name) => `read-${name}`);
  expect(dir.otto(['run', '-q', '-k', ...readers])).toEqual({ code: 0, stdout: '', stderr: '' });
  const { directory, tasks } = JSON.parse(dir.otto(['history', 'latest', '--json']).stdout);
  for (const reader of readers)
    expect(readFileSync(join(directory, 'tasks', reader, 'stdout.log'), 'utf8'), reader).toBe(
      MAKERS.map((name) => `${name}\n`).join(''),
    );
  expect(tasks).toHaveLength(2 * MAKERS.length);
  for (const { name, store, storeReason } of tasks) {
    expect(name).toMatch(new RegExp(`^(read-)?${store}-`));
    expect(storeReason).toEqual({ kind: 'declared' });
  }
  const output = (name: string): string =>
    readFileSync(join(directory, 'tasks', name, `output.${name}.json`), 'utf8').replaceAll(name, 'TASK');
  for (const { language, name } of COMBINATIONS) expect(output(name)).toBe(output(`files-${language}`));
  expect(output('files-bash')).toBe(output('files-python'));
  expect(output('files-bash')).toBe(output('files-node'));
}, 120_000);
