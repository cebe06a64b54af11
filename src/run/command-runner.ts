import { Adoption } from './adoption.ts';
import type { CancelOptions } from './cancel.ts';
import { endProcesses } from './cancel.ts';
import { MAX_VARIABLE_BYTES } from './command-value.ts';
import { type Environment, inheritable, withOuterTask } from './environment.ts';
import { openPipeSource } from './pipe-source.ts';
import { systemProcessTable } from './process-table.ts';
import { ProcessTrees } from './process-tree.ts';
import { type CommandResult, runShellCommand } from './shell-command.ts';
import type { PipeSource } from './task-pipes.ts';

export interface CommandToRun {
  readonly command: string;
  readonly name: string;
  readonly directory: string;
  /** Besides those that otto was started with. */
  readonly variables: Environment;
}

/** What is needed to run commands, made for the first one. */
interface Open {
  readonly adoption: Adoption | null;
  readonly trees: ProcessTrees;
  readonly pipes: PipeSource;
  readonly environment: Environment;
}

let runners = 0;

/** Runs the commands of variables, and knows which processes are theirs. */
export class CommandRunner {
  readonly #inherited: Readonly<Record<string, string | undefined>>;
  readonly #bash: string;
  #open: Open | null = null;
  #ended = false;
  #ending: Promise<void> | null = null;

  constructor(inherited: Readonly<Record<string, string | undefined>>, bash: string) {
    this.#inherited = inherited;
    this.#bash = bash;
  }

  async run({ variables, ...command }: CommandToRun): Promise<CommandResult> {
    this.#open ??= this.#prepare();
    const { environment, ...context } = this.#open;
    return runShellCommand(
      { ...command, bash: this.#bash, environment: { ...environment, ...variables } },
      { ...context, maxBytes: MAX_VARIABLE_BYTES, ended: () => this.#ended },
    );
  }

  /** Ends what runs, and what commands have left running. */
  end(options: CancelOptions): Promise<void> {
    this.#ended = true;
    this.#ending ??= this.#endAll(options);
    return this.#ending;
  }

  async #endAll(options: CancelOptions): Promise<void> {
    if (this.#open === null) return;
    await endProcesses(this.#open.trees, options);
    this.#open.adoption?.end();
    this.#open.pipes.close();
  }

  /** The mark takes the place of a run's directory, which there may not be yet: by it processes are known to be this run's. */
  #prepare(): Open {
    const mark = `commands ${process.pid} ${++runners} ${Math.random()}`;
    const adoption = Adoption.begin('commands');
    return {
      adoption,
      trees: new ProcessTrees(systemProcessTable(), mark, adoption),
      pipes: openPipeSource(1),
      environment: {
        ...inheritable(this.#inherited),
        ...withOuterTask(this.#inherited, `${mark}/tasks/command`),
      },
    };
  }
}
