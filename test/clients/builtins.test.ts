// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtins, type HelperResult, HelperRig, WAYS } from './helper-rig.ts';

/** What both ways do alike: a script, the exit code, and what standard output or standard error have to hold. */
const ALIKE: readonly (readonly [string, string, number, string?])[] = [
  ['KEY VALUE', 'otto-mmap-set k v', 0],
  ['KEY from standard input', "printf 'a\\n' | otto-mmap-set k", 0],
  ['KEY - from a file', "printf 'a\\0b' >f; otto-mmap-set k - <f", 0],
  ['TASK KEY VALUE', 'otto-mmap-set own k v', 0],
  ['a dash after --', 'otto-mmap-set -- -e 5; otto-mmap-get -- own -e', 0, '5'],
  ['an empty value', "otto-mmap-set k ''", 0],
  [
    'hostile keys',
    "for k in @ '*' ']' '[' 'a]b[c' '$(touch ran)' '`x`' '\\' '\"' $'new\\nline' -n é; do otto-mmap-set -- \"$k\" v; done",
    0,
  ],
  ['a value of one argument that is not UTF-8', "otto-mmap-set k $'\\xff\\xfe'", 0],
  ['an overwritten key', 'otto-mmap-set k a; otto-mmap-set k b; otto-mmap-get own k', 0, 'b'],
  [
    'values around the limit of a record',
    'for n in 1048575 1048576 1048577; do head -c $n /dev/zero | otto-mmap-set "$n"; done',
    0,
  ],
  ['a subshell', '(otto-mmap-set k v); x=$(otto-mmap-get own k); echo "$x"', 0, 'v\n'],
  ['a pipeline', 'otto-mmap-get dep lines | otto-mmap-set lines; otto-mmap-get own lines | od -c', 0],
  ['exact bytes', 'for k in k lines empty nul bytes null number; do otto-mmap-get dep "$k"; done', 0],
  [
    'large values',
    "for k in '1 MiB -1' '1 MiB 0' '1 MiB 1' '5 MB'; do otto-mmap-get dep \"$k\" | cksum; otto-mmap-get dep \"$k\" >f; cksum <f; done",
    0,
  ],
  ['appending to a file', 'echo x >f; otto-mmap-get dep k >>f; otto-mmap-get dep "1 MiB 1" >>f; cksum <f', 0],
  [
    'the order of output',
    'printf a; otto-mmap-get dep k; printf b; echo c >&2; otto-mmap-get dep number',
    0,
    'avalueb-42',
  ],
  ['a reader that leaves early', "otto-mmap-get dep '5 MB' | head -c 3 >f; cat f; exit ${PIPESTATUS[1]}", 0],
  ['--from TASK KEY', 'otto-mmap-set --from dep number; otto-mmap-get own number', 0, '-42'],
  [
    '--from TASK SOURCE_KEY KEY',
    "otto-mmap-set --from dep '5 MB' big; otto-mmap-get own big | cksum; stat -c 'names: %h' \"$DIR\"/*.value",
    0,
  ],
  [
    'a value that is on standard input',
    'ls "$OTTO_SHM_DIR"/dep/*.value | while read -r file; do otto-mmap-set "size $(stat -c %s "$file")" - <"$file"; done; stat -c %h "$DIR"/*.value',
    0,
    '2\n1\n', // names of the file: linked, but for bytes that the reader may take for text
  ],
  ['--help', 'otto-mmap-get --help; otto-mmap-set --help', 0, 'usage: otto-mmap-get'],
  ['--version', 'otto-mmap-get --version; otto-mmap-set --version', 0, 'shared-memory format 1.1'],
  [
    'a listed value',
    "printf 'dep.k\\0dep\\0k\\0\\0dep.nul\\0dep\\0nul\\0\\0' >names; otto-mmap-get --list names | od -c",
    0,
  ],

  ['a missing key', 'otto-mmap-get dep none', 1, 'task "dep" has no key "none"; it has: k, lines, '],
  ['a task without values', 'otto-mmap-get empty k', 1, 'has set no values'],
  ['a missing key of --from', 'otto-mmap-set --from dep none', 1, 'has no key "none"'],
  [
    'a run that is gone',
    'OTTO_SHM_DIR=/dev/shm/otto-none/none otto-mmap-get own k',
    1,
    'has no values in shared memory',
  ],
  ['closed standard input', 'otto-mmap-set k <&-', 1, 'standard input'],
  ['closed standard output', 'otto-mmap-get dep k >&-', 1, 'standard output'],
  [
    'closed standard error',
    "otto-mmap-set k v 2>&- >&-; otto-mmap-set '' v 2>&- >&- <&-; otto-mmap-get own k",
    0,
    'v',
  ],

  ['no words', 'otto-mmap-set', 2, 'give [TASK] KEY [VALUE|-]'],
  ['too many words', 'otto-mmap-set a b c d e f g h i j', 2, 'give [TASK] KEY [VALUE|-]'],
  ['one word to get', 'otto-mmap-get dep', 2, 'give TASK KEY'],
  ['an unknown option', 'otto-mmap-set --nope k v', 2, 'unknown option --nope'],
  ['an option of the other one', 'otto-mmap-set -v k v', 2, 'unknown option -v'],
  ['an option without its name', 'otto-mmap-get -v', 2, 'option -v needs the name of a variable'],
  ['an empty key', "otto-mmap-set '' v", 2, '1 to 2048 bytes'],
  ['a long key', 'otto-mmap-set "$(printf %2049s)" v', 2, '1 to 2048 bytes'],
  ['a key that is not UTF-8', "otto-mmap-set $'\\xff' v", 2, 'a key is UTF-8'],
  [
    'a key that is refused before standard input is read',
    "mkfifo pipe; otto-mmap-set '' - <>pipe",
    2,
    '1 to 2048 bytes',
  ],
  ['values of another task', 'otto-mmap-set other k v', 2, 'a task sets only its own values'],
  [
    'a task that is no dependency',
    'otto-mmap-get other secret',
    2,
    'does not depend on "other"; add it to its `before`',
  ],
  [
    '--from a task that is no dependency',
    'otto-mmap-set --from other secret',
    2,
    'does not depend on "other"',
  ],
  ['--from with one word', 'otto-mmap-set --from dep', 2, 'give --from TASK SOURCE_KEY [KEY]'],
  ['no run', 'unset OTTO_SHM_DIR; otto-mmap-set k v', 2, 'otto.set'],
  ['no task', 'unset OTTO_TASK; otto-mmap-get dep k', 2, 'otto.get'],
  ['variables that are not exported', 'export -n OTTO_TASK; otto-mmap-get dep k', 2, 'otto.get'],

  [
    'a value larger than a file may be',
    'head -c 3000000 /dev/zero >f; ulimit -f 1000; otto-mmap-set k <f',
    3,
    'raise "ulimit -f"',
  ],
  [
    'the same from a pipe',
    'ulimit -f 1000; head -c 3000000 /dev/zero | otto-mmap-set k',
    3,
    'The old value is intact',
  ],

  ['a region that is open to others', 'chmod 666 "$DIR/region"; otto-mmap-set k v', 4, 'lets other users in'],
  [
    'a directory that is a link',
    'mv "$DIR" "$DIR-real"; ln -s "$DIR-real" "$DIR"; otto-mmap-set k v',
    4,
    'a link',
  ],
  [
    'another magic',
    'printf X | dd of="$DIR/region" conv=notrunc status=none; otto-mmap-get own k',
    4,
    'rule 2',
  ],
];

