import { mustBeGiven } from '../graph/param-value.ts';
import type { ParamDefinition, TaskDefinition } from '../ottofile/model.ts';
import { visible } from '../ottofile/quote.ts';
import { commandLine } from './commands/table.ts';

/** What a param is called on the command line: `--greeting`, `-g`, or for a positional its metavar. */
export function spelling(param: ParamDefinition): string {
  if (param.long !== null) return `--${visible(param.long)}`;
  return param.short === null ? metavar(param) : `-${visible(param.short)}`;
}

/** What stands for one value. */
export const metavar = (param: ParamDefinition): string =>
  visible(param.metavar ?? param.name.toUpperCase().replaceAll('-', '_'));

/** Beyond this many, values are counted and not written one by one. */
const MOST_WRITTEN = 3;

/** What stands for all values of a param: `FILE`, `[FILE]`, `FILE FILE`, `[FILE]...`, `FILE{2,9}`. */
export function valuesPattern(param: ParamDefinition): string {
  const one = metavar(param);
  if (param.nargs === null) return param.kind !== 'positional' || mustBeGiven(param) ? one : `[${one}]`;
  const { min, max } = param.nargs;
  const least = param.kind === 'positional' && !mustBeGiven(param) ? 0 : min;
  if (max === Number.POSITIVE_INFINITY && min <= 1) return least === 0 ? `[${one}]...` : `${one}...`;
  if (max > MOST_WRITTEN) {
    const counted = `${one}{${min === max ? min : `${min},${max === Number.POSITIVE_INFINITY ? '' : max}`}}`;
    return least < min ? `[${counted}]` : counted;
  }
  const words = [...Array<string>(min).fill(one), ...Array<string>(max - min).fill(`[${one}]`)].join(' ');
  return least < min ? `[${words}]` : words;
}

/** How the task is called: `otto deploy [OPTIONS] TARGET [FILE]...`. */
export function usageOf({ name, params, foreach }: TaskDefinition): string {
  const hasOptions = foreach !== null || params.some(({ kind }) => kind !== 'positional');
  const positionals = params.filter(({ kind }) => kind === 'positional').map(valuesPattern);
  return [commandLine(['otto', name]), ...(hasOptions ? ['[OPTIONS]'] : []), ...positionals].join(' ');
}

/** How many values a param takes: `2 values`, `1 to 3 values`, `at least 1 value`. */
export function countWords({ nargs }: ParamDefinition): string {
  const { min, max } = nargs ?? { min: 1, max: 1 };
  const values = (count: number): string => `${count} value${count === 1 ? '' : 's'}`;
  if (min === max) return values(min);
  if (max === Number.POSITIVE_INFINITY) return `at least ${values(min)}`;
  return min === 0 ? `at most ${values(max)}` : `${min} to ${values(max)}`;
}
