import type { Operator } from './model.ts';

/** Words that may stand before an assignment. */
export const MODIFIERS = /^(?:(override|private|export)\s+)+/;

export interface AssignmentText {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': '=',
  ':=': ':=',
  '::=': ':=',
  ':::=': ':=',
  '?=': '?=',
  '+=': '+=',
  '!=': '!=',
};

/** `NAME = value`; null when a `:` that is no part of an operator comes first, or there is no `=`. */
export function assignmentIn(line: string): AssignmentText | null {
  const at = outside(line, 0, /[:=]/);
  if (at === -1) return null;
  const operator = /^(?::{0,3}=)/.exec(line.slice(at))?.[0];
  if (operator === undefined) return null;
  const sign = operator === '=' ? (/[?+!]$/.exec(line.slice(0, at))?.[0] ?? '') : '';
  const name = line.slice(0, at - sign.length).trim();
  if (name === '' || /\s/.test(name.replace(/\$[({].*?[)}]/g, ''))) return null;
  const value = line.slice(at + operator.length).replace(/^\s+/, '');
  return { name, operator: OPERATORS[sign + operator] as Operator, value };
}

export interface RuleText {
  readonly targets: string;
  readonly kind: ':' | '::' | '&:';
  /** Of a static pattern rule. */
  readonly pattern: string | null;
  readonly prerequisites: string;
  readonly orderOnly: string;
  /** Behind `;` */
  readonly recipe: string | null;
  /** What stands behind the colon, for variables of targets. */
  readonly rest: string;
}

export function ruleIn(line: string): RuleText | null {
  const colon = outside(line, 0, /:/);
  if (colon < 1) return null;
  const double = line.startsWith('::', colon);
  const grouped = line.charAt(colon - 1) === '&';
  const rest = line.slice(colon + (double ? 2 : 1));
  const semicolon = outside(rest, 0, /;/);
  const names = semicolon === -1 ? rest : rest.slice(0, semicolon);
  const second = outside(names, 0, /:/);
  const behind = second === -1 ? names : names.slice(second + 1);
  const bar = outside(behind, 0, /\|/);
  return {
    targets: line.slice(0, grouped ? colon - 1 : colon),
    kind: double ? '::' : grouped ? '&:' : ':',
    pattern: second === -1 ? null : names.slice(0, second),
    prerequisites: bar === -1 ? behind : behind.slice(0, bar),
    orderOnly: bar === -1 ? '' : behind.slice(bar + 1),
    recipe: semicolon === -1 ? null : rest.slice(semicolon + 1).trim(),
    rest,
  };
}

/** The first character that fits and stands in no `$(…)`. */
function outside(line: string, from: number, pattern: RegExp): number {
  let depth = 0;
  for (let at = from; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '$' && /[({]/.test(line.charAt(at + 1))) {
      depth++;
      at++;
    } else if (depth > 0 && /[({]/.test(character)) depth++;
    else if (depth > 0 && /[)}]/.test(character)) depth--;
    else if (depth === 0 && pattern.test(character)) return at;
  }
  return -1;
}

/** What `ifeq` and its like compare: `(a,b)`, `"a" "b"`; null when it is misspelled. */
export function comparedIn(text: string): readonly [string, string] | null {
  const trimmed = text.trim();
  if (trimmed.startsWith('(') && trimmed.endsWith(')')) {
    const inner = trimmed.slice(1, -1);
    const comma = outside(inner, 0, /,/);
    return comma === -1 ? null : [inner.slice(0, comma).trim(), inner.slice(comma + 1).trim()];
  }
  const [, , a = '', , b = ''] = /^(["'])(.*?)\1\s*(["'])(.*)\3$/.exec(trimmed) ?? [];
  return /^["']/.test(trimmed) ? [a, b] : null;
}