describe('builtin and program do the same', () => {
  test.each(ALIKE.map(([name, script, end, words = '']) => [name, script, end, words] as const))(
    '%s',
    (_, script, end, words) => {
      const [program, builtin] = WAYS.map((way) => {
        const rig = new HelperRig();
        const result = rig.run(way, script);
        const anonymous = (text: string) => text.replaceAll(rig.regions.root, 'ROOT');
        expect(existsSync(join(rig.work, 'ran'))).toBe(false);
        return { ...result, stderr: anonymous(result.stderr), values: end === 4 ? {} : rig.values() };
      });
      expect(builtin).toEqual(program);
      expect(program?.end).toBe(end);
      expect(`${program?.stdout}${program?.stderr}`).toContain(words);
      if (end !== 0) expect(program?.values).toEqual({});
    },
  );
});

const builtin = (script: string, rig = new HelperRig()): HelperResult => rig.run('builtin', script);

describe('-v assigns a variable', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['exactly', 'otto-mmap-get -v x dep lines; printf "%q" "$x"', "$'\\n\\na\\n\\n'"],
    ['of any size', "otto-mmap-get -v x dep '5 MB'; LC_ALL=C; echo ${#x}", '5000001\n'],
    ['that is empty', 'x=old; otto-mmap-get -v x dep empty; echo "<$x>"', '<>\n'],
    [
      'with bytes that are not UTF-8',
      'otto-mmap-get -v x dep bytes; printf %s "$x" | od -An -tx1',
      ' ff c3 28\n',
    ],
    [
      'of the function it is local to',
      'f() { local x; otto-mmap-get -v x dep k; echo $x; }; f; echo "<${x-}>"',
      'value\n<>\n',
    ],
    ['through a name reference', 'declare -n r=x; otto-mmap-get -v r dep k; echo $x', 'value\n'],
    ['that is exported', 'export x=1; otto-mmap-get -v x dep k; env | grep ^x=', 'x=value\n'],
    ['that bash acts on', 'otto-mmap-set s abc; otto-mmap-get -v IFS own s; x=1b2; echo $x', '1 2\n'],
    [
      'element of an associative array, with any key',
      `declare -A m; k='x[$(touch ran)]'; otto-mmap-get -v "m[$k]" dep "$k"; echo "\${m[$k]}"`,
      'hostile key\n',
    ],
    [
      'element of an associative array, with @',
      "declare -A m; otto-mmap-get -v 'm[@]' dep k; otto-mmap-get -v 'm[a]b]' dep number; echo ${#m[@]}",
      '2\n',
    ],
    [
      'element of an indexed array',
      'otto-mmap-get -v "a[3]" dep k; declare -p a',
      'declare -a a=([3]="value")\n',
    ],
    ['of integer attribute', 'declare -i n; otto-mmap-get -v n dep number; echo $n', '-42\n'],
    ['of upper-case attribute', 'declare -u u; otto-mmap-get -v u dep k; echo $u', 'VALUE\n'],
  ];
  test.each(cases)('%s', (_, script, stdout) => {
    const rig = new HelperRig();
    expect(builtin(script, rig)).toEqual({ end: 0, stdout, stderr: '' });
    expect(existsSync(join(rig.work, 'ran'))).toBe(false);
  });

  const refusals: readonly (readonly [string, string, number, string])[] = [
    [
      'a value with NUL, naming the redirection',
      'otto-mmap-get -v x dep nul',
      2,
      'otto-mmap-get TASK KEY > FILE writes it to a file',
    ],
    ['a read-only variable', 'readonly x=old; otto-mmap-get -v x dep k', 2, 'read-only'],
    ['a name that is none', "otto-mmap-get -v 'x y' dep k", 2, 'is no name of a variable'],
    ['an element without a key', "otto-mmap-get -v 'x[]' dep k", 2, 'is no name of a variable'],
    [
      'a subscript that would be evaluated',
      "otto-mmap-get -v 'x[$(touch ran)]' dep k",
      2,
      'a subscript that is no number',
    ],
    [
      'a value that would be evaluated',
      'declare -i x=7; otto-mmap-get -v x dep evil',
      2,
      'the value is no integer',
    ],
    ['a missing key', 'otto-mmap-get -v x dep none', 1, 'has no key "none"'],
    ['an array that is none', 'x=old; otto-mmap-get -A x /dev/null', 2, 'is no associative array'],
  ];
  test.each(refusals)('and refuses %s', (_, script, end, message) => {
    const rig = new HelperRig();
    const result = builtin(`${script}; code=$?; declare -p x; exit $code`, rig);
    const before = /(?:readonly|declare -i) x=(\w+)|^x=(\w+)/.exec(script);
    expect(result.end).toBe(end);
    expect(result.stderr).toContain(message);
    expect(/="(.*)"/.exec(result.stdout)?.[1]).toBe(before?.[1] ?? before?.[2]);
    expect(existsSync(join(rig.work, 'ran'))).toBe(false);
  });

  test('which the programs cannot, and say so', () => {
    for (const script of ['otto-mmap-get -v x dep k', 'otto-mmap-get -A x f']) {
      const { end, stderr } = new HelperRig().run('program', script);
      expect(end).toBe(2);
      expect(stderr).toContain('only the builtin of bash can assign variables');
    }
    expect(new HelperRig().run('program', 'otto-mmap-set -A x').end).toBe(2);
  });
});

