import type { ParamDefinition } from './model.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';
import { variableProblem } from './variable-names.ts';

/** A param, and where its parts stand. */
export interface ParamAt {
  readonly definition: ParamDefinition;
  readonly offset: number;
  readonly destAt: number;
}

/** Reports params of one task that cannot be told apart, and positional ones whose values cannot. */
export function checkParams(source: Source, params: readonly ParamAt[]): void {
  const names = new Map<string, string>();
  for (const param of params) {
    checkDest(source, param);
    for (const [name, offset] of namesOf(param)) {
      const other = names.get(name);
      if (other !== undefined)
        source.error(
          offset,
          `two params of this task have the ${name}: ${quote(other)} is the other`,
          'choose another name for one of them',
        );
      else names.set(name, shownName(param.definition));
    }
  }
  checkPositionals(source, params);
}

/** A param's long name and letter are what the command line tells it by; its variables are what scripts do. */
function namesOf({ definition, offset, destAt }: ParamAt): readonly (readonly [string, number])[] {
  const { short, variable, dest } = definition;
  return [
    ...(short === null ? [] : [[`letter -${short}`, offset] as const]),
    [`variable ${variable}`, offset],
    ...(dest === null || dest === variable ? [] : [[`variable ${dest}`, destAt] as const]),
  ];
}

export const shownName = ({ long, short, name }: ParamDefinition): string =>
  long === null ? (short === null ? name : `-${short}`) : `--${long}`;

function checkDest(source: Source, { definition: { dest }, destAt }: ParamAt): void {
  const problem = dest === null ? null : variableProblem(dest);
  if (problem !== null)
    source.error(destAt, `"dest" is ${quote(dest ?? '')}: ${problem}`, 'choose another name');
}

function checkPositionals(source: Source, params: readonly ParamAt[]): void {
  let optional: string | null = null;
  let unbounded: string | null = null;
  for (const { definition, offset } of params.filter((param) => param.definition.kind === 'positional')) {
    const { name, nargs } = definition;
    const isOptional = definition.default !== null || nargs?.min === 0;
    if (!isOptional && optional !== null)
      source.error(
        offset,
        `${quote(name)} must be given, but stands after ${quote(optional)}, which need not be`,
        'put it first, or give it a default',
      );
    if (nargs?.max === Infinity && unbounded !== null)
      source.error(
        offset,
        `${quote(unbounded)} and ${quote(name)} both take any number of values, so nobody can tell which is whose`,
        'make one of them an option: write its name with dashes',
      );
    if (isOptional) optional ??= name;
    if (nargs?.max === Infinity) unbounded ??= name;
  }
}
