// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { project } from './project.ts';

const PARAMS = `
    params:
      -t|--text: {default: by default, dest: TEXT_TOO}
      -l|--some-list: {nargs: "*", dest: ALL}
      -n|--off: {default: false}
      -y|--on: {default: true}
      word: {default: ""}`;

/** Each script writes all it is given to the file \`out\`, every text with a NUL. */
const OTTOFILE = `
tasks:
  bash:${PARAMS}
    bash: |
      printf '%s\\0' "$text" "$TEXT_TOO" "$word" "$off" "$on" "\${#some_list[@]}" "\${some_list[@]}" "\${ALL[@]}" >out
      bash -c 'printf "%s\\0" "$text" "$word" "$off"' >>out
  python:${PARAMS}
    python: |
      import os
      texts = [text, TEXT_TOO, word, off, on, str(len(some_list)), *some_list, *ALL]
      assert bool(off) == (off == "true") and bool(on) == (on == "true")
      assert os.environ["on"] == on
      texts += [os.environ[name] for name in ("text", "word", "off")]
      with open("out", "wb") as file:
          file.write(b"".join(one.encode() + b"\\0" for one in texts))
  node:${PARAMS}
    node: |
      import { writeFileSync } from 'node:fs'
      if (typeof off !== 'boolean' || typeof on !== 'boolean' || process.env.on !== String(on)) throw new Error(on)
      const word = globalThis.word
      const env = ['text', 'word', 'off'].map((name) => process.env[name])
      const texts = [text, TEXT_TOO, word, off, on, some_list.length, ...some_list, ...ALL, ...env]
      writeFileSync('out', texts.map((one) => one + '\\0').join(''))
`;

const HOSTILE: readonly string[] = [
  '',
  ' ',
  '-',
  '--',
  '-l',
  '--help',
  '=',
  'a b\t c ',
  '\n',
  'a\n\nb\n\n',
  '\r\n',
  '$(touch evaluated)',
  '`touch evaluated`',
  'x[$(touch evaluated)]',
  '"; touch evaluated; "',
  "'; touch evaluated; '",
  '${HOME} $HOME \\$HOME \\',
  '* ? [a-z] ~ {1,2} !! #',
  'größe 日本語 🧭 e\u0301',
  '\u0001\u007f\u0080\u00ff\u2028\ufeff\uffff',
  '\u001b[2J',
  '{"a": ["]"]}',
  'x'.repeat(100_000),
  `${'é\n'.repeat(30_000)}`,
];

describe.each(['bash', 'python', 'node'])('a %s script', (task) => {
  test.each([['--store=files'], ['--fast']])('gets its params byte for byte (%s)', (store) => {
    using dir = project(OTTOFILE);
    for (const texts of [HOSTILE.slice(0, -2), HOSTILE.slice(-2)]) {
      const [first = '', second = ''] = [texts.at(-1), texts.at(-2)];
      const list = texts.map((text) => `--some-list=${text}`);
      const args = ['run', store, '-q', task, `--text=${first}`, '-ny', ...list, '--', second];
      expect(dir.otto(args)).toMatchObject({ code: 0, stderr: '' });
      const all = [first, first, second, 'true', 'false', `${texts.length}`, ...texts, ...texts];
      const expected = [...all, first, second, 'true'];
      expect(readFileSync(dir.path('out'), 'utf8').split('\0')).toEqual([...expected, '']);
    }
    expect(existsSync(dir.path('evaluated'))).toBe(false);
  });

  test('gets defaults, and lists that are empty', () => {
    using dir = project(OTTOFILE);
    expect(dir.otto([task, '--off=false']).code).toBe(0);
    expect(readFileSync(dir.path('out'), 'utf8')).toBe(
      'by default\0by default\0\0false\0true\x000\0by default\0\0false\0',
    );
  });

  test('gets more than the environment holds', () => {
    const long = 'x'.repeat(140_000);
    using dir = project(OTTOFILE.replaceAll('by default', long));
    const texts = Array.from({ length: 1000 }, (_, at) => `${at}`.padStart(1000));
    expect(dir.otto([task, '-l', ...texts], { env: { text: 'of the caller' } }).code).toBe(0);
    expect(readFileSync(dir.path('out'), 'utf8').split('\0').slice(0, -4)).toEqual([
      long,
      long,
      '',
      'false',
      'true',
      '1000',
      ...texts,
      ...texts,
    ]);
  });
});

