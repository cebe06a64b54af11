import { expect, test } from 'vitest';
import type { Scenario } from './scenario.ts';

export function olderFunctions({ newRig, finish }: Scenario): void {
  test('bash and Python pass values by them', async () => {
    const rig = newRig();
    await rig.succeed({
      name: 'bash',
      language: 'bash',
      readers: 2,
      script:
        'otto_deserialize_input nothing\notto_set_output k "a\n\nb"; otto_set_output empty ""; otto_set_output dash -',
    });
    await rig.succeed({
      name: 'python',
      language: 'python',
      readers: 2,
      script: 'otto_deserialize_input("nothing")\notto_set_output("k", [1])',
    });
    const dependencies = ['bash', 'python'];
    const script = `otto_deserialize_input bash
printf '<%s>' "$(otto_get_input bash.dash)" "$(otto_get_input bash.k)" "$(otto_get_input python.k)" "$(otto_get_input bash.missing dflt)"`;
    const bash = await rig.succeed({ name: 'bash reader', language: 'bash', script, dependencies });
    expect(bash.stdout.toString()).toBe('<-><a\n\nb><[1]><dflt>');
    const python = await rig.succeed({
      name: 'python reader',
      language: 'python',
      script:
        'print([otto_get_input("bash.k"), otto_get_input("python.k"), otto_get_input("bash.missing", 7)])',
      dependencies,
    });
    expect(python.stdout.toString()).toBe("['a\\n\\nb', [1], 7]\n");
    await finish(rig, 'older functions', dependencies);
  });
}
