// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are values of ottofiles
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Failure, FailureError } from '../../src/base/failure.ts';
import { type Plan, plainly } from '../../src/graph/plan.ts';
import { workOutFirst } from '../../src/run/first-variables.ts';
import { Hurry } from '../../src/run/hurry.ts';
import { Variables } from '../../src/run/variables.ts';
import { planOf as planTasks } from '../support/plan.ts';
import { isAlive, parse, task } from './rig.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'otto-variables-')));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { PATH = '' } = process.env;
const INHERITED = { PATH, HOME: '/home/ann', USED: 'user', EMPTY: '' };

interface Values {
  readonly file?: Readonly<Record<string, string>>;
  readonly own?: Readonly<Record<string, string>>;
  readonly fileDotenv?: readonly string[];
  readonly dotenv?: readonly string[];
}

/** A project with one task, `a`; JSON is YAML. */
function planOf({ file = {}, own = {}, fileDotenv = [], dotenv = [] }: Values): Plan {
  const ottofile = {
    otto: { envs: file, dotenv: fileDotenv },
    tasks: { a: { envs: own, dotenv, bash: ':' } },
  };
  const text = JSON.stringify(ottofile, null, 1);
  return planTasks(parse(text, join(directory, 'otto.yml')), [plainly(task('a'))]);
}

async function valuesOf(values: Values, inherited: Record<string, string> = INHERITED) {
  const plan = planOf(values);
  const variables = new Variables({ inherited });
  const problems = await variables.check(plan);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const planned = plan.tasks.get(task('a'));
  if (planned === undefined) throw new Error('no task');
  const found = await variables.of(planned);
  await variables.end({ graceMs: 0, hurry: new Hurry() });
  return { ...found.file, ...found.own };
}

async function failureOf(values: Values): Promise<Extract<Failure, { kind: 'ottofile' }>> {
  const error: unknown = await valuesOf(values).catch((reason: unknown) => reason);
  if (!(error instanceof FailureError) || error.failure.kind !== 'ottofile') throw new Error(String(error));
  return error.failure;
}

const problemsOf = async (values: Values) =>
  (await new Variables({ inherited: INHERITED }).check(planOf(values))).map(({ message }) => message);

describe('a reference', () => {
  const cases: readonly (readonly [string, Values, Readonly<Record<string, string>>])[] = [
    ['to the environment', { own: { A: '$HOME/x' } }, { A: '/home/ann/x' }],
    ['in any order', { own: { A: '${B}${C}', B: '$C', C: 'c' } }, { A: 'cc', B: 'c', C: 'c' }],
    [
      'from a task to the project',
      { file: { A: '${B}', B: 'b' }, own: { C: '$A' } },
      { A: 'b', B: 'b', C: 'b' },
    ],
    [
      'of the project does not see the task',
      { file: { A: '$B', B: 'b' }, own: { B: 'x' } },
      { A: 'b', B: 'x' },
    ],
    [
      'to itself means the scope around',
      { file: { PATH: '/f:$PATH' }, own: { PATH: '/t:$PATH' } },
      { PATH: `/t:/f:${PATH}` },
    ],
    [
      'with a default',
      { own: { A: '${NO:-d}', B: '${EMPTY:-${HOME}}', C: '${USED:-d}' } },
      { A: 'd', B: '/home/ann', C: 'user' },
    ],
    ['to an empty one', { own: { A: '[$EMPTY]', B: '${NO:-}' } }, { A: '[]', B: '' }],
    ['whose default is not needed', { own: { A: '${USED:-$NO}' } }, { A: 'user' }],
    [
      'whose value looks like one',
      { own: { A: '$$HOME', B: '$A', C: "$(echo '$A $(x) `x`')$A" } },
      { A: '$HOME', B: '$HOME', C: '$A $(x) `x`$HOME' },
    ],
    [
      'to a name every object has',
      { own: { constructor: 'c', A: '$constructor${__proto__:-none}' } },
      { constructor: 'c', A: 'cnone' },
    ],
  ];
  test.each(cases)('%s', async (_, values, expected) => {
    expect(await valuesOf(values)).toMatchObject(expected);
  });

  test('through ten thousand others', async () => {
    const own = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`V${n}`, `$V${n + 1}`]));
    expect((await valuesOf({ own: { ...own, V10000: 'end' } })).V0).toBe('end');
  });

  test('to what belongs to the task in which otto runs is none', async () => {
    expect(await problemsOf({ own: { A: '$OTTO_TASK_DIR' } })).toEqual([
      'the value of "A" asks for "OTTO_TASK_DIR", which is not set',
    ]);
  });
});

