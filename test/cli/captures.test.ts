import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Project, project } from './project.ts';

const STORES = [['files'], ['shm']] as const;
const directoryOf = (otto: Project, task: string): string => {
  const [name = ''] = readdirSync(otto.home).filter((entry) => entry.startsWith('otto-cli-'));
  return join(otto.home, name, 'latest', 'tasks', task);
};
const valuesOf = (otto: Project, task: string): string =>
  readFileSync(join(directoryOf(otto, task), `output.${task}.json`), 'utf8');

describe.each(STORES)('with the %s store', (store) => {
  test('what is appended to $OTTO_OUTPUT is a value for dependents of any language', () => {
    using otto = project(`
tasks:
  a:
    action: |
      #!/bin/sh -e
      echo version=1.2 >> "$OTTO_OUTPUT"
      { echo 'notes<<END'; echo 'one'; echo; echo 'END of'; echo END; } >> "$OTTO_OUTPUT"
      printf 'last=x' >> "$OTTO_OUTPUT"
  b: {before: [a], bash: 'echo "\${INPUT[a.version]} \${INPUT[a.notes]@Q} \${INPUT[a.last]}"'}
  c: {before: [a], python: 'print(dict(INPUT))'}
  d: {before: [a], node: 'console.log(JSON.stringify(INPUT))'}
`);
    const { stdout, stderr, code } = otto.otto(['run', '--store', store, '--output', 'raw', 'b', 'c', 'd']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('4 tasks succeeded') });
    expect(stdout.split('\n').toSorted()).toEqual(
      [
        "1.2 $'one\\n\\nEND of' x",
        "{'a.version': '1.2', 'a.notes': 'one\\n\\nEND of', 'a.last': 'x'}",
        '{"a.version":"1.2","a.notes":"one\\n\\nEND of","a.last":"x"}',
        '',
      ].toSorted(),
    );
    expect(readdirSync(directoryOf(otto, 'a'))).not.toContain('output');
  });

  test('lines that are not understood fail the task, by their numbers; what was understood is kept', () => {
    using otto = project(`
tasks:
  a: {bash: 'printf "k=v\\n\\nbad line\\n=x\\nopen<<E\\n" >> "$OTTO_OUTPUT"; echo done'}
  b: {before: [a], bash: 'echo never'}
`);
    const { code, stdout, stderr } = otto.otto(['run', '--store', store, 'b']);
    expect(code).toBe(1);
    expect(stdout).toBe('a | done\n');
    expect(stderr).toContain(
      'line 3: "bad line" is neither key=value nor key<<WORD; line 4: a key must not be empty; ' +
        'line 5: the block that begins here has no line "E" at its end',
    );
    expect(valuesOf(otto, 'a')).toBe('{\n  "k": "v"\n}\n');
    expect(readFileSync(join(directoryOf(otto, 'a'), 'output'), 'utf8')).toContain('bad line');
  });

  test('what cannot be read at all fails the task, and takes nothing else along', () => {
    using otto = project(`
tasks:
  a: {bash: 'mkfifo "$OTTO_OUTPUT"; OUTPUT[k]=v'}
  b: {bash: 'ln -s /etc/passwd "$OTTO_OUTPUT"; OUTPUT[k]=v'}
`);
    const { code, stderr } = otto.otto(['run', '-k', '--store', store, 'a', 'b']);
    expect(code).toBe(1);
    expect(stderr).toContain('tasks/a/output: it is not a plain file');
    expect(stderr).toContain('tasks/b/output: too many symbolic links encountered (ELOOP)');
    expect(valuesOf(otto, 'a')).toBe('{\n  "k": "v"\n}\n');
    expect(valuesOf(otto, 'b')).toBe('{\n  "k": "v"\n}\n');
  });

  test('a large value goes through, and a task that is tried again begins anew', () => {
    using otto = project(`
tasks:
  a:
    retries: 1
    markers: true
    bash: |
      { echo "of$OTTO_ATTEMPT=x"; printf 'large='; head -c 40000000 /dev/zero | tr '\\0' x; echo; } >> "$OTTO_OUTPUT"
      printf '<OTTO:OUTPUT:out%s>' $OTTO_ATTEMPT; head -c 200000 /dev/zero | tr '\\0' y; printf '</OTTO:OUTPUT:out%s>' $OTTO_ATTEMPT
      test $OTTO_ATTEMPT = 2
  b:
    before: [a]
    bash: |
      otto.get a.large | wc -c
      otto.get a.out2 | wc -c
      echo "\${INPUT[a.of1]-none} \${INPUT[a.out1]-none} \${INPUT[a.of2]}"
`);
    const { code, stdout } = otto.otto(['run', '--store', store, 'b']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'b | 40000000\nb | 200000\nb | none none x\n' });
    expect(readdirSync(directoryOf(otto, 'a')).filter((name) => name.endsWith('.value'))).toEqual([]);
  });

  test('the API counts before the file, the file before variables, variables before markers', () => {
    using otto = project(`
tasks:
  a:
    markers: true
    bash: |
      for key in one two three four; do echo "<OTTO:OUTPUT:$key>marker</OTTO:OUTPUT:$key>"; done
      export OTTO_OUT_one=variable OTTO_OUT_two=variable OTTO_OUT_three=variable
      printf '%s=file\\n' two one >> "$OTTO_OUTPUT"
      OUTPUT[one]=api
`);
    expect(otto.otto(['run', '--store', store, 'a'])).toMatchObject({ code: 0, stdout: '' });
    expect(valuesOf(otto, 'a')).toBe(
      '{\n  "one": "api",\n  "two": "file",\n  "three": "variable",\n  "four": "marker"\n}\n',
    );
  });

  test('declared outputs turn texts into what they are to be', () => {
    using otto = project(`
tasks:
  a:
    markers: true
    outputs: {n: int, list: list, flag: bool, blob: bytes}
    bash: |
      echo "n= 42" >> "$OTTO_OUTPUT"
      export OTTO_OUT_flag=true
      echo '<OTTO:OUTPUT:list>[1, 2]</OTTO:OUTPUT:list><OTTO:OUTPUT:blob:base64>YWI=</OTTO:OUTPUT:blob:base64>'
  b: {before: [a], python: 'print(dict(INPUT))'}
`);
    expect(otto.otto(['run', '--store', store, 'b'])).toMatchObject({
      code: 0,
      stdout: "b | {'a.n': 42, 'a.flag': True, 'a.list': [1, 2], 'a.blob': b'ab'}\n",
    });
  });
});