test('a program without a client is told what its environment lacks', () => {
  const long = 'x'.repeat(140_000);
  using dir = project(`tasks:\n  t:\n    params: {--text: {default: ${long}}, --list: {nargs: "*"}}
    action: |
      #!/usr/bin/env -S awk -f
      BEGIN { print "<" ENVIRON["text"] ">" ENVIRON["list"] }`);
  const { code, stdout, stderr } = dir.otto(['t', '--list', 'a', '"b"']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 't | <>["a","\\"b\\""]\n' });
  expect(stderr).toMatch(
    /the variable "text" is empty: its 136.7 KiB are more than one in the environment takes/,
  );
});

test('arrays are there in a bash script that expands nothing', () => {
  using dir = project('tasks: {t: {params: {files: {nargs: "*"}}, bash: declare -p files}}');
  expect(dir.otto(['t']).stdout).toBe('t | declare -a files=()\n');
  expect(dir.otto(['t', 'a b']).stdout).toBe('t | declare -a files=([0]="a b")\n');
});

test('an array is there under every option of bash that is inherited', () => {
  using dir = project('tasks: {t: {params: {files: {nargs: "*"}}, bash: "echo ${#files[@]} ${files[1]-}"}}');
  const env = {
    SHELLOPTS: 'errexit:nounset:posix:noclobber:noglob',
    BASHOPTS: 'nocasematch:extglob',
    files: 'x',
  };
  expect(dir.otto(['t', 'a', 'b'], { env }).stdout).toBe('t | 2 b\n');
  expect(dir.otto(['t'], { env }).stdout).toBe('t | 0\n');
});

test('params win over envs of the same name, and are no business of an otto inside', () => {
  using dir = project(`
otto: {envs: {x: of the file, y: of the file}}
tasks:
  t:
    envs: {x: of the task}
    params: {--x: {default: of the param}, list: {nargs: "*"}}
    bash: echo "$x, $y"; "$NODE" "$CLI" inner
  inner: {python: "import os; print(sorted(n for n in os.environ if n == 'OTTO_PARAMS'), x if 'x' in globals() else None)"}
`);
  const env = { NODE: process.execPath, CLI: new URL('../../dist/cli.js', import.meta.url).pathname };
  expect(dir.otto(['t', 'a'], { env }).stdout).toBe('t | of the param, of the file\nt | inner | [] None\n');
});

describe('in Python', () => {
  test('a flag is a text that is as true as it says, wherever it goes', () => {
    using dir = project(`
tasks:
  t:
    params: {-v: {default: false}, -w: {default: true}}
    python: |
      import json, multiprocessing, pickle
      def show(flag):
          print(bool(flag), flag)
      if __name__ == "__main__":
          assert not v and w and v == "false" and isinstance(v, str) and not pickle.loads(pickle.dumps(v))
          for method in ("fork", "spawn"):
              child = multiprocessing.get_context(method).Process(target=show, args=(v,))
              child.start()
              child.join()
          OUTPUT["v"] = v
          print(json.dumps([v, w]))
  u: {before: t, python: 'print(repr(INPUT["t.v"]))'}
`);
    expect(dir.otto(['u'])).toMatchObject({
      stdout: 't | False false\nt | False false\nt | ["false", "true"]\nu | \'false\'\n',
      code: 0,
    });
  });

  test('functions see the params, also those that are called like a function of Python', () => {
    using dir = project(`
tasks:
  t:
    params: {--x: {default: "1"}, --print-it: {default: z}, --input: {default: y}}
    python: |
      def f():
          return x + print_it + input
      print(f(), __name__)
`);
    expect(dir.otto(['t']).stdout).toBe('t | 1zy __main__\n');
  });
});

describe('in Node', () => {
  test('a script may declare, change and delete variables of the names', () => {
    using dir = project(`
tasks:
  t:
    params: {--a: {default: "1"}, --b: {default: "2"}, --c: {default: "3"}}
    node: |
      const a = 'own'
      b = b + '!'
      delete globalThis.c
      console.log(a, globalThis.a, b, typeof c)
`);
    expect(dir.otto(['t']).stdout).toBe('t | own 1 2! undefined\n');
  });
});
