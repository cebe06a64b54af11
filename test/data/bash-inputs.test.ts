import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { records } from '../support/records.ts';
import { RunRig, taskName } from './run-rig.ts';

let rig: RunRig;
beforeEach(() => {
  rig = new RunRig();
});
afterEach(() => rig.remove());

const words = (path: string): string[] => readFileSync(path, 'utf8').split('\0').slice(0, -1);

/** Runs a producer, then prepares a bash task that reads it. */
async function inputsOf(journal: string | Buffer, scriptText = '') {
  await rig.run('dep', { journal }, { readers: 1 });
  const { spool, notices } = await rig.prepare('reader', { dependencies: ['dep'], scriptText });
  return { spool, notices, vars: join(spool, 'vars'), refs: join(spool, 'refs') };
}

describe('vars', () => {
  test('hold each value as bash sees it', async () => {
    const { vars, refs, notices } = await inputsOf(
      records(
        ['sempty', ''],
        ['slines', 'a\r\nb\n\n'],
        ['jnull', 'null'],
        ['jnumber', '123456789012345678901'],
        ['jdict', '{"a":null}'],
        ['sodd key.x', '$(touch x)'],
      ),
    );
    expect(words(vars)).toEqual([
      ...['dep.empty', ''],
      ...['dep.lines', 'a\r\nb\n\n'],
      ...['dep.null', ''],
      ...['dep.number', '123456789012345678901'],
      ...['dep.dict', '{"a":null}'],
      ...['dep.odd key.x', '$(touch x)'],
    ]);
    expect(existsSync(refs)).toBe(false);
    expect(notices).toEqual([]);
  });

  test('hold bytes that are not UTF-8 unchanged', async () => {
    const { vars } = await inputsOf(
      Buffer.concat([Buffer.from('\0sk\0='), Buffer.from([0xff, 0xfe]), Buffer.from('\0.')]),
    );
    expect(readFileSync(vars)).toEqual(Buffer.concat([Buffer.from('dep.k\0'), Buffer.from([0xff, 0xfe, 0])]));
  });

  test('are not written when there is nothing to read', async () => {
    const { spool, vars } = await inputsOf('');
    expect(existsSync(spool)).toBe(true);
    expect(existsSync(vars)).toBe(false);
  });
});

describe('refs', () => {
  const nul = Buffer.from([0x61, 0, 0x62]);
  const producer = async (scriptText: string) => {
    await rig.run('dep', { journal: records(['Snul', '1-1.value']), '1-1.value': nul }, { readers: 1 });
    return rig.prepare('reader', { dependencies: ['dep'], scriptText });
  };

  test('name a file with exactly the bytes of a value that holds NUL', async () => {
    const { spool, notices } = await producer('echo "${INPUT[dep.nul]-none}"');
    const [fullKey, task, key, path] = words(join(spool, 'refs'));
    expect([fullKey, task, key]).toEqual(['dep.nul', 'dep', 'nul']);
    expect(readFileSync(path ?? '')).toEqual(nul);
    expect(notices).toEqual([{ kind: 'value-has-nul', key: 'dep.nul' }]);
  });

  test('a JSON string that holds NUL reaches bash as JSON text, which holds none', async () => {
    const { vars, notices } = await inputsOf(records(['jk', '"a\\u0000b"']));
    expect(words(vars)).toEqual(['dep.k', '"a\\u0000b"']);
    expect(notices).toEqual([]);
  });

  test.each([
    'otto.get dep.nul > file',
    'x=$(otto.get "dep.nul" | wc -c)',
    'otto.get dep.other | wc -c; otto.get dep.nul | wc -c',
    "otto_get_input 'dep.nul'",
    'if true; then otto-mmap-get dep nul; fi',
    'for k in nul; do otto.get "$k"; done',
    'otto-mmap-get dep "$key"',
    'echo hello',
    'echo "${INPUT[dep.other]}"; INPUT_FILE=x',
  ])('no notice for a script that reads it by command, or not at all: %s', async (script) => {
    expect((await producer(script)).notices).toEqual([]);
  });

  test.each([
    'otto.get dep.other; echo "${INPUT[dep.nul]}"',
    'otto-mmap-get other nul; echo "${INPUT["dep.nul"]}"',
    'my-otto.get dep.nul; for k in "${!INPUT[@]}"; do :; done',
    'echo "${INPUT[$key]}"',
    '. ./library.sh',
  ])('a notice for a script that may miss it in INPUT: %s', async (script) => {
    expect((await producer(script)).notices).toHaveLength(1);
  });

  test('a value above 16 MiB is read from history, with a notice that tells the limit', async () => {
    const bytes = 16 * 1024 * 1024 + 1;
    const files = { journal: records(['Sbig', '1-1.value']), '1-1.value': Buffer.alloc(bytes, 'x') };
    await rig.run('dep', files, { readers: 1 });
    const scriptText = 'echo "${INPUT[dep.big]}"';
    const { spool, notices } = await rig.prepare('reader', { dependencies: ['dep'], scriptText });
    expect(words(join(spool, 'refs'))).toEqual([
      ...['dep.big', 'dep', 'big'],
      join(rig.taskDirectory('dep'), 'values', '1'),
    ]);
    expect(notices).toEqual([{ kind: 'value-too-large-for-bash', key: 'dep.big', bytes, limit: bytes - 1 }]);
  });
});

