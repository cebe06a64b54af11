// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { afterAll, describe, expect, test } from 'vitest';
import { bashVersions } from '../support/bash-versions.ts';
import { ClientRig } from './rig.ts';

const { versions, remove } = bashVersions();
const rigs = versions.map((version) => ({ ...version, rig: new ClientRig(version) }));
afterAll(() => {
  for (const { rig } of rigs) rig.close();
  remove();
});

describe.each(rigs)('$name', ({ rig }) => {
  const bash = (script: string, more: object = {}) => rig.run({ language: 'bash', script, ...more });

  test('lists and long params become variables', async () => {
    const items = ['a b', '', '*', '$(touch x)', '\'"\\', 'é\n2', '\x01\x7f'];
    const list = [
      'list',
      String(items.length),
      ...items,
      'none',
      '0',
      'long',
      '=',
      `${'x'.repeat(200_000)}\n`,
    ];
    const { stdout, stderr, end } = await bash(
      'printf "<%s>" "${list[@]}"; echo; echo "${#list[@]} ${#none[@]} ${#long} ${none[@]+"${none[@]}"}"; : OUTPUT',
      {
        environment: { OTTO_PARAMS: '1', list: '["a"]', none: '[]' },
        files: { params: Buffer.from(list.map((word) => `${word}\0`).join('')) },
      },
    );
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe(
      `${items.map((item) => `<${item}>`).join('')}\n${items.length} 0 200001 \n`,
    );
    expect(end).toBe(0);
  });

  const options = 'allexport:errexit:noclobber:noglob:nounset:physical:pipefail:posix:privileged';
  test.each([options, 'posix', 'errexit:nounset'])('inherited options: %s', async (SHELLOPTS) => {
    const { values, stderr } = await bash('otto.set b "$(otto.get dep.a)"; trap "exit 0" EXIT; exit 4', {
      vars: { 'dep.a': '1' },
      environment: { SHELLOPTS },
    });
    expect(stderr).toBe('');
    expect(values).toEqual({ b: '1' });
  });

  test('the script’s functions and aliases do not get in the way', async () => {
    const { values } = await bash(
      'printf() { echo function; }; read() { :; }; cat() { :; }; rm() { :; }\n' +
        'shopt -s expand_aliases; alias printf="echo alias" read="echo alias" cat="echo alias"\n' +
        'otto.set a 1; echo 2 | otto.set b -; otto.set c "$(otto.get dep.a)"; PATH=; otto.set d - <<<4\n',
      { vars: { 'dep.a': '3' } },
    );
    expect(values).toEqual({ a: '1', b: '2\n', c: '3', d: '4\n' });
  });

  test('lines in messages are those of the ottofile', async () => {
    const { stderr } = await bash('echo $LINENO >&2\n\nno-such-command INPUT\n', { line: 42 });
    expect(stderr).toMatch(/^42\n.*script\.sh: line 44: no-such-command: command not found/s);
  });
});

describe.each(rigs.filter(({ hasArrays }) => !hasArrays))('$name', ({ rig }) => {
  const bash = (script: string, more: object = {}) => rig.run({ language: 'bash', script, ...more });

  const uses: readonly (readonly [string, string, number])[] = [
    ['sets a key', 'echo\nOUTPUT[key]=v', 4],
    ['sets one with a dot, behind a comment', '# a word\nif true; then OUTPUT[a.b]=v; fi', 4],
    ['appends to a key', 'true && OUTPUT[a$x]+=v', 3],
    ['sets several keys', 'OUTPUT+=([a]=1)', 3],
    ['reads a key', 'echo "${INPUT[dep.key]}"', 3],
    ['reads a key that may be missing', '\n\nx=${INPUT[dep.a]-}', 5],
    ['lists the keys', 'for k in "${!INPUT[@]}"; do echo "$k"; done', 3],
  ];
  test.each(uses)('a script that %s is told that there are no arrays', async (_, script, line) => {
    const { end, stderr, stdout } = await bash(`${script}\necho never`, { line: 3 });
    expect(stderr).toMatch(
      new RegExp(`^[^\\n]*script\\.sh: line ${line}: this bash \\([^)]*\\)[^\\n]*otto\\.get[^\\n]*\\n$`),
    );
    expect(stdout.toString()).toBe('');
    expect(end).toBe(1);
  });

  test.each([
    ['names them in comments and words', '# OUTPUT[k]=v\n  # ${INPUT[a]}\necho "use OUTPUT[k]=v"'],
    [
      'has variables like them',
      'MY_OUTPUT=(1 2); echo "${MY_OUTPUT[1]}"; echo "use OUTPUT[k]=v" >/dev/null; OUTPUT=x',
    ],
    ['asks for the version', '[[ $BASH_VERSION ]] || OUTPUT[k]=v'],
  ])('a script that only %s runs', async (_, script) => {
    const { end, stderr } = await bash(`${script}\n`);
    expect(stderr).toBe('');
    expect(end).toBe(0);
  });
});

describe.each(rigs.filter(({ hasArrays }) => hasArrays))('$name', ({ rig }) => {
  const bash = (script: string, more: object = {}) => rig.run({ language: 'bash', script, ...more });

  test('OUTPUT is kept however the script ends, and INPUT holds every value', async () => {
    const { values, end } = await bash(
      'trap "OUTPUT[trap]=\\$?" EXIT; for k in "${!INPUT[@]}"; do OUTPUT[${k#dep.}]=${INPUT[$k]}; done; otto.set a 2; exit 3',
      { vars: { 'dep.a': '1', 'dep.@': '$(x)', 'dep.b]c': '\n' } },
    );
    expect(values).toEqual({ a: '2', '@': '$(x)', 'b]c': '\n', trap: '3' });
    expect(end).toBe(3);
  });
});