describe('arrays', () => {
  test('-A loads what a file names', () => {
    const names = "printf 'dep.k\\0dep\\0k\\0\\0a]\\0dep\\0lines\\0/some/path\\0@\\0dep\\0null\\0\\0' >names";
    const { stdout } = builtin(
      `${names}; declare -A m; otto-mmap-get -A m names; for k in dep.k 'a]' @; do printf '%q ' "\${m[$k]}"; done`,
    );
    expect(stdout).toBe("value $'\\n\\na\\n\\n' null ");
  });

  test('-A goes on after a value that it cannot load, and fails', () => {
    const names = "printf 'n\\0dep\\0nul\\0\\0k\\0dep\\0k\\0\\0' >names";
    const { end, stdout, stderr } = builtin(
      `${names}; declare -A m; otto-mmap-get -A m names; e=$?; echo "\${m[k]}"; exit $e`,
    );
    expect([end, stdout]).toEqual([2, 'value\n']);
    expect(stderr).toContain('the variable n cannot hold');
  });

  test('-A stores all elements, those that can be stored', () => {
    const rig = new HelperRig();
    const { end, stderr } = builtin(
      "declare -A m=([b]=1 ['a]']=$'x\\n' [k10]=3 [k9]=); m[$(printf %2049s)]=long; otto-mmap-set -A m",
      rig,
    );
    expect(end).toBe(2);
    expect(stderr).toContain('a key has 1 to 2048 bytes');
    expect(stderr).toContain('was not kept');
    expect(Object.entries(rig.values())).toEqual([
      ['a]', 'raw x\n'],
      ['b', 'raw 1'],
      ['k9', 'raw '],
      ['k10', 'raw 3'],
    ]);
  });
});

