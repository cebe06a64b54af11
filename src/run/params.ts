import {
  fitsEnvironment,
  NO_PARAMS,
  paramText,
  type ScriptParam,
  type ScriptParams,
} from '../data/script-params.ts';
import type { ParamValue } from '../graph/param-value.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { Environment } from './environment.ts';

const NOTHING: Environment = {};

/** The params of a task as variables of its environment. One that is too long for that is empty there; scripts get it otherwise. */
export function paramEnvironment(task: PlannedTask): Environment {
  if (task.params.size === 0) return NOTHING;
  const texts = Object.entries(paramsOf(task)).map(([name, param]) => [name, paramText(param)] as const);
  return Object.fromEntries(texts.map(([name, text]) => [name, fitsEnvironment(name, text) ? text : '']));
}

/** The variables that a script is given by its language's client: its params, and the item that it is run for. */
export function scriptParams(task: PlannedTask): ScriptParams {
  const { item, definition } = task;
  if (item === null) return paramsOf(task);
  return { ...(definition.foreach && { [definition.foreach.as]: item.value }), ...paramsOf(task) };
}

function paramsOf({ definition, params }: PlannedTask): ScriptParams {
  if (params.size === 0) return NO_PARAMS;
  const found: [string, ScriptParam][] = [];
  for (const { name, variable, dest } of definition.params) {
    const value = params.get(name);
    if (value === undefined) continue;
    found.push([variable, forScript(value)]);
    if (dest !== null) found.push([dest, forScript(value)]);
  }
  return Object.fromEntries(found);
}

function forScript(value: ParamValue): ScriptParam {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'flag':
      return value.on;
    case 'list':
      return value.items;
  }
}
