import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Failure, FailureError } from '../../src/base/failure.ts';
import type { TaskValues } from '../../src/data/input-keys.ts';
import type { Entry } from '../../src/data/value.ts';
import { type ParamValue, type PlannedTask, plainly } from '../../src/graph/plan.ts';
import type { TaskDefinition } from '../../src/ottofile/model.ts';
import { type ConditionFacts, checkConditions, conditionHolds } from '../../src/run/condition.ts';
import { planOf } from '../support/plan.ts';
import { parse, task } from './rig.ts';

const directory = mkdtempSync(join(tmpdir(), 'otto-condition-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Setting {
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly item?: string;
  readonly column?: number;
  readonly sourceLine?: string;
}

/** A task whose `if` stands in line 4 of the file, behind `    if: `. */
function taskWith(text: string, { params = {}, item, column = 9, sourceLine }: Setting = {}): PlannedTask {
  const ottofile = parse('tasks: {dep: {bash: ":"}, a: {before: [dep], bash: ":"}}', '/project/otto.yml');
  const planned = planOf(ottofile, [plainly(task('a'))]).tasks.get(task('a')) as PlannedTask;
  const at = { file: '/project/otto.yml', line: 4, column, sourceLine: sourceLine ?? `    if: ${text}` };
  const declared = Object.keys(params).map((name) => ({
    ...({ kind: 'option', dest: null, short: null, long: name, help: null, metavar: null } as const),
    ...{ name, variable: name.replaceAll('-', '_'), default: null, choices: null, nargs: null, at },
  }));
  const foreach = { source: { kind: 'items' as const, items: [] }, as: 'x', parallel: true, maxItems: 9, at };
  const definition: TaskDefinition = {
    ...planned.definition,
    ...{ condition: { text, at }, params: declared, foreach: item === undefined ? null : foreach },
  };
  const ofForeach = item === undefined ? null : { parent: task('p'), index: 0, value: item };
  return { ...planned, definition, params: new Map(Object.entries(params)), item: ofForeach };
}

const memory = (key: string, type: Entry['type'], data: string | Buffer): Entry => ({
  ...{ key, type, bytes: Buffer.byteLength(data) },
  source: { kind: 'memory', data: Buffer.from(data) },
});

function file(key: string, type: Entry['type'], data: string | Buffer): Entry {
  const path = join(directory, `${key}.value`);
  writeFileSync(path, data);
  return { key, type, bytes: Buffer.byteLength(data), source: { kind: 'file', path } };
}

const VALUES: readonly TaskValues[] = [
  {
    task: task('dep'),
    entries: [
      memory('text', 'raw', 'déjà'),
      memory('bytes', 'raw', Buffer.from([255, 0])),
      memory('int', 'json', '9007199254740993'),
      memory('float', 'json', '1.5'),
      memory('one', 'json', '1.0'),
      memory('null', 'json', 'null'),
      file('map', 'json', '{"a": [1, "int:2", {"__proto__": true}], "s": "\\"1\\""}'),
      file('large', 'string', 'x'.repeat(1024 * 1024 + 1)),
      file('gone', 'string', 'x'),
      memory('broken', 'json', '{'),
    ],
  },
];
rmSync(join(directory, 'gone.value'));

const FACTS: ConditionFacts = { environment: { CI: 'true', N: '12', EMPTY: '' }, inputs: () => VALUES };

async function failureOf(planned: PlannedTask, facts = FACTS): Promise<Failure> {
  const error: unknown = await conditionHolds(planned, facts).catch((reason: unknown) => reason);
  if (!(error instanceof FailureError)) throw new Error(`expected a failure, got ${String(error)}`);
  return error.failure;
}

describe('a condition holds by', () => {
  test.each([
    ['true', true],
    ['false', false],
    ['env.CI == "true" && int(env.N) > 11', true],
    ['"NOPE" in env || has(env.NOPE)', false],
    ['env.?NOPE.orValue("d") == "d"', true],
    ['"EMPTY" in env && env.EMPTY == ""', true],
    ['INPUT["dep.text"] == "déjà"', true],
    ['INPUT["dep.bytes"] == b"\\xff\\x00"', true],
    ['INPUT["dep.int"] == 9007199254740993', true],
    ['INPUT["dep.int"] == 9007199254740992', false],
    ['INPUT["dep.float"] < 2.0 && type(INPUT["dep.one"]) == double', true],
    ['INPUT["dep.null"] == null', true],
    ['INPUT["dep.map"].a[0] == 1 && INPUT["dep.map"].a[1] == "int:2"', true],
    ['INPUT["dep.map"].a[2]["__proto__"] && INPUT["dep.map"].s == "\\"1\\""', true],
    ['"dep.nope" in INPUT', false],
    ['size(INPUT) == 10 && INPUT.exists(key, key == "dep.int")', true],
  ])('%s', async (text, expected) => {
    expect(await checkConditions({ ...PLAN, tasks: new Map([[task('a'), taskWith(text)]]) })).toEqual([]);
    expect(await conditionHolds(taskWith(text), FACTS)).toBe(expected);
  });

  test('params: flags are booleans, lists are lists, and names with a dash have their variable’s', async () => {
    const params = {
      'dry-run': { kind: 'flag', on: true },
      n: { kind: 'text', text: '3' },
      files: { kind: 'list', items: ['a', 'b'] },
    } as const;
    const text = 'params["dry-run"] && params.dry_run && params.n == "3" && "b" in params.files';
    expect(await conditionHolds(taskWith(text, { params }), FACTS)).toBe(true);
  });

  test('the item of a foreach', async () => {
    expect(await conditionHolds(taskWith('item == "é"', { item: 'é' }), FACTS)).toBe(true);
  });

  test('nothing of INPUT when it does not ask for it', async () => {
    const inputs = (): never => {
      throw new Error('asked');
    };
    expect(await conditionHolds(taskWith('env.CI == "true"'), { ...FACTS, inputs })).toBe(true);
  });
});

const PLAN = planOf(parse('tasks: {a: {bash: ":"}}', '/otto.yml'), [plainly(task('a'))]);

describe('before anything runs', () => {
  const cases: [string, number, RegExp, Setting?][] = [
    ['1 +', 12, /unexpected token/],
    ['envs.A == "1"', 9, /unknown variable: envs/],
    ['env.CI == "x" && nope', 26, /unknown variable: nope/],
    ['item == "x"', 9, /unknown variable: item/],
    ['env.CI', 9, /must be true or false, and this is a string/],
    ['env.N > 3', 9, /no such overload: string > int/],
    ['params.fsat', 9, /has no param "fsat"/, { params: { fast: { kind: 'flag', on: true } } }],
    ['!(params["nope"])', 11, /has no param "nope"/],
  ];
  test.each(cases)('%s is an error at column %i', async (text, column, message, setting = {}) => {
    const plan = { ...PLAN, tasks: new Map([[task('a'), taskWith(text, setting)]]) };
    const [problem, ...others] = await checkConditions(plan);
    expect(problem?.message).toMatch(message);
    expect(problem?.at).toEqual({ line: 4, column });
    expect(problem?.hint).toBeTruthy();
    expect(others).toEqual([]);
  });

  test('a text in a block is told by where it begins', async () => {
    const planned = taskWith('env.A ==\n1', { column: 9, sourceLine: '    if: |' });
    const [problem] = await checkConditions({ ...PLAN, tasks: new Map([[task('a'), planned]]) });
    expect(problem?.at).toEqual({ line: 4, column: 9 });
  });
});

describe('a condition without an answer fails its task', () => {
  test.each([
    ['env.NOPE == "1"', /no such key: NOPE/, /"NOPE" in env/],
    ['INPUT["dep.nope"] == "1"', /no such key: dep\.nope/, /INPUT has values of: dep/],
    ['INPUT["dep.text"]', /must be true or false, and this is a text/, /compare it/],
    [
      'INPUT["dep.large"] == "x"',
      /"dep\.large", which has 1048577 bytes; it can have 1048576/,
      /let the task/,
    ],
    ['INPUT["dep.int"] > "1"', /no such overload/, /quotes/],
  ])('%s', async (text, message, hint) => {
    const failure = await failureOf(taskWith(text));
    expect(failure).toMatchObject({ kind: 'ottofile', at: { file: '/project/otto.yml', line: 4 } });
    if (failure.kind !== 'ottofile') throw new Error(failure.kind);
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });

  test('whose value cannot be read', async () => {
    expect(await failureOf(taskWith('INPUT["dep.gone"] == "x"'))).toMatchObject({
      kind: 'io',
      code: 'ENOENT',
    });
    expect(await failureOf(taskWith('INPUT["dep.broken"] == 1'))).toMatchObject({
      kind: 'value',
      key: 'broken',
    });
  });

  test('whose text would steer a terminal shows it as text', async () => {
    const failure = await failureOf(taskWith('env["\u001b[31m"] == ""'));
    if (failure.kind !== 'ottofile') throw new Error(failure.kind);
    expect(`${failure.message}${failure.hint}`).not.toContain('\u001b');
  });
});