describe('a large value is loaded when the script', () => {
  const large = 'x'.repeat(100_000);
  const loaded = async (scriptText: string): Promise<boolean> => {
    const files = { journal: records(['Slarge key', '1-1.value'], ['ssmall', '1']), '1-1.value': large };
    await rig.run('dep', files, { readers: 1 });
    const { spool, notices } = await rig.prepare('reader', { dependencies: ['dep'], scriptText });
    expect(notices).toEqual([]);
    const keys = words(join(spool, 'vars')).filter((_, n) => n % 2 === 0);
    expect(keys).toContain('dep.small');
    if (!keys.includes('dep.large key')) expect(words(join(spool, 'refs'))).toContain('dep.large key');
    return keys.includes('dep.large key');
  };

  test.each([
    'echo "${INPUT[dep.large key]}"',
    "echo ${#INPUT['dep.large key']}",
    'x=INPUT["dep.large key"]; echo "${!x}"',
    'for k in "${!INPUT[@]}"; do echo "$k"; done',
    'echo "${INPUT[$key]}"',
    'echo "${INPUT[dep.large\\ key]}"',
    'declare -p INPUT',
    'source ./lib.sh',
    'cd x && . ./lib.sh',
    'eval "$code"',
  ])('may want it: %j', async (script) => expect(await loaded(script)).toBe(true));

  test.each(['echo hi', 'echo "${INPUT[dep.small]}"', 'otto.get "dep.large key" | wc -c', 'ls ./x ..'])(
    'does not: %j',
    async (script) => expect(await loaded(script)).toBe(false),
  );
});

test('of two values that spell alike the one of the longer task name wins, and a notice names both', async () => {
  await rig.run('a', { journal: records(['sb.c', 'short']) }, { readers: 2 });
  await rig.run('a.b', { journal: records(['sc', 'long'], ['sd', 'other']) }, { readers: 2 });
  const dependencies = ['a.b', 'a'];
  const { spool, notices } = await rig.prepare('reader', { dependencies });
  expect(words(join(spool, 'vars'))).toEqual(['a.b.c', 'long', 'a.b.d', 'other']);
  const notice = { kind: 'ambiguous-key', key: 'a.b.c', tasks: [taskName('a'), taskName('a.b')] };
  expect(notices).toEqual([notice]);
  const python = await rig.prepare('python reader', { dependencies, language: 'python' });
  expect(python.notices).toEqual([notice]);
  expect(existsSync(join(python.spool, 'vars'))).toBe(false);
});
