import { readdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { type CaseLanguage, JSON_CASES, TEXT_CASES } from './cases.ts';
import { bashExpectations, typedExpectations } from './expectations.ts';
import { LANGUAGES, READER_COUNT, type Scenario } from './scenario.ts';
import { parseReports, parseWords, READERS, WRITERS } from './scripts.ts';
import type { RigResult } from './task-rig.ts';

/** Every value of cases.ts from every language to every language. */
export function everyValue({ newRig, finish }: Scenario): void {
  const rig = newRig();
  const results = new Map<CaseLanguage, RigResult>();

  let unawareNotices: RigResult['notices'] = [];

  beforeAll(async () => {
    for (const language of LANGUAGES) {
      await rig.succeed({ name: language, language, script: WRITERS[language](), readers: READER_COUNT + 1 });
    }
    for (const language of LANGUAGES) {
      const name = `${language} reader`;
      const script = READERS[language]();
      results.set(language, await rig.succeed({ name, language, script, dependencies: LANGUAGES }));
    }
    const script = 'echo "${#INPUT[@]}"';
    const unaware = { name: 'unaware', language: 'bash' as const, script, dependencies: LANGUAGES };
    unawareNotices = (await rig.succeed(unaware)).notices;
    await finish(rig, 'values', LANGUAGES);
  });

  const stdoutOf = (reader: CaseLanguage): Buffer => results.get(reader)?.stdout ?? Buffer.alloc(0);

  for (const writer of LANGUAGES) {
    test(`${writer} to bash`, () => {
      const got = parseWords(stdoutOf('bash'));
      const wrong = bashExpectations(writer).filter(({ key, data }) => !got.get(key)?.equals(data));
      expect(wrong.map(({ key, data }) => ({ key, data, got: got.get(key) }))).toEqual([]);
    });

    for (const reader of ['python', 'node'] as const) {
      test(`${writer} to ${reader}`, () => {
        const got = parseReports(stdoutOf(reader));
        const expected = typedExpectations(writer);
        const wrong = expected.filter(({ key, type, hex }) => {
          const report = got.get(key);
          return report?.type !== type || (type !== 'json' && report.hex !== hex);
        });
        expect(wrong.map((report) => ({ ...report, got: got.get(report.key) }))).toEqual([]);
        expect([...got.keys()].filter((key) => key.startsWith(`${writer}.`))).toHaveLength(expected.length);
      });
    }
  }

  test('bash is told which values its INPUT cannot hold, unless its script reads them by command', () => {
    const withNul = TEXT_CASES.filter(({ data }) => data.includes(0)).map(({ key }) => key);
    const expected = ['node', 'python'].flatMap((writer) => withNul.map((key) => `${writer}.${key}`));
    expect(unawareNotices).toEqual(expected.map((key) => ({ kind: 'value-has-nul', key })));
    expect(results.get('bash')?.notices).toEqual([]);
  });

  test('no value or key was run as a command', () => {
    expect(readdirSync(rig.workspace)).toEqual([]);
  });

  test('the JSON lists keys in the order in which they were first set', () => {
    const written = TEXT_CASES.filter(({ writers }) => writers.includes('python')).map(({ key }) => key);
    const keys = rig.output('python').match(/^ {2}("(?:[^"\\]|\\.)*"): /gm) ?? [];
    const parsed = keys.map((line) => JSON.parse(line.trim().slice(0, -1)));
    expect(parsed).toEqual([...written, ...JSON_CASES.map(({ key }) => key)]);
  });

  test('what is kept is what was written, type by type', () => {
    for (const writer of LANGUAGES) {
      const kept = new Map(rig.kept.get(writer)?.map((value) => [value.key, value]));
      for (const { key, type, data } of TEXT_CASES.filter(({ writers }) => writers.includes(writer))) {
        expect(kept.get(key)).toMatchObject({ type, bytes: data.length });
      }
    }
  });
}
