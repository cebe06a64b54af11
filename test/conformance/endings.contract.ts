import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { records } from '../support/records.ts';
import { linesOf, type Scenario } from './scenario.ts';
import type { RigTask } from './task-rig.ts';

type Ending = RigTask & { readonly end: number | NodeJS.Signals; readonly json: string };

const KEPT = '{\n  "k": "v"\n}\n';
const ENDINGS: readonly Ending[] = [
  { name: 'exit', language: 'bash', script: 'OUTPUT[k]=v; exit 3; OUTPUT[k]=w', end: 3, json: KEPT },
  { name: 'set -e', language: 'bash', script: 'OUTPUT[k]=v\nfalse\nOUTPUT[k]=w', end: 1, json: KEPT },
  { name: 'own trap', language: 'bash', script: "trap 'OUTPUT[k]=v' EXIT\nOUTPUT[k]=w", end: 0, json: KEPT },
  { name: 'exec', language: 'bash', script: 'otto.set k v; exec true', end: 0, json: KEPT },
  {
    name: 'subshell',
    language: 'bash',
    script: '(otto.set k v); echo x | otto.set l -',
    end: 0,
    json: '{\n  "k": "v",\n  "l": "x\\n"\n}\n',
  },
  {
    name: 'cleared environment',
    language: 'bash',
    script: 'unset "${!OTTO_@}"; otto.set k v; printf "%s" x | otto.set l -',
    end: 0,
    json: '{\n  "k": "v",\n  "l": "x"\n}\n',
  },
  { name: 'bash killed', language: 'bash', script: 'otto.set k v; kill -9 $$', end: 'SIGKILL', json: KEPT },
  {
    name: 'sys.exit',
    language: 'python',
    script: 'OUTPUT["k"] = "v"\nimport sys\nsys.exit(3)',
    end: 3,
    json: KEPT,
  },
  { name: 'exception', language: 'python', script: 'OUTPUT["k"] = "v"\n1/0', end: 1, json: KEPT },
  {
    name: 'python killed',
    language: 'python',
    script: 'OUTPUT["k"] = "v"\nimport os\nos.kill(os.getpid(), 9)',
    end: 'SIGKILL',
    json: KEPT,
  },
  {
    name: 'changed list',
    language: 'python',
    script: 'OUTPUT["k"] = [1]\nOUTPUT["k"].append(2)',
    end: 0,
    json: '{\n  "k": [1,2]\n}\n',
  },
  {
    name: 'deleted',
    language: 'python',
    script: 'OUTPUT["a"] = 1\nOUTPUT["k"] = "v"\ndel OUTPUT["a"]',
    end: 0,
    json: KEPT,
  },
  { name: 'process.exit', language: 'node', script: 'OUTPUT.k = "v"; process.exit(3)', end: 3, json: KEPT },
  { name: 'throw', language: 'node', script: 'OUTPUT.k = "v"; throw new Error("x")', end: 1, json: KEPT },
  {
    name: 'node killed',
    language: 'node',
    script: 'OUTPUT.k = "v"; process.kill(process.pid, "SIGKILL"); while (true);',
    end: 'SIGKILL',
    json: KEPT,
  },
  {
    name: 'changed array',
    language: 'node',
    script: 'OUTPUT.k = [1]; OUTPUT.k.push(2)',
    end: 0,
    json: '{\n  "k": [1,2]\n}\n',
  },
];

export function endings({ newRig, finish }: Scenario): void {
  test.each(ENDINGS)('$name ($language)', async ({ end, json, ...task }) => {
    const rig = newRig();
    const result = await rig.run(task);
    expect({ end: result.end, stderr: result.end === end ? '' : result.stderr }).toEqual({ end, stderr: '' });
    await finish(rig, 'endings', [task.name]);
    expect(rig.output(task.name)).toBe(json);
  });

  test('what comes after the end changes nothing any more', async () => {
    const rig = newRig();
    const script = 'otto.set k v; echo "$OTTO_SPOOL"';
    const { stdout } = await rig.succeed({ name: 'late', language: 'bash', script, readers: 1 });
    const spool = stdout.toString().trim();
    expect(existsSync(spool)).toBe(true);
    appendFileSync(join(spool, 'journal'), records(['sk', 'late']));
    const reader: RigTask = {
      name: 'reader',
      language: 'bash',
      script: `echo "\${INPUT[late.k]}"`,
      dependencies: ['late'],
    };
    expect(linesOf(await rig.succeed(reader))).toEqual(['v']);
    await finish(rig, 'late', ['late']);
    expect(rig.output('late')).toBe(KEPT);
    expect(existsSync(join(spool, 'journal'))).toBe(false);
  });
}