describe('a guest in the shell', () => {
  test('starts no process', () => {
    // In a namespace of its own the pids that bash's background jobs get tell how many processes there were in between.
    const script = `enable -f "$B" otto-mmap-get otto-mmap-set
      declare -A m
      printf 'dep.k\\0dep\\0k\\0\\0' >names
      : & before=$!
      for i in 1 2 3; do
        otto-mmap-set k$i v; otto-mmap-set f$i <names; otto-mmap-set --from dep '5 MB' big
        otto-mmap-get -v x own k$i; otto-mmap-get own f$i >f; otto-mmap-get -A m names; otto-mmap-set -A m
      done
      : & echo $(($! - before))`;
    const wrapper = ['unshare', '--pid', '--fork'];
    expect(new HelperRig().bash(script, wrapper)).toEqual({ end: 0, stdout: '1\n', stderr: '' });
    const program = "printf 'x\\n'; : & a=$!; otto-mmap-set k v; : & echo $(($! - a))";
    expect(new HelperRig().bash(program, wrapper).stdout).toBe('x\n2\n');
  });

  test('keeps what a shell and its subshells set at once apart', () => {
    const rig = new HelperRig();
    const { end, stderr } = builtin(
      `set -e
      setAll() { for ((i = 0; i < 300; i++)); do otto-mmap-set "$1 $i" "value of $1 $i"; done; }
      otto-mmap-set first v
      for child in {1..10}; do (setAll $child; (setAll "$child inner")) & done
      setAll parent
      wait`,
      rig,
    );
    expect([end, stderr]).toEqual([0, '']);
    const values = Object.entries(rig.values()).filter(([key]) => key !== 'first');
    expect(values).toHaveLength(21 * 300);
    expect(values.filter(([key, value]) => value !== `raw value of ${key}`)).toEqual([]);
  });

  test('lets subshells that set one value each take little memory', () => {
    const rig = new HelperRig();
    builtin(
      'otto-mmap-set k v; for ((i = 0; i < 100; i++)); do (otto-mmap-set "k$i" v); done; stat -c %s "$DIR/region" >&2',
      rig,
    );
    expect(Object.keys(rig.values())).toHaveLength(101);
    const { stdout } = rig.bash('stat -c %s "$DIR/region"');
    expect(Number(stdout)).toBeLessThan(65536 + 100 * 1024);
  });

  test('follows the environment from task to task', () => {
    const rig = new HelperRig();
    const { stdout } = builtin(
      'otto-mmap-set k own; OTTO_TASK=other otto-mmap-set k other; otto-mmap-get own k; export OTTO_TASK=other; otto-mmap-get other k; otto-mmap-get other secret',
      rig,
    );
    expect(stdout).toBe('ownotherx');
  });

  test('uses descriptors that scripts do not use, and survives that all are closed', () => {
    const rig = new HelperRig();
    const script = `shopt -s nullglob; before=(/proc/$$/fd/*); otto-mmap-set k v; otto-mmap-get -v x dep k
      for fd in /proc/$$/fd/*; do [[ " \${before[*]} " == *" $fd "* ]] || echo "\${fd##*/}"; done
      for fd in {300..320}; do eval "exec $fd>&-"; done
      head -c 100000 /dev/zero | tr '\\0' x >f; otto-mmap-set large "$(<f)" && otto-mmap-set k2 v && otto-mmap-get own k2`;
    const { end, stdout, stderr } = builtin(script, rig);
    expect([end, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.pop()).toBe('v');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.filter((fd) => Number(fd) < 300)).toEqual([]);
  });

  test('ends with the exit code under set -e, and in conditions without', () => {
    expect(builtin('set -e; otto-mmap-get -v x dep none; echo never').end).toBe(1);
    expect(builtin('set -e; if otto-mmap-get -v x dep none 2>/dev/null; then :; fi; echo on').stdout).toBe(
      'on\n',
    );
    expect(builtin('set -e; ! otto-mmap-set; echo on').stdout).toBe('on\n');
  });

  const signals: readonly (readonly [string, string, number | string, string])[] = [
    ['SIGTERM', 'kill -TERM $$', 'SIGTERM', ''],
    ['SIGTERM with an EXIT trap', "trap 'echo bye' EXIT; kill -TERM $$", 'SIGTERM', 'bye\n'],
    ['SIGTERM with a trap', "trap 'echo term; exit 7' TERM; kill -TERM $$", 7, 'term\n'],
    ['SIGINT with a trap', "trap 'echo int; exit 8' INT; kill -INT $$", 8, 'int\n'],
  ];
  test.each(signals)('stops reading standard input for %s', (_, script, end, stdout) => {
    const [traps, kill] = /^(.*?)(kill .*)$/s.exec(script)?.slice(1) ?? [];
    // The signal comes when bash reads: it waits in read(2), its system call 0.
    const rig = new HelperRig();
    const waiting = `{ until read -r call _ </proc/$$/syscall && [[ $call == 0 ]]; do :; done; ${kill}; } >/dev/null 2>&1 </dev/null`;
    const full = `${traps} mkfifo pipe; (${waiting}) & exec 9<>pipe; otto-mmap-set k <&9; echo "went on: $?"`;
    const result = builtin(full, rig);
    expect([result.end, result.stdout]).toEqual([end, stdout]);
    expect(rig.values()).toEqual({});
  });

  test('goes on reading after a signal whose trap is none of those that end a script', () => {
    const rig = new HelperRig();
    const result = builtin(
      `trap 'echo usr' USR1; mkfifo pipe
      { exec 8>pipe; until read -r call _ </proc/$$/syscall && [[ $call == 0 ]]; do :; done; kill -USR1 $$; echo all >&8; } &
      otto-mmap-set k <pipe; otto-mmap-get own k`,
      rig,
    );
    expect(result).toEqual({ end: 0, stdout: 'usr\nall\n', stderr: '' });
  });

  test('leaves the signal of too large files to the shell', () => {
    const { stdout } = builtin(
      'ulimit -f 1000; otto-mmap-set k v; (head -c 3000000 /dev/zero >f); echo $?; trap "echo x" XFSZ; head -c 3000000 /dev/zero >f; echo $?; otto-mmap-get own k',
    );
    expect(stdout).toBe('153\n153\nv');
  });

  test('answers for a region that another process cuts off, in subshells too', () => {
    const rig = new HelperRig();
    const script = `otto-mmap-set k v; otto-mmap-get -v x own k; : >"$DIR/region"
      (otto-mmap-get -v x own k); echo $?; otto-mmap-get -v x own k; echo $?; (otto-mmap-set k w); echo $?; otto-mmap-set k w; echo $?`;
    const { end, stdout } = builtin(script, rig);
    expect([end, stdout]).toEqual([0, '4\n4\n4\n4\n']);
  });

  test('can be unloaded and loaded again', () => {
    const { end, stdout, stderr } = builtin(
      'otto-mmap-set k v; enable -d otto-mmap-set otto-mmap-get; otto-mmap-set k w; type -t otto-mmap-get; enable -f "$B" otto-mmap-get; type -t otto-mmap-get; otto-mmap-get own k',
    );
    expect({ end, stdout, stderr }).toEqual({ end: 0, stdout: 'file\nbuiltin\nw', stderr: '' });
  });

  test('was built for the version in its name', () => {
    expect(builtins()).toMatch(/otto-bash-\d+\.\d+\.so$/);
  });
});
