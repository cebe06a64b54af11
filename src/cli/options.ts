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

/** One piece of a command line; `index` is that of the argument it begins in. */
export type Token =
  | {
      readonly kind: 'option';
      readonly index: number;
      /** The long one, also where the short one was given. */
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
    }
  | { readonly kind: 'positional'; readonly index: number; readonly value: string }
  | { readonly kind: 'option-terminator'; readonly index: number };

type OptionToken = Extract<Token, { kind: 'option' }>;

/**
 * What util.parseArgs makes of the arguments when it is not strict, in a tenth of the time: it takes a millisecond to load and to
 * run twice.
 */
export function* tokenize(args: readonly string[], specs: OptionSpecs): Generator<Token> {
  const rest = args.entries();
  for (const [index, arg] of rest) {
    if (arg === '--') {
      yield { kind: 'option-terminator', index };
      for (const [after, value] of rest) yield { kind: 'positional', index: after, value };
    } else if (!arg.startsWith('-') || arg === '-') {
      yield { kind: 'positional', index, value: arg };
    } else if (arg.startsWith('--')) {
      const equals = arg.includes('=', 3) ? arg.indexOf('=') : -1;
      const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
      const takesNext = equals < 0 && takesValue(name, specs);
      const value = takesNext ? rest.next().value?.[1] : equals < 0 ? undefined : arg.slice(equals + 1);
      yield { kind: 'option', index, name, rawName: `--${name}`, value };
    } else {
      yield* shortOptions({ arg, index, next: () => rest.next().value?.[1] }, specs);
    }
  }
}

interface ShortOptions {
  /** `-abc`: any number of them in one argument. */
  readonly arg: string;
  readonly index: number;
  /** Takes the argument behind it. */
  readonly next: () => string | undefined;
}

function* shortOptions({ arg, index, next }: ShortOptions, specs: OptionSpecs): Generator<OptionToken> {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg.charAt(at);
    const name = Object.keys(specs).find((long) => specs[long]?.short === letter) ?? letter;
    const token = { kind: 'option', index, name, rawName: `-${letter}` } as const;
    if (takesValue(name, specs)) return yield { ...token, value: arg.slice(at + 1) || next() };
    yield { ...token, value: undefined };
  }
}

const takesValue = (name: string, specs: OptionSpecs): boolean =>
  Object.hasOwn(specs, name) && specs[name]?.value !== undefined;

/** Where the first word begins that is neither an option nor the value of one; the length when there is none. */
export function firstWord(args: readonly string[], specs: OptionSpecs): number {
  for (const { kind, index } of tokenize(args, specs)) if (kind !== 'option') return index;
  return args.length;
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
    return usage(`${rawName} takes no value, but was given ${quote(value)}`);
  return null;
}

function unknownOption(rawName: string, specs: OptionSpecs, command: string): UsageFailure {
  const near = rawName.startsWith('--') ? suggest(rawName.slice(2), Object.keys(specs)) : undefined;
  const hint = near ? `did you mean --${near}?` : `"otto help ${command}" shows all options`;
  return usage(`otto ${command} has no option ${quote(rawName)}`, hint);
}
