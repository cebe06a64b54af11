import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RUN_OPTIONS } from '../../src/cli/command-table.ts';
import { tokenize } from '../../src/cli/options.ts';

/** What Node makes of the arguments. */
function tokensOfNode(args: string[]) {
  const options = Object.fromEntries(
    Object.entries(RUN_OPTIONS).map(([name, { short, value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  return tokens.map((token) => {
    if (token.kind !== 'option') return token;
    const { kind, index, name, rawName, value } = token;
    return { kind, index, name, rawName, value };
  });
}

const pieces = [
  '-',
  '--',
  '=',
  'j',
  'k',
  'q',
  'o',
  'x',
  '4',
  'jobs',
  'fast',
  'store',
  '__proto__',
  'é',
  ' ',
  '',
];
const argument = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''));

/** There Node takes the second dash for `--`, which ends the options. */
const hasDashAmongLetters = (arg: string): boolean => /^-[^-].*-/su.test(arg);

test('arguments are read as by util.parseArgs', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(argument, fc.string({ unit: 'binary' })), { maxLength: 6 }), (args) => {
      fc.pre(!args.some(hasDashAmongLetters));
      expect([...tokenize(args, RUN_OPTIONS)]).toEqual(tokensOfNode(args));
    }),
    { numRuns: 5000 },
  );
});
