import type { ParamDefinition } from '../ottofile/model.ts';

/** The value of one param. A flag's text is `true` or `false`. */
export type ParamValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly on: boolean }
  | { readonly kind: 'list'; readonly items: readonly string[] };

/** By the param's name, in declared order. */
export type ParamValues = ReadonlyMap<string, ParamValue>;

/** The texts of a value: one of a text or a flag. */
export function textsOf(value: ParamValue): readonly string[] {
  switch (value.kind) {
    case 'text':
      return [value.text];
    case 'flag':
      return [String(value.on)];
    case 'list':
      return value.items;
  }
}

/** Values of one param are the same when their texts are. */
export function isSameValue(one: ParamValue, other: ParamValue): boolean {
  const [mine, others] = [textsOf(one), textsOf(other)];
  return mine.length === others.length && mine.every((text, at) => text === others[at]);
}

/** Why a value is none for a param. */
export type Misfit =
  | { readonly kind: 'no-choice'; readonly text: string }
  /** Too few or too many values. */
  | { readonly kind: 'count'; readonly count: number }
  /** Neither `true` nor `false`. */
  | { readonly kind: 'no-flag'; readonly text: string };

/** These texts as a value of the param, or why they are none. */
export function valueFor(param: ParamDefinition, texts: readonly string[]): ParamValue | Misfit {
  const { min, max } = param.nargs ?? { min: 1, max: 1 };
  if (texts.length < min || texts.length > max) return { kind: 'count', count: texts.length };
  const { choices } = param;
  const stranger = choices && texts.find((text) => !choices.includes(text));
  if (stranger !== null && stranger !== undefined) return { kind: 'no-choice', text: stranger };
  if (param.nargs !== null) return { kind: 'list', items: texts };
  const [text = ''] = texts;
  if (param.kind !== 'flag') return { kind: 'text', text };
  return text === 'true' || text === 'false'
    ? { kind: 'flag', on: text === 'true' }
    : { kind: 'no-flag', text };
}

export const isMisfit = (found: ParamValue | Misfit): found is Misfit =>
  found.kind === 'count' || found.kind === 'no-choice' || found.kind === 'no-flag';

/** What a param is when nobody gives it; null when somebody has to. Choices do not bind a default. */
export function defaultOf(param: ParamDefinition): ParamValue | null {
  const { kind, nargs } = param;
  const given = param.default;
  if (kind === 'flag') return { kind: 'flag', on: given === 'true' };
  if (given === null && mustBeGiven(param)) return null;
  if (nargs === null) return { kind: 'text', text: String(given ?? '') };
  return { kind: 'list', items: given === null ? [] : typeof given === 'string' ? [given] : given };
}

/** A positional without default, unless its number of values may be none. */
export const mustBeGiven = (param: ParamDefinition): boolean =>
  param.kind === 'positional' && param.default === null && (param.nargs?.min ?? 1) > 0;