describe('before anything runs', () => {
  test('every unknown name is told, but not where a default is enough', async () => {
    const own = { A: '$NO and ${NEITHER}', B: '${NO:-$NONE}', C: '$(echo $LOCAL)', D: '${NO:-}' };
    expect(await problemsOf({ own, file: { E: '${HOEM}' } })).toEqual([
      'the value of "E" asks for "HOEM", which is not set',
      'the value of "A" asks for "NO", which is not set',
      'the value of "A" asks for "NEITHER", which is not set',
      'the value of "B" asks for "NONE", which is not set',
    ]);
  });

  test('cycles are shown as a path', async () => {
    const own = { A: '$B', B: 'x$(echo $C)', C: '${NO:-$A}', D: '$D2', D2: '$D' };
    expect(await problemsOf({ own })).toEqual([
      'variables ask for each other: A -> B -> C -> A',
      'variables ask for each other: D -> D2 -> D',
    ]);
  });

  test('a variable that names itself and is nowhere else is unknown', async () => {
    expect(await problemsOf({ own: { A: 'x$A' } })).toEqual([
      'the value of "A" asks for "A", which is not set',
    ]);
  });

  test('tasks that take no part are not looked at, nor groups', async () => {
    const text = 'tasks: {a: {bash: ":"}, b: {envs: {X: $NO}, bash: ":"}, c: {envs: {X: $NO}, before: [a]}}';
    const plan = planTasks(parse(text, join(directory, 'otto.yml')), [plainly(task('c'))]);
    expect(await new Variables({ inherited: {} }).check(plan)).toEqual([]);
  });
});

