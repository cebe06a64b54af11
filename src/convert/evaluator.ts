import { callFunction } from './calls.ts';
import type { Piece, Place, Reporter, Surroundings } from './model.ts';
import { type Node, nodesOf } from './references.ts';
import type { Expander, Scope } from './scope.ts';
import { dir, notdir, substitute, words } from './text-functions.ts';
import { canBeEnv, isPlain, merged, PREDEFINED, text, type Variable } from './variables.ts';

const MAX_DEPTH = 60;
/** `$(call …)` that doubles its text each time must come to an end. */
const MAX_EXPANSIONS = 200_000;

/** Expands text as make does, but leaves variables in that the environment of a script can hold. */
export class Evaluator implements Expander {
  readonly table = new Map<string, Variable>(PREDEFINED);
  /** Variables of `table` that something refers to. */
  readonly used = new Set<string>();
  /** Names that are assigned again later: what is expanded now must not refer to them. */
  readonly changing = new Map<string, number>();
  readonly world: Surroundings;
  readonly report: Reporter;
  /** Counts what could not be converted. */
  problems = 0;
  /** Counts uses of `$@` outside of recipes. */
  automaticUses = 0;
  #depth = 0;
  #expansions = 0;
  readonly #open = new Set<Variable>();
  readonly #known = new Map<Variable, boolean>();
  readonly #decided = new Set<string>();

  constructor(world: Surroundings, report: Reporter) {
    this.world = world;
    this.report = report;
  }

  expand(source: string, scope: Scope): Piece[] {
    if (!source.includes('$')) return text(source);
    if (this.#depth === 0) this.#expansions = 0;
    if (++this.#expansions > MAX_EXPANSIONS || this.#depth >= MAX_DEPTH) {
      this.fail(scope.at, 'the text refers to itself too often', 'write it out');
      return [];
    }
    this.#depth++;
    const pieces = merged(nodesOf(source).flatMap((node) => this.#node(node, scope)));
    this.#depth--;
    return pieces;
  }

  /** The text as it is when this is converted; null when only a run can tell. */
  plainText(source: string, scope: Scope): string | null {
    return this.staticOf(this.expand(source, scope), scope);
  }

  staticOf(pieces: readonly Piece[], scope: Scope, { quiet = false } = {}): string | null {
    let result = '';
    for (const piece of pieces) {
      const part =
        piece.kind === 'text' ? piece.text : piece.kind === 'env' ? this.#envNow(piece, scope, quiet) : null;
      if (part === null) return null;
      result += part;
    }
    return result;
  }

  fail(at: Place, message: string, hint: string): void {
    this.problems++;
    this.report(at, message, hint);
  }

  variable(name: string, scope: Scope): Variable | undefined {
    return scope.overlay.get(name) ?? this.table.get(name);
  }

  /** A variable's value; a variable that asks for itself is reported. */
  valueOf(variable: Variable, scope: Scope): Piece[] {
    if (this.#open.has(variable)) {
      this.fail(variable.at, `variable "${variable.name}" refers to itself`, 'make refuses it, too');
      return [];
    }
    this.#open.add(variable);
    const pieces = variable.chunks.flatMap((chunk) => {
      if ('pieces' in chunk) return chunk.pieces;
      if ('raw' in chunk)
        return this.expand(chunk.raw, { ...scope, at: variable.predefined ? scope.at : variable.at });
      const global = { ...scope, overlay: new Map() };
      return this.#reference(chunk.hidden, global).map((piece) =>
        piece.kind === 'env' && piece.name === chunk.hidden ? { ...piece, hidden: true as const } : piece,
      );
    });
    this.#open.delete(variable);
    return merged(pieces);
  }

  /** Whether a script can have it as a variable of its environment, and paste it as make would. */
  isEnv(variable: Variable, scope: Scope): boolean {
    if (!canBeEnv(variable.name) || this.#open.has(variable)) return false;
    const known = this.#known.get(variable);
    if (known !== undefined) return known;
    const [uses, problems] = [this.automaticUses, this.problems];
    const pieces = this.valueOf(variable, { ...scope, automatic: null });
    const is = this.automaticUses === uses && this.problems === problems && isPlain(pieces);
    if (this.changing.size === 0 && scope.overlay.size === 0 && scope.params.size === 0)
      this.#known.set(variable, is);
    return is;
  }

  #node(node: Node, scope: Scope): readonly Piece[] {
    switch (node.kind) {
      case 'text':
        return text(node.text);
      case 'reference':
        return this.#reference(this.#name(node.name, scope), scope);
      case 'substitution': {
        const value = this.staticOf(this.#reference(this.#name(node.name, scope), scope), scope);
        const [from, to] = [this.plainText(node.from, scope), this.plainText(node.to, scope)];
        if (value !== null && from !== null && to !== null) return text(substitute(value, from, to));
        this.fail(
          scope.at,
          `$(${node.name}:${node.from}=${node.to}) is only known when it runs`,
          'write the names out',
        );
        return [];
      }
      default:
        return callFunction(this, node, scope);
    }
  }

  #name(name: string, scope: Scope): string {
    return name.includes('$') ? (this.plainText(name, scope) ?? '') : name;
  }

  #reference(name: string, scope: Scope): readonly Piece[] {
    const param = scope.params.get(name);
    if (param !== undefined) return param;
    const automatic = this.#automatic(name, scope);
    if (automatic !== null) return text(automatic);
    const variable = this.variable(name, scope);
    if (variable === undefined) return this.#unset(name, scope);
    if (!this.changing.has(name) && this.isEnv(variable, scope)) {
      this.used.add(name);
      return [{ kind: 'env', name, inherited: false }];
    }
    return this.valueOf(variable, scope);
  }

  #automatic(name: string, { automatic, at }: Scope): string | null {
    const [, own, part] = /^([@<^+?*|%])([DF]?)$/.exec(name) ?? [];
    if (own === undefined) return null;
    if (automatic === null) {
      this.automaticUses++;
      return '';
    }
    if (own === '?')
      this.report(
        at,
        '"$?" stands for all prerequisites here',
        'otto does not tell a script which of its inputs are newer',
      );
    const value = automatic.get(own) ?? '';
    if (part === 'D')
      return words(value)
        .map((word) => dir(word).replace(/(?<=.)\/$/, ''))
        .join(' ');
    return part === 'F' ? words(value).map(notdir).join(' ') : value;
  }

