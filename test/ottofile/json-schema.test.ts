import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ottofileJsonSchema } from '../../src/ottofile/json-schema.ts';
import { problems } from './read.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const isValid = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
  ottofileJsonSchema(),
);

/** As an editor reads it. */
const accepts = (text: string): boolean => isValid(parse(text, { merge: true, uniqueKeys: false }));

test('the file in the package is the schema of this version: run "node scripts/write-schema.mjs"', () => {
  const file = readFileSync(join(ROOT, 'schema/ottofile.schema.json'), 'utf8');
  expect(JSON.parse(file)).toEqual(ottofileJsonSchema());
});

const filesBelow = (directory: string, ending: string): string[] =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(ROOT, directory, name));

/** Every ottofile of the documents and examples that otto accepts without a word. */
const shown = [
  ...[join(ROOT, 'README.md'), ...filesBelow('docs', '.md')].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^```yaml[^\n]*\n(.*?)^```/gms)].map(([, text = '']) => text),
  ),
  ...[...filesBelow('examples', 'otto.yml'), ...filesBelow('test/ottofile/compat', '.yml')].map((path) =>
    readFileSync(path, 'utf8'),
  ),
].filter((text) => problems(text).length === 0);

test('every ottofile that the documents and examples show is accepted', () => {
  expect(shown.length).toBeGreaterThan(15);
  for (const text of shown) expect([text, accepts(text), isValid.errors]).toEqual([text, true, null]);
});

describe('a key in every form that otto reads is accepted', () => {
  test.each([
    'otto: {name: 1, api: 1, jobs: 2, tasks: "*", memory: 512MiB, fresh: hash, bash: /bin/bash, dotenv: .env}',
    'otto: {retention: {keep_days: 7 days, keep_last: 0, auto_prune: false}, api: v1.0, memory: 100}',
    'include: \nx-common: &c {help: x}\n.y: 1\ntasks: {a: {<<: *c}, b: }',
    'tasks: {a: {timeout: 1h30m}, b: {timeout: 0.5}, c: {retries: 2}, d: {retries: {times: 1, delay: 500ms, backoff: 1.5}}}',
    'tasks: {a: {params: {-g|--greeting: {default: x, choices: [1, b]}, --dry: {default: true}, w: {nargs: +}, v: {nargs: 1:2, default: [a]}}}}',
    'tasks: {a: {foreach: {items: [1, b]}}, b: {foreach: {range: 1..3, as: n, parallel: false, max_items: 5}}, c: {foreach: {glob: "*"}}}',
    'tasks: {a: {outputs: [b, c]}, d: {outputs: {e: int, f: {type: list, optional: true}, g: {type: object, properties: {}}, h: }}}',
    'tasks: {a: {if: false, always: true, interactive: true, input: "a", output: [b], envs: {A: , B: 1}, bash: true}}',
  ])('%s', (text) => {
    expect(problems(text)).toEqual([]);
    expect([accepts(text), isValid.errors]).toEqual([true, null]);
  });
});

describe('what otto refuses or warns of is refused', () => {
  test.each([
    'otto: {jobs: 0}',
    'otto: {nmae: x}',
    'otto: {memory: lots}',
    'otto: {retention: 3}',
    'taks: {}',
    'tasks: [a]',
    'tasks: {a: ls}',
    'tasks: {a: {hlep: x, bash: y}}',
    'tasks: {a: {bash: [x]}}',
    'tasks: {a: {bash: x, node: y}}',
    'tasks: {a: {envs: [A], bash: x}}',
    'tasks: {a: {timeout: soon, bash: x}}',
    'tasks: {a: {fresh: date, bash: x}}',
    'tasks: {a: {interactive: perhaps, bash: x}}',
    'tasks: {a: {retries: {times: -1}, bash: x}}',
    'tasks: {a: {foreach: {items: [a], glob: b}, bash: x}}',
    'tasks: {a: {foreach: {range: x}, bash: x}}',
    'tasks: {a: {params: {-a: {defualt: 1}}, bash: x}}',
    'tasks: {a: {params: {-a: {nargs: x}}, bash: x}}',
    'tasks: {a: {outputs: {k: strng}, bash: x}}',
    'include: [a]',
  ])('%s', (text) => {
    expect(problems(text)).not.toEqual([]);
    expect(accepts(text)).toBe(false);
  });
});
