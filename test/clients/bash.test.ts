// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ClientRig } from './rig.ts';

const rig = new ClientRig();
afterAll(() => rig.close());

const bash = (script: string, more: object = {}) => rig.run({ language: 'bash', script, ...more });

describe('OUTPUT survives every way a script can end', () => {
  const endings: readonly (readonly [string, string, number | string])[] = [
    ['its last line', ':', 0],
    ['exit 0 early', 'exit 0; OUTPUT[never]=1', 0],
    ['exit with a code', 'exit 7', 7],
    ['a failing command under set -e', 'false; OUTPUT[never]=1', 1],
    ['an unset variable under set -u', 'echo "$nothing"; OUTPUT[never]=1', 1],
    ['a failing pipeline', 'false | cat; OUTPUT[never]=1', 1],
    ['a failure inside a function', 'f() { local x=1; false; }; f; OUTPUT[never]=1', 1],
    ['exit inside a function with its own OUTPUT', 'f() { local OUTPUT=mine; exit 4; }; f', 4],
    ['a syntax error further down', 'echo fine\nif then', 2],
    ['its own EXIT trap', "trap 'echo bye' EXIT; exit 3", 3],
    ['an EXIT trap that fails', "trap 'false; echo never' EXIT; exit 3", 1],
    ['an EXIT trap that exits', "trap 'exit 9' EXIT; exit 3", 9],
    ['an EXIT trap that was removed', "trap 'echo bye' EXIT; trap - EXIT; exit 3", 3],
    ['an EXIT trap that is ignored', "trap '' EXIT; exit 3", 3],
    ['an EXIT trap in a function', "f() { trap 'echo bye' 0; }; f; exit 3", 3],
  ];
  test.each(endings)('%s', async (_, ending, end) => {
    const result = await bash(`OUTPUT[k]=v\n${ending}\n`);
    expect(result.values).toEqual({ k: 'v' });
    expect(result.end).toBe(end);
  });

  test.each([
    ['in the shell itself', 'kill -TERM $$; OUTPUT[never]=1'],
    ['while a program runs', "sh -c 'kill -TERM $PPID; exec cat'; OUTPUT[never]=1"],
  ])('SIGTERM %s', async (_, ending) => {
    const { values, end } = await bash(`OUTPUT[k]=v; ${ending}`);
    expect(values).toEqual({ k: 'v' });
    expect(end).toBe('SIGTERM');
  });

  test('what an EXIT trap sets counts, with the status the script ended with', async () => {
    const { values } = await bash("OUTPUT[a]=1; trap 'OUTPUT[b]=$?; OUTPUT[a]=2; exit 5' EXIT; exit 3");
    expect(values).toEqual({ a: '2', b: '3' });
  });

  test('exec and SIGKILL keep what otto.set has set', async () => {
    expect((await bash('otto.set k v; exec true')).values).toEqual({ k: 'v' });
    const killed = await bash('otto.set k v; kill -KILL $$');
    expect(killed.values).toEqual({ k: 'v' });
    expect(killed.end).toBe('SIGKILL');
  });
});

describe('a subshell', () => {
  test('loses OUTPUT like any variable, and writes nothing of its parent', async () => {
    const { values } = await bash(
      'OUTPUT[a]=1; (OUTPUT[b]=2; exit 0); : | { OUTPUT[c]=3; }; x=$(OUTPUT[d]=4)',
    );
    expect(values).toEqual({ a: '1' });
  });

  test('keeps otto.set, and has an EXIT trap of its own', async () => {
    const { values, stdout } = await bash(
      "(trap 'echo inner' EXIT; otto.set b 2); echo x | otto.set c -; trap -p EXIT",
    );
    expect(values).toEqual({ b: '2', c: 'x\n' });
    expect(stdout.toString()).toBe('inner\n');
  });
});

describe('the last one wins', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['OUTPUT[k]=a; otto.set k b', 'b'],
    ['otto.set k a; OUTPUT[k]=b', 'b'],
    ['OUTPUT[k]=b; otto.set k a; OUTPUT[k]=b', 'b'],
    ['OUTPUT[k]=a; printf b | otto.set k - ', 'a'],
    ['OUTPUT[k]=a; otto.set k - < <(printf b)', 'b'],
    ['otto.set k a; otto.set k b', 'b'],
    ['otto_set_output k a; otto_set_output k b', 'b'],
  ];
  test.each(cases)('%s', async (script, value) => {
    expect((await bash(script)).values).toEqual({ k: value });
  });
});

