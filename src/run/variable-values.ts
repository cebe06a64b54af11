import { topologicalOrder } from '../graph/dag.ts';
import { isLiteral, mentionsOf, type Part } from '../ottofile/expansion.ts';
import type { CommandGroup } from './command-runner.ts';
import { type CommandPart, tooLong, valueOrProblem } from './command-value.ts';
import type { Environment } from './environment.ts';
import { refusal } from './refusal.ts';
import { unset } from './variable-problems.ts';
import { edgesOf, meaningOf, type Scope, type Variable } from './variable-scope.ts';

/** A scope with the values of its variables. */
export interface Evaluated {
  readonly scope: Scope;
  /** Of its `envs`. */
  readonly values: ReadonlyMap<string, string>;
  readonly outer: Evaluated | null;
  /** All that it adds to the scope around it. */
  readonly all: Environment;
}

export interface ToEvaluate {
  readonly scope: Scope;
  readonly outer: Evaluated;
  /** Where commands run. */
  readonly directory: string;
}

export interface Evaluating {
  readonly commands: CommandGroup;
  /** Told which variable is begun. */
  readonly now: (variable: Variable) => void;
}

/** Works out the variables of a scope without cycles, one after the other. Rejects with a FailureError for the first that fails. */
export async function evaluate(work: ToEvaluate, { commands, now }: Evaluating): Promise<Evaluated> {
  const { scope, outer } = work;
  const values = new Map<string, string>();
  const evaluation = new Evaluation({ ...work, values, commands });
  for (const variable of topologicalOrder(edgesOf(scope), scope.variables.values())) {
    now(variable);
    const value = isLiteral(variable.value)
      ? variable.value
      : await evaluation.text(variable, variable.parts);
    const problem = tooLong(variable, value);
    if (problem !== null) throw refusal(problem);
    values.set(variable.name, value);
  }
  return { scope, values, outer, all: { ...scope.below, ...Object.fromEntries(values), ...scope.above } };
}

interface Facts extends ToEvaluate {
  /** What has been worked out so far. */
  readonly values: ReadonlyMap<string, string>;
  readonly commands: CommandGroup;
}

class Evaluation {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  async text(variable: Variable, parts: readonly Part[]): Promise<string> {
    let text = '';
    for (const part of parts) {
      if (part.kind === 'text') text += part.text;
      else if (part.kind === 'command') text += await this.#printed(variable, part);
      else {
        const value = this.#lookUp(part.name, variable);
        if (part.fallback !== null && !value) text += await this.text(variable, part.fallback);
        else if (value === undefined) throw refusal(unset(variable, part, this.#facts.scope));
        else text += value;
      }
    }
    return text;
  }

  #lookUp(name: string, asking: Variable): string | undefined {
    const { scope, values, outer } = this.#facts;
    const meaning = meaningOf(name, scope, asking);
    if (meaning === null) return undefined;
    if (meaning.kind === 'text') return meaning.text;
    if (meaning.scope === scope) return values.get(name);
    for (let at: Evaluated | null = outer; at !== null; at = at.outer)
      if (at.scope === meaning.scope) return at.values.get(name);
    return undefined;
  }

  async #printed(variable: Variable, part: CommandPart): Promise<string> {
    const { commands, directory } = this.#facts;
    const result = await commands.run({
      command: part.command,
      name: variable.name,
      directory,
      variables: this.#variablesFor(variable, part.command),
    });
    const value = valueOrProblem(result, variable, part);
    if (typeof value !== 'string') throw refusal(value);
    return value;
  }

  /**
   * What a command sees: everything of the scopes around its own, and of its own what is text anyway or what it mentions. So a
   * variable is worked out before a command only when the command's text asks for it.
   */
  #variablesFor(asking: Variable, command: string): Environment {
    const { scope, values, outer } = this.#facts;
    const mentioned = mentionsOf(command);
    const seen = [...scope.variables.values()].filter(
      (variable) => variable !== asking && (isLiteral(variable.value) || mentioned.has(variable.name)),
    );
    const own = seen.flatMap(({ name, value }) => {
      const text = values.get(name) ?? (isLiteral(value) ? value : undefined);
      return text === undefined ? [] : [[name, text] as const];
    });
    return { ...outer.all, ...scope.below, ...Object.fromEntries(own), ...scope.above };
  }
}