  #unset(name: string, { at }: Scope): readonly Piece[] {
    if (name === 'MAKE' || name === 'MAKE_COMMAND') {
      this.report(
        at,
        '"$(MAKE)" stays a call of make',
        'when it makes targets of this Makefile, name their tasks in "before" instead',
      );
      return text('make');
    }
    if (name === 'SHELL') return text('/bin/sh');
    if (
      /^(?:MAKECMDGOALS|MAKEFLAGS|MFLAGS|MAKEOVERRIDES|MAKEFILES|MAKE_VERSION|MAKELEVEL|VPATH|SUFFIXES)$/.test(
        name,
      )
    ) {
      if (name === 'MAKECMDGOALS')
        this.report(at, '"$(MAKECMDGOALS)" is empty', 'let tasks take params for what differs');
      return [];
    }
    return canBeEnv(name) ? [{ kind: 'env', name, inherited: true }] : [];
  }

  #envNow(piece: Extract<Piece, { kind: 'env' }>, around: Scope, quiet: boolean): string | null {
    const { name, inherited, hidden } = piece;
    const scope = hidden ? { ...around, overlay: new Map<string, Variable>() } : around;
    if (name === 'CURDIR') return this.world.directory;
    const variable = inherited ? undefined : this.variable(name, scope);
    if (variable === undefined) return this.world.environment[name] ?? '';
    if (!quiet && variable.optional && !variable.predefined && !this.#decided.has(name)) {
      this.#decided.add(name);
      this.report(
        variable.at,
        `what names and functions make of "${name}" is worked out now, from its value here`,
        'another value in the environment reaches scripts, but no names of files',
      );
    }
    return this.staticOf(this.valueOf(variable, scope), scope, { quiet });
  }
}