const PRINTS = `
tasks:
  a:
    markers: true
    bash: |
      echo first
      echo '<OTTO:OUTPUT:k>hidden</OTTO:OUTPUT:k>'
      echo 'left <OTTO:OUTPUT:l>hidden
      hidden</OTTO:OUTPUT:l> right <OTTO:OUTPUT:'
      echo problem >&2
      echo '<OTTO:OUTPUT:m>not'
      echo closed
`;
const SHOWN = ['first', 'left  right <OTTO:OUTPUT:', '<OTTO:OUTPUT:m>not', 'closed'];

describe('markers', () => {
  test.each(['prefixed', 'grouped', 'raw', 'json'])('are not shown by --output %s', (mode) => {
    using otto = project(PRINTS);
    const { code, stdout, stderr } = otto.otto(['run', '--output', mode, 'a']);
    const lines =
      mode === 'json'
        ? stdout
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
            .flatMap(({ type, stream, text }) => (type === 'task-output' && stream === 'stdout' ? text : []))
            .join('')
        : stdout.replaceAll('a | ', '');
    expect({ code, lines }).toEqual({ code: 0, lines: `${SHOWN.join('\n')}\n` });
    expect(mode === 'json' ? stdout : stderr).toContain('the marker of');
    expect(readFileSync(join(directoryOf(otto, 'a'), 'stdout.log'), 'utf8')).toContain(
      '<OTTO:OUTPUT:k>hidden',
    );
    expect(valuesOf(otto, 'a')).toBe('{\n  "k": "hidden",\n  "l": "hidden\\nhidden"\n}\n');
  });

  test('are not shown when --output grouped reads a long output from its log, nor is anything else missing', async () => {
    using otto = project(`
tasks:
  a:
    markers: true
    bash: |
      for i in {1..3000}; do
        printf 'line %s %0500d\\n' $i 0
        echo "<OTTO:OUTPUT:k$i>hidden</OTTO:OUTPUT:k$i>"
        if ((i % 1000 == 0)); then printf 'x<OTTO:OUTPUT:big>%0300000d</OTTO:OUTPUT:big>y\\n' 0; fi
      done
      printf '<OTTO:OUTPUT:open>%0300000d' 1
`);
    const child = otto.start(['run', '--output', 'grouped', 'a'], ['ignore', 'pipe', 'ignore']);
    const shown: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => shown.push(chunk));
    const [code] = await once(child, 'close');
    const expected = Array.from({ length: 3000 }, (_, i) => {
      const line = `line ${i + 1} ${'0'.repeat(500)}\n`;
      return (i + 1) % 1000 === 0 ? `${line}xy\n` : line;
    }).join('');
    expect(code).toBe(0);
    expect(Buffer.concat(shown).toString() === `${expected}<OTTO:OUTPUT:open>${'0'.repeat(299_999)}1\n`).toBe(
      true,
    );
  });

  test('without "markers" they are output like any other', () => {
    using otto = project(`tasks: {a: {bash: "echo '<OTTO:OUTPUT:k>v</OTTO:OUTPUT:k>'"}}`);
    expect(otto.otto(['run', 'a']).stdout).toBe('a | <OTTO:OUTPUT:k>v</OTTO:OUTPUT:k>\n');
    expect(valuesOf(otto, 'a')).toBe('{}\n');
  });

  test('what is no base64 fails the task', () => {
    using otto = project(`
tasks: {a: {markers: true, bash: "echo '<OTTO:OUTPUT:k:base64>????</OTTO:OUTPUT:k:base64>'"}}`);
    const { code, stderr } = otto.otto(['run', 'a']);
    expect(code).toBe(1);
    expect(stderr).toContain('the value "k" of task "a": its marker on stdout says base64, but it holds "?"');
  });

  test('100 MiB in one marker', () => {
    using otto = project(`
tasks:
  a:
    markers: true
    bash: |
      printf '<OTTO:OUTPUT:k>'; head -c 104857600 /dev/zero; printf '</OTTO:OUTPUT:k>'
  b: {before: [a], bash: 'otto.get a.k | cksum'}
`);
    expect(otto.otto(['run', '--fast', 'b'])).toMatchObject({
      code: 0,
      stdout: 'b | 2755649025 104857600\n',
    });
  });

  test('an interactive task cannot have them', () => {
    using otto = project('tasks: {a: {markers: true, interactive: true, bash: "echo x"}}');
    const { code, stderr } = otto.otto(['run', 'a']);
    expect(code).toBe(2);
    expect(stderr).toContain('task "a" has "markers" and "interactive"');
  });
});

