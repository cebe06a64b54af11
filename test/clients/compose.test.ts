import { describe, expect, test } from 'vitest';
import type { Script } from '../../src/ottofile/model.ts';
import { detectLanguage } from '../../src/ottofile/shebang.ts';
import { type ComposedScript, composeScript, usesDataApi } from '../../src/script/compose.ts';

const SURROUNDINGS = {
  taskDirectory: '/run/tasks/t',
  ottofilePath: '/p/otto.yml',
  clientsDirectory: '/c',
  variables: [],
  hasParamsToRead: false,
};

function compose(script: Partial<Script>): ComposedScript {
  const whole: Script = {
    language: 'bash',
    text: 'true\n',
    interpreter: [],
    line: 5,
    linesMatch: true,
    ...script,
  };
  const composed = composeScript(whole, SURROUNDINGS);
  if (composed === null) throw new Error('a script composes to something');
  return composed;
}

describe('detectLanguage', () => {
  test.each([
    ['echo hi', 'bash', []],
    ['', 'bash', []],
    ['\n#!/usr/bin/python3', 'bash', []],
    ['#!/bin/bash', 'bash', ['/bin/bash']],
    ['#!/bin/sh -e\r\ntrue', 'bash', ['/bin/sh', '-e']],
    ['#! /usr/bin/env bash', 'bash', ['bash']],
    ['#!/usr/bin/env python3', 'python', ['python3']],
    ['#!/usr/bin/env python', 'python', ['python']],
    ['#!/usr/local/bin/python3.11 -O', 'python', ['/usr/local/bin/python3.11', '-O']],
    ['#!/usr/bin/env -S python3 -W error', 'python', ['python3', '-W', 'error']],
    ['#!/usr/bin/env -Spython3', 'python', ['python3']],
    ['#!/usr/bin/env -S A="b c" python3', 'python', ['/usr/bin/env', 'A=b c', 'python3']],
    ['#!/usr/bin/env node', 'node', ['node']],
    ['#!/usr/bin/nodejs', 'node', ['/usr/bin/nodejs']],
    ['#!/usr/bin/env python2', 'other', ['python2']],
    ['#!/usr/bin/awk -f', 'other', ['/usr/bin/awk', '-f']],
    ['#!/usr/bin/env -S deno run --allow-all', 'other', ['deno', 'run', '--allow-all']],
    ['#!"/opt/my tools/perl"', 'other', ['/opt/my tools/perl']],
    ['#!/bin/dash', 'other', ['/bin/dash']],
    ['#!', 'bash', []],
  ])('%j is %s', (text, language, interpreter) => {
    expect(detectLanguage(text)).toEqual({ language, interpreter });
  });
});

describe('line n of the ottofile is line n of the script file', () => {
  test.each([
    ['bash', 'OUTPUT[a]=1\n'],
    ['bash', '#!/bin/bash\nOUTPUT[a]=1\n'],
    ['python', 'print()\n'],
    ['node', 'x\n'],
  ] as const)('%s: %j', (language, text) => {
    for (const line of [1, 2, 3, 40]) {
      const composed = compose({ language, text, line });
      expect(composed.text.endsWith(text)).toBe(true);
      expect(composed.text.split('\n').length).toBe(line + text.split('\n').length - 1);
      expect(composed.source).toEqual({ path: '/p/otto.yml', line });
    }
  });

  test('a script whose lines do not match is its own source', () => {
    const bash = compose({ linesMatch: false, text: 'OUTPUT[a]=1' });
    expect(bash.text.split('\n')[1]).toBe('OUTPUT[a]=1');
    expect(bash.source).toEqual({ path: '/run/tasks/t/script.sh', line: 2 });
    const python = compose({ linesMatch: false, text: 'x', language: 'python' });
    expect(python.text).toBe('x');
    expect(python.source).toEqual({ path: '/run/tasks/t/script.py', line: 1 });
    expect(python.command.args.at(-1)).toBe('/run/tasks/t/script.py');
  });
});

