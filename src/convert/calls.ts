import { posix } from 'node:path';
import type { Piece } from './model.ts';
import type { Node } from './references.ts';
import type { Expander, Scope } from './scope.ts';
import { TEXT_FUNCTIONS, words } from './text-functions.ts';
import { text } from './variables.ts';

type Call = Extract<Node, { kind: 'call' }>;

/** `$(function arguments)`. What only a run can tell is reported, and empty. */
export function callFunction(evaluator: Expander, call: Call, scope: Scope): readonly Piece[] {
  const plain = TEXT_FUNCTIONS[call.name];
  if (plain !== undefined) return textFunction(evaluator, call, scope);
  const special = SPECIAL[call.name];
  if (special !== undefined) return special(evaluator, call.args, scope);
  evaluator.fail(
    scope.at,
    `the function "${call.name}" cannot be converted`,
    'write what it does into the script',
  );
  return [];
}

function textFunction(evaluator: Expander, { name, args }: Call, scope: Scope): readonly Piece[] {
  const pieces = args.map((arg) => evaluator.expand(arg, scope));
  const values = pieces.map((arg) => evaluator.staticOf(arg, scope));
  if (values.every((value) => value !== null))
    return text((TEXT_FUNCTIONS[name] as (...a: string[]) => string)(...values));
  if (name === 'strip') return pieces[0] as Piece[];
  evaluator.fail(
    scope.at,
    `$(${name} …) works on what is only known when it runs`,
    'do it in the script, with the tools of the shell',
  );
  return [];
}

type Special = (evaluator: Expander, args: readonly string[], scope: Scope) => readonly Piece[];

const nothing: Special = () => [];

const SPECIAL: Readonly<Record<string, Special>> = {
  shell: (evaluator, [command = ''], scope) => [
    { kind: 'command', command: evaluator.expand(command, scope) },
  ],
  wildcard: (evaluator, [arg = ''], scope) => {
    const patterns = evaluator.plainText(arg, scope);
    if (patterns === null) return unknown(evaluator, scope, `$(wildcard ${arg})`);
    evaluator.report(
      scope.at,
      `$(wildcard ${patterns.trim()}) stands for the files that are there now`,
      'convert again when there are others, or use a glob in "input"',
    );
    return text(
      words(patterns)
        .flatMap((pattern) => evaluator.world.glob(pattern))
        .join(' '),
    );
  },
  if: (evaluator, [condition = '', yes = '', no = ''], scope) => {
    const value = evaluator.plainText(condition.trim(), scope);
    if (value === null) return unknown(evaluator, scope, `$(if ${condition},…)`);
    return evaluator.expand(value === '' ? no : yes, scope);
  },
  or: (evaluator, args, scope) => {
    for (const arg of args) {
      const pieces = evaluator.expand(arg.trim(), scope);
      if (evaluator.staticOf(pieces, scope) !== '') return pieces;
    }
    return [];
  },
  and: (evaluator, args, scope) => {
    let last: readonly Piece[] = [];
    for (const arg of args) {
      last = evaluator.expand(arg.trim(), scope);
      if (evaluator.staticOf(last, scope) === '') return [];
    }
    return last;
  },
  foreach: (evaluator, [name = '', list = '', body = ''], scope) => {
    const items = evaluator.plainText(list, scope);
    if (items === null) return unknown(evaluator, scope, `$(foreach ${name},${list},…)`);
    return words(items).flatMap((item, at) => [
      ...text(at === 0 ? '' : ' '),
      ...evaluator.expand(body, { ...scope, params: new Map([...scope.params, [name.trim(), text(item)]]) }),
    ]);
  },
  call: (evaluator, [name = '', ...args], scope) => {
    const called = (evaluator.plainText(name, scope) ?? '').trim();
    const params = new Map(args.map((arg, at) => [String(at + 1), evaluator.expand(arg, scope)] as const));
    const variable = evaluator.variable(called, scope);
    if (variable === undefined)
      return called in TEXT_FUNCTIONS
        ? callFunction(evaluator, { kind: 'call', name: called, args }, scope)
        : [];
    const inner = { ...scope, params: new Map([...scope.params, ['0', text(called)] as const, ...params]) };
    return variable.chunks.flatMap((chunk) =>
      'raw' in chunk ? evaluator.expand(chunk.raw, inner) : 'pieces' in chunk ? chunk.pieces : [],
    );
  },
  value: (evaluator, [name = ''], scope) =>
    evaluator
      .variable(name.trim(), scope)
      ?.chunks.flatMap((chunk) => ('raw' in chunk ? text(chunk.raw) : [])) ?? [],
  origin: (evaluator, [name = ''], scope) => {
    const variable = evaluator.variable(name.trim(), scope);
    if (variable !== undefined) return text(variable.predefined ? 'default' : 'file');
    return text(evaluator.world.environment[name.trim()] === undefined ? 'undefined' : 'environment');
  },
  flavor: (evaluator, [name = ''], scope) => {
    const variable = evaluator.variable(name.trim(), scope);
    return text(variable === undefined ? 'undefined' : variable.simple ? 'simple' : 'recursive');
  },
  abspath: (evaluator, [arg = ''], scope) => below(evaluator, arg, scope),
  realpath: (evaluator, [arg = ''], scope) => below(evaluator, arg, scope),
  error: (evaluator, args, scope) => {
    evaluator.fail(
      scope.at,
      `$(error ${args.join(',')}) is left out`,
      'let a task check what it needs, and exit 1',
    );
    return [];
  },
  info: nothing,
  warning: nothing,
};

function below(evaluator: Expander, arg: string, scope: Scope): readonly Piece[] {
  const paths = evaluator.plainText(arg, scope);
  if (paths === null) return unknown(evaluator, scope, `$(abspath ${arg})`);
  const { directory } = evaluator.world;
  return words(paths).flatMap((path, at) => {
    const rest = path.replace(/^(?:\.?\/)+|^\.$/, '').replace(/\/+$/, '');
    if (path.startsWith('/')) return text(`${at ? ' ' : ''}${path}`);
    if (path.split('/').includes('..')) return text(`${at ? ' ' : ''}${posix.resolve(directory, path)}`);
    const here = evaluator.expand('$(CURDIR)', scope);
    return [...text(at ? ' ' : ''), ...here, ...text(rest === '' ? '' : `/${rest}`)];
  });
}

function unknown(evaluator: Expander, { at }: Scope, what: string): readonly Piece[] {
  evaluator.fail(
    at,
    `${what} depends on what is only known when it runs`,
    'do it in the script, with the tools of the shell',
  );
  return [];
}