const BYTES = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1));
const VALUES: Readonly<Record<string, Buffer | string>> = {
  empty: '',
  newlines: '\n\na\n\n',
  'command $(touch x)': '$(touch x) `touch x` ${x} $x',
  quotes: '\'"\\',
  option: '-n',
  'é ключ 😀': 'é ключ 😀',
  'all bytes': BYTES,
  'invalid UTF-8': Buffer.from([0xff, 0xc3, 0x28]),
  'a]b[c': '1',
  '@': 'at',
  '*': 'star',
  '\\': 'backslash',
  '"': 'quote',
  'new\nline': '2',
  '!': '3',
  'x[$(touch x)]': '4',
  long: 'é\n'.repeat(50_000),
};
const vars = Object.fromEntries(Object.entries(VALUES).map(([key, value]) => [`dep.${key}`, value]));
const shown = Object.fromEntries(
  Object.entries(VALUES).map(([key, value]) => {
    const data = Buffer.from(value);
    return [key, data.equals(Buffer.from(data.toString())) ? data.toString() : `0x${data.toString('hex')}`];
  }),
);

describe('hostile keys and values stay what they are', () => {
  const ways: readonly (readonly [string, string])[] = [
    ['through the arrays', 'OUTPUT[${k#dep.}]=${INPUT[$k]}'],
    ['through otto.set', 'otto.set "${k#dep.}" "${INPUT[$k]}"'],
    ['through pipes', 'otto.get "$k" | otto.set "${k#dep.}" -'],
    [
      'through the legacy functions',
      'v=$(otto_get_input "$k"; echo x); otto_set_output "${k#dep.}" "${v%x}"',
    ],
    ['over what OUTPUT holds', 'OUTPUT[${k#dep.}]=old; otto.set "${k#dep.}" "${INPUT[$k]}"'],
    [
      'in a function that hides the arrays',
      'f() { local INPUT=1 OUTPUT=1; otto.get "$k" >out; otto.set "${k#dep.}" - <out; }; f',
    ],
  ];
  test.each(ways)('%s', async (_, way) => {
    const script = `for k in "\${!INPUT[@]}"; do\n  ${way}\ndone\n`;
    const result = await bash(script, { vars });
    expect(result.stderr).toBe('');
    expect(result.values).toEqual(
      Object.fromEntries(Object.keys(result.values).map((key) => [key, shown[key]])),
    );
    expect(Object.keys(result.values).sort()).toEqual(Object.keys(VALUES).sort());
    expect(existsSync(join(rig.work, 'x'))).toBe(false);
  });
});

describe('otto.get', () => {
  test('gives the exact bytes of a value that no variable holds', async () => {
    const { stdout } = await bash('otto.get dep.b', {
      vars: { 'dep.a': '1' },
      refs: { 'dep.b': Buffer.from([0, 255, 10]) },
    });
    expect([...stdout]).toEqual([0, 255, 10]);
  });

  test('fails for a missing key, naming those there are', async () => {
    const { end, stderr } = await bash('otto.get dep.x', {
      vars: { 'dep.a': '1' },
      refs: { 'dep.b': Buffer.of(0) },
    });
    expect(end).toBe(1);
    expect(stderr).toBe('otto.get: there is no value "dep.x"; there are: dep.a, dep.b\n');
  });

  test('the legacy function gives a default instead', async () => {
    const { stdout } = await bash(
      'otto_deserialize_input dep; otto_get_input dep.x none; otto_get_input dep.y',
      {},
    );
    expect(stdout.toString()).toBe('none');
  });
});

describe('keys', () => {
  test.each([
    ['empty', '""', 0],
    ['too long', '"$(printf %2049s)"', 2049],
    ['too long in bytes', '"$(printf "%.0sé" {1..1025})"', 2050],
  ])('otto.set refuses one that is %s', async (_, key, bytes) => {
    const { end, stderr, values } = await bash(`export LC_ALL=C.UTF-8; otto.set ${key} v`);
    expect(end).toBe(1);
    expect(stderr).toContain(`a key has 1 to 2048 bytes, this one ${bytes}`);
    expect(values).toEqual({});
  });

  test('OUTPUT refuses one that is too long when the script ends, and keeps the others', async () => {
    const { end, stderr, values } = await bash('OUTPUT[$(printf %2049s)]=1; OUTPUT[ok]=2');
    expect(end).toBe(1);
    expect(stderr).toContain('at most 2048 bytes');
    expect(values).toEqual({ ok: '2' });
  });
});

