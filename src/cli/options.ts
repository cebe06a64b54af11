import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../base/result.ts';
import { quote } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import type { UsageFailure } from './usage.ts';
import { usage } from './usage.ts';

/** One option of a command. With `value` it takes one, which is called that in the help. */
export interface OptionSpec {
  readonly short?: string;
  readonly value?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given: options by their long name, and the words between them. */
export interface ParsedOptions {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

type Tokens = NonNullable<ReturnType<typeof tokenize>>;
type OptionToken = Extract<Tokens[number], { kind: 'option' }>;

function tokenize(args: readonly string[], specs: OptionSpecs) {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { short, value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** Where the first word begins that is neither an option nor the value of one; the length when there is none. */
export function firstWord(args: readonly string[], specs: OptionSpecs): number {
  const token = tokenize(args, specs).find(({ kind }) => kind !== 'option');
  return token?.index ?? args.length;
}

/** Reads a command's arguments by its options; `command` is what it is called in messages. */
export function parseOptions(
  args: readonly string[],
  specs: OptionSpecs,
  command: string,
): Result<ParsedOptions, UsageFailure> {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokenize(args, specs)) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const problem = checkOption(token, specs, command);
    if (problem !== null) return err(problem);
    if (token.value === undefined) flags.add(token.name);
    else values.set(token.name, token.value);
  }
  return ok({ flags, values, words });
}

function checkOption(token: OptionToken, specs: OptionSpecs, command: string): UsageFailure | null {
  const { name, rawName, value } = token;
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (spec === undefined) return unknownOption(rawName, specs, command);
  if (spec.value !== undefined && !value)
    return usage(
      `${rawName} needs a value: ${rawName} ${spec.value}`,
      `"otto help ${command}" shows all options`,
    );
  if (spec.value === undefined && value !== undefined)
    return usage(`${rawName} takes no value, but was given ${quote(value)}`, `write ${rawName} alone`);
  return null;
}

function unknownOption(rawName: string, specs: OptionSpecs, command: string): UsageFailure {
  const near = rawName.startsWith('--') ? suggest(rawName.slice(2), Object.keys(specs)) : undefined;
  const hint = near ? `did you mean --${near}?` : `"otto help ${command}" shows all options`;
  return usage(`otto ${command} has no option ${quote(rawName)}`, hint);
}
