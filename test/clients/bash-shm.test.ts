// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { type RigResult, TaskRig } from '../conformance/task-rig.ts';
import { builtins } from './helper-rig.ts';

type Environment = Readonly<Record<string, string>>;

/** What a bash task of a --fast run may find where the builtins should be. */
const WAYS: readonly (readonly [string, () => Environment])[] = [
  ['with the builtins', () => ({ OTTO_BASH_BUILTINS: builtins() })],
  ['without builtins', () => ({ OTTO_BASH_BUILTINS: '' })],
  ['with builtins for another bash', () => ({ OTTO_BASH_BUILTINS: '/nowhere/otto-bash-3.1.so' })],
  ['with builtins that are gone', () => ({ OTTO_BASH_BUILTINS: builtins().replace(/^.*\//, '/nowhere/') })],
  ['with a file that is no builtin', () => ({ OTTO_BASH_BUILTINS: noBuiltin() })],
];

function temporary(parent: string): string {
  const directory = mkdtempSync(join(parent, 'otto-bash-shm-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function noBuiltin(): string {
  const [name = ''] = /[^/]+$/.exec(builtins()) ?? [];
  const path = join(temporary('/tmp'), name);
  copyFileSync('/bin/true', path);
  return path;
}

interface Chain {
  /** Sets values as task "from". */
  readonly producer: string;
  /** Reads them as task "to". */
  readonly consumer: string;
}

interface Outcome extends RigResult {
  /** The JSON of both tasks. */
  readonly json: readonly string[];
}

async function run(
  { producer, consumer }: Chain,
  environment: Environment | 'files',
  root = temporary('/dev/shm'),
): Promise<Outcome> {
  const rig = new TaskRig((runDirectory) =>
    environment === 'files'
      ? createFilesStore(runDirectory)
      : createShmStore({ native: loadNative(), runDirectory, root }),
  );
  onTestFinished(() => rig.remove());
  const own = environment === 'files' ? {} : { environment };
  const from = { name: 'from', language: 'bash' as const, script: producer, readers: 1, ...own };
  const first = await rig.run(from);
  if (first.stderr !== '') throw new Error(first.stderr);
  const to = { name: 'to', language: 'bash' as const, script: consumer, dependencies: ['from'], ...own };
  const result = await rig.run(to);
  await rig.end();
  return { ...result, json: [rig.output('from'), rig.output('to')] };
}

const CHAINS: readonly (readonly [string, Chain])[] = [
  [
    'values of all kinds',
    {
      producer: `OUTPUT[z]=1; OUTPUT[empty]=; OUTPUT[lines]=$'\\n\\na\\n\\n'; OUTPUT["a b"]=$'\\xff\\xfe'; OUTPUT['$(touch ran)']='$(touch ran)'
        for k in k10 k9 'a]b[c' '@' '*' '\\' '"' '!' $'new\\nline' é; do OUTPUT[$k]="value of $k"; done
        printf 'A\\0B' | otto.set nul -; OUTPUT[5 MB]=$(head -c 5000000 /dev/zero | tr '\\0' x); otto.set set v`,
      consumer: `for k in "\${!INPUT[@]}"; do OUTPUT[\${k#from.}]=\${INPUT[$k]}; done; otto.get from.nul | od -c; otto.get from.lines; otto.get from.set; otto.get 'from.5 MB' | wc -c`,
    },
  ],
  ['null', { producer: ':; : OUTPUT', consumer: 'echo "${#INPUT[@]}"' }],
  ['a missing key', { producer: 'OUTPUT[a]=1', consumer: 'otto.get from.b; : "${INPUT[from.b]}"' }],
  [
    'the last one wins',
    {
      producer: `OUTPUT[a]=1; otto.set a 2; otto.set b 1; OUTPUT[b]=2; OUTPUT[c]=1; otto.set c - < <(printf 2)
        otto.set d 1; otto-mmap-set d 2 2>/dev/null || otto.set d 2`,
      consumer: 'echo ${INPUT[from.a]}${INPUT[from.b]}${INPUT[from.c]}${INPUT[from.d]}',
    },
  ],
  [
    'keys that an EXIT trap sets, in their order',
    {
      producer: `trap 'OUTPUT[first]=$?; OUTPUT[b]=changed; exit 0' EXIT; OUTPUT[b]=1; OUTPUT[last]=2; exit 3`,
      consumer: 'echo "${INPUT[from.first]} ${INPUT[from.b]}"',
    },
  ],
  [
    'an EXIT trap that ends the shell itself',
    {
      producer: `trap 'OUTPUT[late]=1; exec true' EXIT; OUTPUT[b]=1; OUTPUT[a]=2`,
      consumer: 'echo "${INPUT[from.b]}"; : INPUT',
    },
  ],
  ['set -e', { producer: 'OUTPUT[a]=1', consumer: 'OUTPUT[b]=${INPUT[from.a]}; false; OUTPUT[c]=1' }],
  ['set -u', { producer: 'OUTPUT[a]=1', consumer: 'OUTPUT[b]=1; echo $nothing' }],
  [
    'exit in a function with an OUTPUT of its own',
    {
      producer: 'f() { local OUTPUT=x; exit 0; }; OUTPUT[a]=1; f',
      consumer: 'f() { local INPUT=1; otto.get from.a; }; f',
    },
  ],
  [
    'subshells',
    {
      producer: '(OUTPUT[a]=1; otto.set b 2); : | { OUTPUT[c]=3; otto.set d 4; }; x=$(otto.set e 5)',
      consumer: 'echo ${!INPUT[@]} | wc -w',
    },
  ],
  ['SIGTERM', { producer: 'OUTPUT[a]=1', consumer: 'OUTPUT[b]=1; kill -TERM $$; OUTPUT[c]=1' }],
  [
    'a shell that has hidden everything',
    {
      producer: 'OUTPUT[a]=1',
      consumer:
        'PATH=; unset OTTO_TASK OTTO_SHM_DIR OTTO_TASK_DIR; OUTPUT[b]=1; otto.set c 2; otto.get from.a; IFS=x; LC_ALL=C',
    },
  ],
];

describe.each(WAYS)('a bash task in shared memory, %s', (_, environment) => {
  test.each(CHAINS)('gives what the files store gives: %s', async (__, chain) => {
    const [files, shm] = [await run(chain, 'files'), await run(chain, environment())];
    const comparable = ({ end, stdout, stderr, json }: Outcome) => ({
      end,
      stdout: stdout.toString('latin1'),
      stderr: stderr.replaceAll(/\/\S*script\.sh/g, 'script.sh'),
      json,
    });
    expect(comparable(shm)).toEqual(comparable(files));
  });
});

describe('the builtins', () => {
  const chain = (consumer: string): Chain => ({ producer: 'OUTPUT[a]=1; OUTPUT[b]=2', consumer });
  const withBuiltins = (consumer: string) => run(chain(consumer), { OTTO_BASH_BUILTINS: builtins() });

  test('are what a task calls, and INPUT needs no copy of the values', async () => {
    const { stdout } = await withBuiltins(
      'type -t otto-mmap-get otto-mmap-set; ls "$OTTO_SPOOL"; echo "${INPUT[from.a]}"',
    );
    expect(stdout.toString()).toBe('builtin\nbuiltin\ninputs\nnames\nregion\n1\n');
  });

  test('leave nothing of OUTPUT in files, and come back to files when the script takes them away', async () => {
    const trap = `builtin trap '__otto_exit_begin && :; ls "$OTTO_SPOOL"' EXIT`;
    const kept = await withBuiltins(`OUTPUT[x]=1; ${trap}`);
    expect(kept.stdout.toString()).toBe('inputs\nnames\nregion\n');
    const away = await withBuiltins(`OUTPUT[x]=1; enable -d otto-mmap-set; ${trap}`);
    expect(away.stdout.toString()).toBe('inputs\nnames\noutputs\nregion\n');
    expect(away.json).toEqual(kept.json);
  });

  test('run no process to load INPUT, set, get and store OUTPUT', async () => {
    // Nothing can be found, so nothing can be run.
    const { end, stderr, json } = await withBuiltins(
      'PATH=; hash -r; OUTPUT[k]=${INPUT[from.a]}; otto.set s "$BASHPID"; otto.get from.b >"$OTTO_TASK_DIR/got"; OUTPUT[n]=$BASHPID',
    );
    expect([end, stderr]).toEqual([0, '']);
    expect(JSON.parse(json[1] ?? '')).toMatchObject({ k: '1' });
  });

  test('find a value that INPUT lacks without reading through those it has', async () => {
    const producer =
      'for n in {1..200}; do OUTPUT[$n]=v; done; printf %100000s | otto.set large -; OUTPUT[last]=v';
    const consumer = `exec 9>"$OTTO_TASK_DIR/trace"; BASH_XTRACEFD=9; set -x; otto.get from.large >large; set +x
      wc -c <large; grep -c 'builtin read' "$OTTO_TASK_DIR/trace"; : "\${INPUT[from.1]}"`;
    const { stdout } = await run({ producer, consumer }, { OTTO_BASH_BUILTINS: builtins() });
    expect(stdout.toString()).toBe('100000\n4\n');
  });

  test('10 tasks at once keep their values apart', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        withBuiltins(`for k in {1..50}; do OUTPUT[$k]=${i}; otto.set "s$k" ${i}; done`),
      ),
    );
    for (const [i, { end, json }] of results.entries()) {
      expect(end).toBe(0);
      expect(new Set(Object.values(JSON.parse(json[1] ?? '{}')))).toEqual(new Set([String(i)]));
      expect(Object.keys(JSON.parse(json[1] ?? '{}'))).toHaveLength(100);
    }
  });
});

test('without room for `outputs` the values are left in the task’s own directory', async () => {
  const consumer =
    'OUTPUT[x]=1; OUTPUT[y]=2; head -c 10000000 /dev/zero >"$OTTO_SPOOL/filler" 2>/dev/null || :';
  const small = temporary('/dev/shm');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', small]);
  try {
    const outcome = await run({ producer: 'OUTPUT[a]=1', consumer }, { OTTO_BASH_BUILTINS: '' }, small);
    expect([outcome.end, outcome.stderr]).toEqual([0, '']);
    expect(outcome.json[1]).toBe('{\n  "x": "1",\n  "y": "2"\n}\n');
  } finally {
    execFileSync('umount', [small]);
  }
});