describe('a command', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['$(printf "a\\n\\nb\\n\\n")', 'a\n\nb'],
    ['$(echo ")" "$(echo "$((1 + 2))")")', ') 3'],
    ['$(case x in x) echo yes;; esac)', 'yes'],
    ['$(cat <<< "é 😀")', 'é 😀'],
    ['[$(true)]', '[]'],
    ['$(false | true; echo $?)', '0'],
    ['$(basename "$PWD")', 'otto-variables'],
    ['$(echo fine; echo noise > /dev/stderr)', 'fine'],
    ['$(head -c 131000 /dev/zero | tr "\\0" x | wc -c)', '131000'],
    ['$(echo $0)', 'A'],
    ['$(cat)', ''],
  ];
  test.each(cases)('%s', async (value, expected) => {
    const { A = '' } = await valuesOf({ own: { A: value } });
    expect(A.replace(/-\w{6}$/, '')).toBe(expected);
  });

  test('sees the environment, plain variables, and those that it mentions', async () => {
    const own = {
      PLAIN: 'p',
      MADE: 'm$PLAIN',
      OTHER: 'o$PLAIN',
      A: '$(echo "$USED $PLAIN $MADE ${FILE} $(printenv OTHER || echo no)")',
    };
    expect((await valuesOf({ own, file: { FILE: 'f' } })).A).toBe('user p mp f no');
  });

  test('is never pasted together with a value', async () => {
    const evil = { EVIL: '"; touch evil; `touch evil`\' $$(touch evil)', A: '$(printf %s "$EVIL")' };
    expect((await valuesOf({ own: evil })).A).toBe('"; touch evil; `touch evil`\' $(touch evil)');
    expect(existsSync(join(directory, 'evil'))).toBe(false);
  });

  test('runs in the directory of its file, or of its task', async () => {
    mkdirSync(join(directory, 'sub'), { recursive: true });
    const text = 'otto: {envs: {A: $(pwd)}}\ntasks: {a: {dir: sub, envs: {B: $(pwd)}, bash: ":"}}';
    const plan = planTasks(parse(text, join(directory, 'otto.yml')), [plainly(task('a'))]);
    const [planned] = [...plan.tasks.values()];
    if (planned === undefined) throw new Error('no task');
    const { file, own } = await new Variables({ inherited: INHERITED }).of(planned);
    expect([file.A, own.B]).toEqual([directory, join(directory, 'sub')]);
  });

  test('runs once, however many tasks need it', async () => {
    const text = `otto: {envs: {A: $(echo x >> count; echo a)}}\ntasks: {a: {bash: ":"}, b: {bash: ":"}, c: {before: [a, b]}}`;
    const plan = planTasks(parse(text, join(directory, 'otto.yml')), [plainly(task('c'))]);
    const variables = new Variables({ inherited: INHERITED });
    await workOutFirst({ plan, variables, jobs: 2 });
    await Promise.all([...plan.tasks.values()].map((planned) => variables.of(planned)));
    expect(readFileSync(join(directory, 'count'), 'utf8')).toBe('x\n');
  });

  const failures: readonly (readonly [string, RegExp])[] = [
    [
      '$(echo one >&2; echo two >&2; exit 3)',
      /^the command of "A" ended with exit code 3: "echo one.*"\n {2}one\n {2}two$/,
    ],
    ['$(kill -9 $$)', /was ended by SIGKILL/],
    ['$(printf "a\\0b")', /printed a NUL character/],
    ['$(printf "\\xff")', /printed what is not UTF-8/],
    ['$(yes)', /printed more than a variable can have \(131071 bytes/],
    ['$(no-such-command)', /exit code 127.*\n {2}A: line 1: no-such-command: command not found$/s],
    ['$(printf "\\033[31mred" >&2; false)', /\n {2}\\x1b\[31mred$/],
    ['${B}${B}$(true)', /has 160001 bytes with its name; a variable can have 131070/],
  ];
  test.each(failures)('%s fails', async (value, message) => {
    const failure = await failureOf({ own: { A: value, B: 'x'.repeat(80_000) } });
    expect(failure.message).toMatch(message);
    expect(failure.at).toMatchObject({ file: join(directory, 'otto.yml'), line: 9 });
    expect(failure.hint).toBeTruthy();
  });

  test('of a directory that is not there fails', async () => {
    const text = 'tasks: {a: {dir: none, envs: {B: $(pwd)}, bash: ":"}}';
    const plan = planTasks(parse(text, join(directory, 'otto.yml')), [plainly(task('a'))]);
    const variables = new Variables({ inherited: INHERITED });
    const [problem] = await workOutFirst({ plan, variables, jobs: 1 });
    expect(problem?.message).toContain(
      `could not be started, because of "${join(directory, 'none')}" (ENOENT)`,
    );
  });

  test('that is to be ended is ended with all that it has started', async () => {
    const own = {
      A: '$(trap "" TERM; (trap "" TERM; exec setsid sleep 1000) & echo $! > pid; mkfifo go; echo > go; wait)',
    };
    const plan = planOf({ own });
    const variables = new Variables({ inherited: INHERITED });
    const [planned] = [...plan.tasks.values()];
    if (planned === undefined) throw new Error('no task');
    const failed = variables.of(planned).catch((error: unknown) => error);
    await until(() => existsSync(join(directory, 'go')));
    readFileSync(join(directory, 'go'));
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    await variables.end({ graceMs: 0, hurry: new Hurry() });
    expect(await failed).toBeInstanceOf(FailureError);
    expect(isAlive(pid)).toBe(false);
  });

  test('that hangs does not keep a plan from beginning', async () => {
    const plan = planOf({ own: { A: '$(sleep 1000)' } });
    const variables = new Variables({ inherited: INHERITED });
    expect(await workOutFirst({ plan, variables, jobs: 1, patienceMs: 1 })).toEqual([]);
    await variables.end({ graceMs: 0, hurry: new Hurry() });
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

describe('dotenv', () => {
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);

  test('is read as its library reads it, and expands nothing', async () => {
    write(
      'one.env',
      '\ufeffA=1\r\nexport B="two # \\n lines" # comment\r\nC=\'$HOME $(x)\'\r\nD=${HOME}\nE=\n',
    );
    expect(await valuesOf({ fileDotenv: ['one.env'] })).toEqual({
      ...{ A: '1', B: 'two # \n lines', C: '$HOME $(x)', D: '${HOME}', E: '' },
    });
  });

  test('comes below envs of its own scope, and below the environment', async () => {
    write('file.env', 'X=file\nUSED=file\nY=file\nW=file\n');
    write('task.env', 'X=task\nUSED=task\nZ=task\n');
    write('late.env', 'X=late\n');
    const values: Values = {
      ...{ file: { Y: 'envs', Z: 'envs' }, own: { ALL: '$X $USED $Y $Z $W' } },
      ...{ fileDotenv: ['file.env'], dotenv: ['task.env', 'late.env', 'none.env?'] },
    };
    expect(await valuesOf(values)).toEqual({
      ALL: 'late user envs task file',
      X: 'late',
      Y: 'envs',
      Z: 'task',
      W: 'file',
    });
  });

  test('that cannot be read is told before anything runs', async () => {
    write('nul.env', 'A=\0');
    writeFileSync(join(directory, 'latin.env'), Buffer.from([0x41, 0x3d, 0xff]));
    const dotenv = ['none.env', 'nul.env', 'latin.env', '.'];
    expect(await problemsOf({ dotenv })).toEqual([
      'there is no dotenv file "none.env"',
      'the dotenv file "nul.env" holds a NUL character',
      'the dotenv file "latin.env" is not valid UTF-8',
      'cannot read the dotenv file "." (EISDIR)',
    ]);
  });
});
