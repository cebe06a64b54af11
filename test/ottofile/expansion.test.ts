// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are values of ottofiles
import { describe, expect, test } from 'vitest';
import { mentionsOf, type Part, parseValue } from '../../src/ottofile/expansion.ts';
import { problems } from './read.ts';

/** Parts as text: variables in angle brackets, commands in square ones. */
const show = (parts: readonly Part[]): string =>
  parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'command') return `[${part.command}]`;
      return part.fallback === null ? `<${part.name}>` : `<${part.name}|${show(part.fallback)}>`;
    })
    .join('');

function shown(value: string): string {
  const parsed = parseValue(value);
  return parsed.ok ? show(parsed.value) : `${parsed.error.offset}: ${parsed.error.message}`;
}

describe('a value', () => {
  test.each([
    ['', ''],
    ['plain `x` \\ \\n {}', 'plain `x` \\ \\n {}'],
    ['$X', '<X>'],
    ['$X_1$Y.$Z', '<X_1><Y>.<Z>'],
    ['a${X}b', 'a<X>b'],
    ['${X:-}', '<X|>'],
    ['${X:-a ${Y:-$Z} $(c)}d', '<X|a <Y|<Z>> [c]>d'],
    ['${X:-{"a": {}}}', '<X|{"a": {}}>'],
    ['${X:-\\}\\{}y', '<X|}{>y'],
    ['${X:-\\\\}y', '<X|\\>y'],
    ['$(echo ")" "$(x)")!', '[echo ")" "$(x)"]!'],
    ['$(  )', ''],
    ['$$X $$', '$X $'],
    ['$$$X', '$<X>'],
    ['\\$X \\\\$X \\\\\\$X', '$X \\<X> \\$X'],
    ['C:\\dir\\x $X', 'C:\\dir\\x <X>'],
    ['$ $5 $? $- $', '$ $5 $? $- $'],
    ['é$X😀', 'é<X>😀'],
    ['$( (1) )', '[ (1) ]'],
    ['$((a); (b))', '[(a); (b)]'],
  ])('%j is %j', (value, expected) => expect(shown(value)).toBe(expected));

  test.each([
    ['a ${X', '2: this "${" has no "}" that ends it'],
    ['a ${X:-b', '2: this "${" has no "}" that ends it'],
    ['${X:-${Y}', '0: this "${" has no "}" that ends it'],
    ['x$(echo ")"', '1: this "$(" has no ")" that ends it'],
    ['${}', '0: "${}" is no form of a variable that otto knows'],
    ['${1}', '0: "${1}" is no form of a variable that otto knows'],
    ['${X%y}', '0: "${X%y}" is no form of a variable that otto knows'],
    ['${#X}', '0: "${#X}" is no form of a variable that otto knows'],
    ['a$((1 + 2))', '1: "$((…))" is not calculated in a value'],
    ['${X:-'.repeat(60) + '}'.repeat(60), '250: values are nested more than 50 deep'],
  ])('%j is wrong', (value, expected) => expect(shown(value)).toBe(expected));

  test('any text is parsed or refused, in a moment', () => {
    for (const piece of ['${X:-', '$(', '\\', '$$', '$(case x in a', '${', '"$(', '{'])
      expect(parseValue(`$${piece.repeat(20_000)}`)).toHaveProperty('ok');
  });
});

test('a command mentions variables in every form', () => {
  expect([...mentionsOf('echo $A "${B:-$C}" ${#D} ${!E} $1 $$ \'$F\' ${G[0]}')]).toEqual([...'ABCDEFG']);
});

describe('what is wrong with a value is told by its own column', () => {
  test.each([
    ['A: ab${', '4:12'],
    ['A: "ab${"', '4:13'],
    ["A: 'ab${'", '4:13'],
    ['A: "a\\tb${"', '4:10'],
    ['A: |\n        ab${', '4:10'],
  ])('%j', (line, place) => {
    const [problem] = problems(`tasks:\n  a:\n    envs:\n      ${line}\n`);
    expect(problem).toContain(`error ${place}`);
  });
});