describe('OTTO_IN_*', () => {
  test('2000 exported variables are 2000 values', () => {
    using otto = project(`
tasks:
  a: {bash: 'for ((n = 0; n < 2000; n++)); do export "OTTO_OUT_k$n=v$n"; done; OTTO_OUT_none=1; IFS=0; shopt -s nocasematch'}
  b: {before: [a], bash: 'names=(\${!OTTO_IN_A_@}); echo "\${#names[@]} $OTTO_IN_A_K0 $OTTO_IN_A_K1999"'}
`);
    const { stdout, code } = otto.otto(['run', '--output', 'raw', 'b']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '2000 v0 v1999\n' });
  });

  test('names tasks as INPUT of bash does: without the prefix of their file, and the items of a foreach one by one', () => {
    using otto = project(`
include: {lib: lib.yml}
tasks:
  size: {foreach: {items: [a, b-c]}, bash: 'OUTPUT[n]=$item'}
  all: {before: [size, 'lib:read'], bash: 'env | grep ^OTTO_IN_ | sort'}
`);
    otto.write(
      'lib.yml',
      `
tasks:
  make: {bash: 'OUTPUT[x.y]=1'}
  read: {before: [make], bash: 'env | grep ^OTTO_IN_; OUTPUT[k]=2'}
`,
    );
    expect(otto.otto(['run', 'all']).stdout.replaceAll(/ +\|/g, ' |')).toBe(
      'lib:read | OTTO_IN_MAKE_X_Y=1\nall | OTTO_IN_LIB_READ_K=2\nall | OTTO_IN_SIZE_A_N=a\nall | OTTO_IN_SIZE_B_C_N=b-c\n',
    );
  });

  test('of an otto around this one are not handed on, and those that the task is given do not count as its values', () => {
    using otto = project(`
tasks:
  a: {envs: {OTTO_OUT_given: x}, bash: 'echo "\${OTTO_IN_Z_K-none} \${OTTO_OUT_z-none} $OTTO_OUT_given"'}
`);
    const env = { OTTO_IN_Z_K: 'outer', OTTO_OUT_z: 'outer', OTTO_OUTPUT: '/nowhere/output' };
    expect(otto.otto(['run', 'a'], { env })).toMatchObject({ code: 0, stdout: 'a | none none x\n' });
    expect(valuesOf(otto, 'a')).toBe('{}\n');
  });
});