describe('the command', () => {
  test.each([
    [{ language: 'bash' }, ['bash', '/run/tasks/t/script.sh']],
    [{ language: 'bash', interpreter: ['/bin/bash', '-x'] }, ['bash', '-x', '/run/tasks/t/script.sh']],
    [{ language: 'bash', interpreter: ['/bin/sh'] }, ['bash', '/run/tasks/t/script.sh']],
    [
      { language: 'bash', interpreter: ['/opt/bash-3.2/bash'] },
      ['/opt/bash-3.2/bash', '/run/tasks/t/script.sh'],
    ],
    [
      { language: 'python' },
      ['python3', '-u', '-X', 'utf8', '/c/python/run.py', '/run/tasks/t/script.py', '/p/otto.yml'],
    ],
    [
      { language: 'python', interpreter: ['python'] },
      ['python3', '-u', '-X', 'utf8', '/c/python/run.py', '/run/tasks/t/script.py', '/p/otto.yml'],
    ],
    [
      { language: 'python', interpreter: ['/v/python3.9', '-O'] },
      ['/v/python3.9', '-O', '-u', '-X', 'utf8', '/c/python/run.py', '/run/tasks/t/script.py', '/p/otto.yml'],
    ],
    [{ language: 'node' }, [process.execPath, '-r', '/c/node/client.cjs', '/run/tasks/t/script.mjs']],
    [
      { language: 'node', interpreter: ['node', '--no-warnings'] },
      [process.execPath, '--no-warnings', '-r', '/c/node/client.cjs', '/run/tasks/t/script.mjs'],
    ],
    [
      { language: 'other', interpreter: ['/usr/bin/awk', '-f'] },
      ['/usr/bin/awk', '-f', '/run/tasks/t/script'],
    ],
  ] as const)('%j', (script, [file, ...args]) => {
    expect(compose(script).command).toEqual({ file, args });
  });

  test('only a script for another program is executable, and its shebang stays the first line', () => {
    const other = compose({
      language: 'other',
      text: '#!/usr/bin/awk -f\n',
      interpreter: ['/usr/bin/awk', '-f'],
    });
    expect(other).toMatchObject({ mode: 0o755, text: '#!/usr/bin/awk -f\n', fileName: 'script' });
    expect(compose({}).mode).toBe(0o644);
  });
});

describe('a bash script that cannot reach the data API goes without the prologue', () => {
  test.each(['true', 'echo hi; make -j4', 'cd ./sub && ./build.sh', 'if test -e a; then echo "b c"; fi', ''])(
    '%j',
    (text) => {
      expect(usesDataApi(text, ['PATH'])).toBe(false);
      expect(compose({ text }).text.split('\n')[0]).toBe('set -euo pipefail');
    },
  );

  test.each([
    'OUTPUT[a]=1',
    'echo "${INPUT[a.b]}"',
    'otto.set a b',
    'otto_get_input a',
    'eval "$x"',
    'source ./lib.sh',
    '. ./lib.sh',
    'true; . "$x"',
    'if . lib; then :; fi',
    'f() {. lib; }',
    '\\. lib',
    'builtin . lib',
    'command . lib',
    'declare -n x=$y',
    'local -gn x=$y',
    'printf -v "$name" x',
    'read -r "$name"',
    '"$command" a b',
    '$command a b',
    '$(cat cmd) a b',
    '`cat cmd` a b',
    'ev"a"l x',
    "'.' lib",
    './o*.set a b',
    'sou\\rce lib',
    'trap "$x" EXIT',
  ])('%j has it', (text) => {
    expect(usesDataApi(text, [])).toBe(true);
    expect(compose({ text }).text.split('\n')[0]).toContain('prologue.sh');
  });

  test.each(['BASH_ENV', 'BASH_FUNC_myset%%'])('%s in the environment brings code', (name) => {
    expect(usesDataApi('myset', ['PATH', name])).toBe(true);
    expect(usesDataApi('myset', ['PATH', `MY_${name}`])).toBe(false);
  });
});
