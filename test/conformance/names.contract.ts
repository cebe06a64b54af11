import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeTaskName } from '../../src/base/task-name.ts';
import type { CaseLanguage } from './cases.ts';
import { LANGUAGES, linesOf, READER_COUNT, type Scenario } from './scenario.ts';

const HOSTILE_TASKS = [
  '../../escape',
  '/absolute',
  '.',
  '..',
  'a b',
  'a.b',
  '-rf',
  '$(touch x)',
  `q'"`,
  'ünïcode/😀',
  'x'.repeat(300),
] as const;

export function names({ newRig, finish }: Scenario): void {
  const rig = newRig();
  const expected = HOSTILE_TASKS.map((name) => `${name}.k=${name}`).sort();

  beforeAll(async () => {
    const languages = ['bash', 'python', 'node'] as const;
    const scripts = {
      bash: 'OUTPUT[k]=$OTTO_TASK',
      python: 'import os\nOUTPUT["k"] = os.environ["OTTO_TASK"]',
      node: 'OUTPUT.k = process.env.OTTO_TASK;',
    };
    for (const [i, name] of HOSTILE_TASKS.entries()) {
      const language = languages[i % languages.length] ?? 'bash';
      await rig.succeed({ name, language, script: scripts[language], readers: READER_COUNT });
    }
  });

  const SCRIPTS: Readonly<Record<CaseLanguage, string>> = {
    bash: `for key in "\${!INPUT[@]}"; do echo "$key=\${INPUT[$key]}"; done`,
    python: 'for key in INPUT: print(key + "=" + INPUT[key])',
    node: 'for (const key of Object.keys(INPUT)) console.log(key + "=" + INPUT[key]);',
  };

  test.each(LANGUAGES)('%s reads tasks of any name', async (language) => {
    const name = `${language} reader`;
    const script = SCRIPTS[language];
    const result = await rig.succeed({ name, language, script, dependencies: HOSTILE_TASKS });
    expect(linesOf(result).sort()).toEqual(expected);
  });

  test('nothing was made outside of the run and the tasks directories', async () => {
    await finish(rig, 'names', HOSTILE_TASKS);
    expect(readdirSync(rig.directory).sort()).toEqual(['run', 'workspace']);
    expect(readdirSync(rig.workspace)).toEqual([]);
    expect(readdirSync(join(rig.runDirectory, 'tasks')).sort()).toEqual(
      [...HOSTILE_TASKS, ...LANGUAGES.map((language) => `${language} reader`)].map(encodeTaskName).sort(),
    );
  });
}
