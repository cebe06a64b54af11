// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Store } from '../../src/data/store.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { bashVersions } from '../support/bash-versions.ts';
import { TaskRig } from './task-rig.ts';

const shmRoot = mkdtempSync('/dev/shm/otto-bash-versions-');
const { versions, remove } = bashVersions();
const rigs: TaskRig[] = [];
afterAll(async () => {
  for (const rig of rigs) {
    await rig.data.close();
    rig.remove();
  }
  rmSync(shmRoot, { recursive: true });
  remove();
});

const STORES: Readonly<Record<string, (runDirectory: string) => Store>> = {
  files: (runDirectory) => createFilesStore(runDirectory),
  shm: (runDirectory) => createShmStore({ native: loadNative(), runDirectory, root: shmRoot }),
};

const HOSTILE: readonly (readonly [string, Buffer])[] = [
  ['empty', ''],
  ['newlines', '\n\na\n\n'],
  ['command $(touch x)', '$(touch x) `touch x` ${x} $x'],
  ['quotes', '\'"\\'],
  ['-n', '-n'],
  ['dash', '-'],
  ['~', '~/x'],
  ['é ключ 😀', 'é ключ 😀'],
  ['a.b.c', '1'],
  ['a]b[c', '1'],
  ['x[$(touch x)]', '4'],
  ['new\nline', '2'],
  ['all bytes', Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1))],
  ['not UTF-8', Buffer.of(0xff, 0xc3, 0x28)],
  ['with NUL', Buffer.of(0, 65, 0)],
  ['long', 'é\n'.repeat(60_000)],
].map(([key, value]) => [key as string, Buffer.from(value as string)] as const);

/** Values that a variable can hold, and that `otto.set KEY VALUE` does not take for stdin. */
const isWord = (value: Buffer): boolean => !value.includes(0) && value.toString() !== '-';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Each value lies in a file, so that no quoting of this version of bash is part of the test. */
function writerScript(rig: TaskRig, form: 'stdin' | 'word' | 'older' | 'array'): string {
  return HOSTILE.map(([key, value], index) => {
    const path = quoted(join(rig.workspace, `value-${index}`));
    writeFileSync(join(rig.workspace, `value-${index}`), value);
    if (form === 'stdin' || !isWord(value)) return `otto.set ${quoted(key)} - <${path}`;
    const read = `IFS= read -r -d '' v <${path} || :; k=${quoted(key)}`;
    const set = { word: 'otto.set "$k" "$v"', older: 'otto_set_output "$k" "$v"', array: 'OUTPUT[$k]=$v' };
    return `${read}; ${set[form]}`;
  }).join('\n');
}

const readerScript = (get: string): string =>
  HOSTILE.map(([key], index) => `${get} ${quoted(`writer.${key}`)} >read-${index}`).join('\n');

for (const version of versions) {
  for (const [store, open] of Object.entries(STORES)) {
    const newRig = (): TaskRig => {
      const rig = new TaskRig(open, version);
      rigs.push(rig);
      return rig;
    };
    const bash = (name: string, script: string, dependencies: readonly string[] = []) =>
      ({ name, language: 'bash', script, dependencies, readers: 1 }) as const;

    describe(`${version.name} with the ${store} store`, () => {
      const forms = ['stdin', 'word', 'older', ...(version.hasArrays ? (['array'] as const) : [])] as const;
      test.each(forms)('hostile keys and values, set by %s', async (form) => {
        const rig = newRig();
        const wrote = await rig.succeed(bash('writer', writerScript(rig, form)));
        expect(wrote.stderr).toBe('');
        const get = form === 'older' ? 'otto_get_input' : 'otto.get';
        const read = await rig.succeed(bash('reader', readerScript(get), ['writer']));
        expect(read.stderr).toBe('');
        const differ = `cd ${quoted(rig.workspace)}; ${HOSTILE.map((_, i) => `cmp value-${i} read-${i}`).join('; ')}`;
        expect((await rig.succeed(bash('compare', differ))).stdout.toString()).toBe('');
        expect(existsSync(join(rig.workspace, 'x'))).toBe(false);
      });

      const endings: readonly (readonly [string, string, number | string])[] = [
        ['its end', ':', 0],
        ['exit 0', 'exit 0', 0],
        ['exit 7', 'exit 7', 7],
        ['a failing command', 'false; echo never', 1],
        ['a failing function', 'f() { local v=1; false; echo never; }; f', 1],
        ['a failing pipeline', 'false | cat; echo never', 1],
        ['an unset variable', 'echo "$nothing"; echo never', 1],
        ['a failing subshell', '(exit 4); echo never', 4],
        ['a failing substitution', 'v=$(exit 5); echo never', 5],
        ['its own EXIT trap', "trap 'echo bye >&2' EXIT; exit 3", 3],
        ['an EXIT trap that exits', "trap 'exit 9' EXIT; exit 3", 9],
        ['a subshell with an EXIT trap', "(trap 'exit 6' EXIT; exit 3)", 6],
        ['exec', 'exec true', 0],
        ['SIGTERM', 'kill -TERM $$; echo never', 'SIGTERM'],
        ['SIGKILL', 'kill -KILL $$; echo never', 'SIGKILL'],
      ];
      test.each(endings)('otto.set before the script ends by %s', async (_, ending, end) => {
        const rig = newRig();
        const result = await rig.run(
          bash('a', `otto.set k v\n(otto.set sub 1)\necho piped | otto.set p -\n${ending}`),
        );
        expect(result.stdout.toString()).toBe('');
        expect(result.end).toBe(end);
        await rig.end();
        expect(JSON.parse(rig.output('a'))).toEqual({ k: 'v', sub: '1', p: 'piped\n' });
      });

      test('in a function, in a loop over stdin, under noclobber and with hostile IFS', async () => {
        const rig = newRig();
        await rig.succeed(
          bash(
            'a',
            [
              'set -C; IFS=so/-',
              'f() { local OUTPUT=1 INPUT=2 k=own; otto.set "in.$1" "$k"; }; f function',
              'printf "1\\n2\\n" | while read -r line; do otto.set "loop$line" "$line"; done',
              'otto.set two "a\nb"; [[ $- == *C* ]]',
              'if otto.get nothing 2>/dev/null; then exit 9; fi',
            ].join('\n'),
          ),
        );
        await rig.end();
        expect(JSON.parse(rig.output('a'))).toEqual({
          'in.function': 'own',
          loop1: '1',
          loop2: '2',
          two: 'a\nb',
        });
      });

      test('a value of an item, a default, and what there is when a key is wrong', async () => {
        const rig = newRig();
        await rig.succeed(bash('each:a b', "otto.set 'k[1]' 'of a b'"));
        const read = await rig.run(
          bash(
            'reader',
            'echo "$(otto.get \'each:a b.k[1]\')|$(otto_get_input each.no default)"\notto.get wrong',
            ['each:a b'],
          ),
        );
        expect(read.stdout.toString()).toBe('of a b|default\n');
        expect(read.stderr).toBe('otto.get: there is no value "wrong"; there are: each:a b.k[1]\n');
        expect(read.end).toBe(1);
      });
    });
  }
}
