import type { Arity, ParamDefinition, Place } from '../../src/ottofile/model.ts';

const NOWHERE: Place = { file: '/p/otto.yml', line: 1, column: 1, sourceLine: '' };

/** A param as the ottofile's key spells it: `-g|--greeting`, `--dry-run`, or a word. */
export function param(key: string, rest: Partial<ParamDefinition> = {}): ParamDefinition {
  const spellings = key.split('|');
  const long = spellings.find((one) => one.startsWith('--'))?.slice(2) ?? null;
  const short = spellings.find((one) => /^-[^-]/.test(one))?.slice(1) ?? null;
  const name = long ?? short ?? key;
  return {
    kind: long === null && short === null ? 'positional' : 'option',
    name,
    variable: name.replaceAll('-', '_'),
    dest: null,
    short,
    long,
    help: null,
    metavar: null,
    default: null,
    choices: null,
    nargs: null,
    at: NOWHERE,
    ...rest,
  };
}

export const flag = (key: string, byDefault = false): ParamDefinition =>
  param(key, { kind: 'flag', default: String(byDefault) });

export const nargs = (min: number, max: number): Arity => ({ min, max });
export const MANY = Number.POSITIVE_INFINITY;
