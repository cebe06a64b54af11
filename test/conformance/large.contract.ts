import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CaseLanguage } from './cases.ts';
import { LANGUAGES, linesOf, READER_COUNT, type Scenario } from './scenario.ts';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const LARGE_BYTES = 20_000_000;
const FIVE_MB = 5_000_000;

export function largeAndMany({ newRig, finish }: Scenario): void {
  const rig = newRig();
  const binary = Buffer.alloc(LARGE_BYTES, Buffer.from([0, 1, 0xff, 0x0a, 0x80, 0x41]));
  const text = Buffer.alloc(LARGE_BYTES, 'zwölf\n');

  beforeAll(async () => {
    writeFileSync(join(rig.workspace, 'binary'), binary);
    writeFileSync(join(rig.workspace, 'text'), text);
    const readers = READER_COUNT;
    await rig.succeed({
      name: 'bash',
      language: 'bash',
      readers,
      script: `otto.set binary - < binary
otto.set text - < text
printf -v five '%*s' ${FIVE_MB} ''; OUTPUT[five]="$five"$'\\n'
for i in {1..1000}; do OUTPUT[k$i]=$i; done`,
    });
    await rig.succeed({
      name: 'python',
      language: 'python',
      readers,
      script: `OUTPUT["binary"] = open("binary", "rb").read()
OUTPUT["text"] = open("text", "rb").read().decode()
OUTPUT["five"] = " " * ${FIVE_MB} + "\\n"
for i in range(1, 1001): OUTPUT["k%d" % i] = str(i)`,
    });
    await rig.succeed({
      name: 'node',
      language: 'node',
      readers,
      script: `import { readFileSync } from 'node:fs';
OUTPUT.binary = readFileSync('binary');
OUTPUT.text = readFileSync('text', 'utf8');
OUTPUT.five = ' '.repeat(${FIVE_MB}) + '\\n';
for (let i = 1; i <= 1000; i++) OUTPUT['k' + i] = String(i);`,
    });
  });

  const expected = LANGUAGES.flatMap((writer) => [
    `${writer} binary ${sha256(binary)}`,
    `${writer} text ${sha256(text)}`,
    `${writer} five ${sha256(`${' '.repeat(FIVE_MB)}\n`)}`,
    `${writer} many ${(1000 * 1001) / 2}`,
  ]);
  const SCRIPTS: Readonly<Record<CaseLanguage, string>> = {
    bash: `for writer in bash python node; do
  for key in binary text; do echo "$writer $key $(otto.get "$writer.$key" | sha256sum | cut -c -64)"; done
  echo "$writer five $(printf %s "\${INPUT[$writer.five]}" | sha256sum | cut -c -64)"
  sum=0; for i in {1..1000}; do sum=$((sum + INPUT[$writer.k$i])); done
  echo "$writer many $sum"
done`,
    python: `import hashlib
for writer in ("bash", "python", "node"):
    for key in ("binary", "text", "five"):
        value = INPUT[writer + "." + key]
        assert type(value) is (bytes if key == "binary" else str), key
        data = value if key == "binary" else value.encode()
        assert INPUT.view(writer + "." + key) == data
        print(writer, key, hashlib.sha256(data).hexdigest())
    print(writer, "many", sum(int(INPUT["%s.k%d" % (writer, i)]) for i in range(1, 1001)))`,
    node: `import { createHash } from 'node:crypto';
for (const writer of ['bash', 'python', 'node']) {
  for (const key of ['binary', 'text', 'five']) {
    const value = INPUT[writer + '.' + key];
    if (Buffer.isBuffer(value) !== (key === 'binary')) throw new Error('type of ' + key);
    if (!Buffer.from(value).equals(INPUT.view(writer + '.' + key))) throw new Error('view of ' + key);
    const part = INPUT.view(writer + '.' + key, { offset: 4_000_001, length: 100 });
    if (!Buffer.from(value).subarray(4_000_001, 4_000_101).equals(part)) throw new Error('part of ' + key);
    console.log(writer, key, createHash('sha256').update(value).digest('hex'));
  }
  let sum = 0;
  for (let i = 1; i <= 1000; i++) sum += Number(INPUT[writer + '.k' + i]);
  console.log(writer, 'many', sum);
}`,
  };

  test.each(LANGUAGES)('20 MB, a variable of 5 MB and 1000 keys arrive in %s', async (language) => {
    const name = `${language} reader`;
    const result = await rig.succeed({ name, language, script: SCRIPTS[language], dependencies: LANGUAGES });
    expect({ lines: linesOf(result), stderr: result.stderr }).toEqual({ lines: expected, stderr: '' });
    expect(result.notices).toEqual([]);
  });

  test('history has the same bytes', async () => {
    await finish(rig, 'large', LANGUAGES);
    for (const writer of LANGUAGES) {
      const json = JSON.parse(rig.output(writer));
      expect(json.binary).toMatchObject({ $otto: 'file', type: 'bytes', bytes: LARGE_BYTES });
      expect(json.text).toMatchObject({ $otto: 'file', type: 'string', bytes: LARGE_BYTES });
      expect(json.five).toBe(`${' '.repeat(FIVE_MB)}\n`);
      expect(Object.keys(json).slice(3)).toEqual(Array.from({ length: 1000 }, (_, i) => `k${i + 1}`));
    }
  });
}