test('a spool that cannot be written makes otto.set and the script fail', async () => {
  const { end, stderr } = await bash('rm -r "$OTTO_SPOOL"; otto.set k v || echo failed >&2; OUTPUT[a]=1');
  expect(end).toBe(1);
  expect(stderr).toContain('cannot keep "k"');
  expect(stderr).toContain('not all of OUTPUT could be kept');
});

describe('the prologue leaves the script alone', () => {
  test('no names beyond its own, and the usual options, IFS and parameters', async () => {
    const { stdout } = await bash(
      'compgen -v | grep -vxF -f <(compgen -e) | grep -vE "^(__otto_|BASH|_$|[A-Z0-9_]+$)" || :; echo "$#|$-|${IFS@Q}|${LC_ALL-none}|$?"; : INPUT',
      { environment: { LC_ALL: '' } },
    );
    expect(stdout.toString()).toMatch(/^0\|\w*ehuB?\w*\|\$' \\t\\n'\|\|0\n$/);
  });

  const options = 'allexport:errexit:noclobber:noglob:nounset:physical:pipefail:posix:privileged';
  test.each([options, 'posix', 'errexit:nounset'])(
    'it works under inherited options: %s',
    async (SHELLOPTS) => {
      const { values, stderr } = await bash(
        'OUTPUT[a]=${INPUT[dep.a]}; otto.set b "$(otto.get dep.a)"; trap "echo bye" EXIT',
        {
          vars: { 'dep.a': '1' },
          environment: { SHELLOPTS },
        },
      );
      expect(stderr).toBe('');
      expect(values).toEqual({ b: '1', a: '1' });
    },
  );

  test('lines in messages are those of the ottofile', async () => {
    const { stderr } = await bash('echo $LINENO >&2\nno-such-command INPUT\n', { line: 42 });
    expect(stderr).toMatch(/^42\n.*script\.sh: line 43: no-such-command: command not found/s);
  });

  test('its own functions and aliases do not get in the way of otto.set and otto.get', async () => {
    const { values, stdout } = await bash(
      'printf() { echo function; }; read() { :; }; cat() { :; }\n' +
        'shopt -s expand_aliases; alias printf="echo alias" read="echo alias" cat="echo alias"\n' +
        'otto.set a 1; echo 2 | otto.set b -; otto.set c "$(otto.get dep.a)"; otto.get dep.b\n',
      { vars: { 'dep.a': '3' }, refs: { 'dep.b': Buffer.from('4') } },
    );
    expect(values).toEqual({ a: '1', b: '2\n', c: '3' });
    expect(stdout.toString()).toBe('4');
  });

  test('stdin is the script’s own', async () => {
    const { stdout } = await bash('cat; : INPUT', { stdin: 'hello', vars: { 'dep.a': '1' } });
    expect(stdout.toString()).toBe('hello');
  });
});

describe('trap is what it was', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'lists what the script has set',
      `trap 'echo "it''s"' EXIT; trap -p`,
      'trap -- \'echo "its"\' EXIT\nits\n',
    ],
    [
      'lists a handler with quotes',
      `trap "echo 'a  b'" EXIT; trap -p`,
      `trap -- 'echo '\\''a  b'\\''' EXIT\na  b\n`,
    ],
    ['can be saved and restored', `trap 'echo a' EXIT; s=$(trap -p EXIT); trap - EXIT; eval "$s"`, 'a\n'],
    ['sees the status', `trap 'echo $?' EXIT; (exit 6) || exit 6`, '6\n'],
    ['sees the script’s parameters', `set -- one; trap 'echo $1' EXIT`, 'one\n'],
    [
      'ERR can be set again and cleared',
      `set +e; trap 'echo a' ERR; trap 'echo b' ERR; false; trap - ERR; false; :`,
      'b\n',
    ],
    [
      'RETURN belongs to the calling function',
      `f() { trap 'echo r; trap - RETURN' RETURN; echo in; }; f; echo out`,
      'in\nr\nout\n',
    ],
    ['signals work as before', `trap 'echo usr' USR1; kill -USR1 $$; trap - USR1; trap`, 'usr\n'],
    ['several at once', `trap 'echo x' EXIT USR1; kill -USR1 $$`, 'x\nx\n'],
    ['a lone number resets', `trap 'echo x' EXIT; trap 0`, ''],
  ];
  test.each(cases)('%s', async (_, script, expected) => {
    const { stdout, stderr } = await bash(`: OUTPUT\n${script}\n`);
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe(expected);
  });

  test('an unknown signal fails as it does in bash', async () => {
    const { end, stderr } = await bash(': OUTPUT; trap "echo x" NOSUCH');
    expect(end).toBe(1);
    expect(stderr).toContain('NOSUCH: invalid signal specification');
  });
});
