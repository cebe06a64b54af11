import { itemEnvironment } from '../graph/item-environment.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { EnvDefinition, TaskFile } from '../ottofile/model.ts';
import type { Environment, TaskVariables } from './environment.ts';
import { paramEnvironment } from './params.ts';

/** What the variables of a run depend on. */
export interface VariableSources {
  /** What otto itself was started with. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/** The variables that ottofiles give to tasks. Each is evaluated at most once a run, when the first task needs it. */
export class Variables {
  readonly #files = new Map<TaskFile, Environment>();

  constructor(_sources: VariableSources) {}

  /** Rejects with a FailureError that names the variable and its place. */
  async of(task: PlannedTask): Promise<TaskVariables> {
    const { file, envs } = task.definition;
    return {
      file: this.#ofFile(file),
      own: { ...literal(envs), ...itemEnvironment(task), ...paramEnvironment(task) },
    };
  }

  #ofFile(file: TaskFile): Environment {
    const known = this.#files.get(file) ?? literal(file.envs);
    this.#files.set(file, known);
    return known;
  }
}

const literal = (envs: readonly EnvDefinition[]): Environment =>
  Object.fromEntries(envs.map(({ name, value }) => [name, value]));
