// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { commandEnd } from '../../src/ottofile/command-end.ts';

const directory = mkdtempSync(join(tmpdir(), 'otto-command-end-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Which of the texts bash takes for complete scripts. One shell parses them all. */
function validFor(texts: readonly string[]): boolean[] {
  texts.forEach((text, index) => {
    writeFileSync(join(directory, String(index)), text);
  });
  const script =
    'for ((i = 0; i < $1; i++)); do if [[ $(bash -O extglob -n "$2/$i" 2>&1 && echo fine) == fine ]]; then echo 1; else echo 0; fi; done';
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', String(texts.length), directory], {
    encoding: 'utf8',
  });
  return stdout
    .trim()
    .split('\n')
    .map((answer) => answer === '1');
}

const COMMANDS: readonly string[] = [
  '',
  'echo a',
  'echo ")"',
  "echo ')'",
  'echo \\)',
  "echo $'\\')'",
  'echo $")"',
  'echo "$(echo ")")"',
  'echo "${x:-)}" ${x:-")"}',
  `echo "\${x:-'}'}" ")"`,
  `echo \${x#')'} "\${x%%')'}" "\${x//')'/(}"`,
  'echo ${x:-$(echo ")")}',
  'echo `echo ")" \\` `',
  '(echo a; (echo b))',
  'f() { echo a; }; f',
  'function f { case a in a) ;; esac; }; f',
  'a=(x ")" $(echo y)); echo "${a[@]}"',
  'echo a # no end )\n',
  '# (\necho a',
  'echo $((1 + (2 * 3)))',
  'echo $(( $(echo 1) + ${#x} ))',
  'echo $((echo a); (echo b))',
  '((x = (1 + 2) << 1)); echo $x',
  'echo $((16#ff << 2))',
  'case a in a) echo b;; esac',
  'case a in (a) echo b;; esac',
  'case a in a|b) echo b;; *) echo c; esac',
  'case a in\n  # a comment )\n  a) case b in b) echo c;; esac ;;\n  ")") : ;;\n  *)\nesac',
  'case a in a) echo b ;& b) echo c ;;& *) : ;; esac',
  'case $(echo a) in @(a|b)) echo x;; esac',
  'case "a b" in esac',
  'if true; then case a in a) :;; esac; fi',
  'while false; do case a in a) :;; esac; done',
  '! case a in a) :;; esac',
  'echo case a in b',
  'echo case; echo esac',
  'cat <<< ")"',
  "cat <<< ')' ",
  'cat <<E\n) ( "\nE\n',
  "cat <<'E' <<-F\n)\nE\n\t)\n\tF\necho x",
  'cat <<"E F"\n)\nE F\n',
  'cat <(echo ")") > >(cat)',
  'echo a >&2 2>&1 | cat |& cat &>/dev/null',
  '[[ a == @(a|b) && b =~ ^(a)$ ]] || [[ x < y ]]',
  'for ((i = 0; i < (2); i++)); do echo $i; done',
  'for x in a b; do echo $x; done; { echo y; }',
  'echo é "ключ)" 😀',
  'echo $#) '.slice(0, 7),
  'x=${y//(/)}; echo "$x"',
  'awk \'{ print $1 ")" }\' /dev/null',
];

describe('the end of a command is where bash sees it', () => {
  test('bash takes the examples for complete', () => {
    const valid = validFor(COMMANDS.map((command) => `${command}\n`));
    expect(COMMANDS.filter((_, index) => !valid[index])).toEqual([]);
  });

  test.each(COMMANDS)('%s', (command) => {
    const closed = command.includes('#') || command.includes('<<') ? `${command}\n` : command;
    expect(commandEnd(`$(${closed})tail)'"`, 2)).toBe(closed.length + 2);
  });

  test.each([
    'echo a',
    'echo ")',
    "echo ')",
    'echo a # )',
    '(echo a)',
    'case a in a) echo b;;',
    'echo `)',
    'echo ${x)',
    'cat <<E\n)\n',
  ])('%s has none', (command) =>
    expect(commandEnd(`${command}${command === 'echo a' ? '' : ''}`, 0)).toBe(-1),
  );

  test('nesting that nobody writes has none, and takes no time', () => {
    expect(commandEnd(`${'$('.repeat(100_000)}`, 0)).toBe(-1);
    expect(commandEnd(`${'"${x:-'.repeat(100_000)}`, 0)).toBe(-1);
    expect(commandEnd('(('.repeat(20), 0)).toBe(-1);
  });
});

const word = fc.constantFrom(
  'a',
  'x=1',
  '"b c"',
  "'d)'",
  '\\)',
  '${x:-")"}',
  '$(echo ")")',
  '`echo "("`',
  '$((1+(2)))',
  '"$(case a in a) echo ")";; esac)"',
  "$'\\')'",
  '#',
  'a#b',
  'case',
  'in',
  'esac',
  '{',
  '}',
  'if',
);
const glue = fc.constantFrom(' ', ' ', '\n', ';', ' | ', ' && ', ' # ) comment\n', ' > f ', ' <<< ', '\t');
const simple = fc
  .array(fc.tuple(word, glue), { maxLength: 5 })
  .map((pairs) => `echo ${pairs.flat().join('')}`);
const command = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    simple,
    tie('any').map((inner) => `(${inner}\n)`),
    tie('any').map((inner) => `{ ${inner}\n}`),
    tie('any').map((inner) => `case $x in a|"b)") ${inner}\n;; (c) ${inner}\n esac`),
    tie('any').map((inner) => `if ${inner}\nthen :; fi`),
    tie('any').map((inner) => `f() { ${inner}\n}`),
    tie('any').map((inner) => `echo "$(${inner}\n)" $(${inner}\n)`),
    tie('any').map((inner) => `cat <<E\n) ${'$'}x\nE\n${inner}`),
  ),
})).any as fc.Arbitrary<string>;

test('whatever bash takes for a complete script ends behind it', () => {
  const noise = fc.string({ unit: fc.constantFrom(...'()\'"`$#;|&<{}\\a \n='.split('')), maxLength: 12 });
  const samples = [
    ...fc.sample(command, { numRuns: 250, seed: 7 }),
    ...fc.sample(noise, { numRuns: 350, seed: 7 }),
  ];
  const valid = validFor(samples);
  const wrong = samples.filter(
    (text, index) => valid[index] && commandEnd(`${text}\n)x`, 0) !== text.length + 1,
  );
  expect(valid.filter((fine) => fine).length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});
