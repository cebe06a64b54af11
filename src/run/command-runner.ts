import type { TaskName } from '../base/task-name.ts';
import { Adoption } from './adoption.ts';
import type { CancelOptions } from './cancel.ts';
import { endProcesses } from './cancel.ts';
import { MAX_VARIABLE_BYTES } from './command-value.ts';
import { type Environment, inheritable, withOuterTask } from './environment.ts';
import { openPipeSource } from './pipe-source.ts';
import { systemProcessTable } from './process-table.ts';
import { ProcessTrees } from './process-tree.ts';
import { markProcesses, type RunMark } from './run-mark.ts';
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
  /** Takes the place of a run's directory, which there may not be yet: by it processes are known to be this run's. */
  readonly mark: string;
  /** By it the next otto finds them when this one is killed. */
  readonly kept: RunMark | null;
}

/** What commands of variables are run with. */
export interface CommandSources {
  /** What otto itself was started with. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly bash: string;
  /** Where runs are kept; null: what a killed otto leaves is not looked for. */
  readonly home: string | null;
}

let runners = 0;

/** Commands that belong together: they, and what they have left running, can be ended without the others. */
export class CommandGroup {
  readonly #runner: CommandRunner;
  /** Takes the place of a task's name. */
  readonly name: TaskName;
  ended = false;

  constructor(runner: CommandRunner, name: TaskName) {
    this.#runner = runner;
    this.name = name;
  }

  run(command: CommandToRun): Promise<CommandResult> {
    return this.#runner.run(command, this);
  }

  /** None of them is started any more. */
  end(options: CancelOptions): Promise<void> {
    this.ended = true;
    return this.#runner.endGroup(this, options);
  }
}

/** Runs the commands of variables, and knows which processes are theirs. */
export class CommandRunner {
  readonly #sources: CommandSources;
  #open: Open | null = null;
  #groups = 0;
  #ending: Promise<void> | null = null;

  constructor(sources: CommandSources) {
    this.#sources = sources;
  }

  group(): CommandGroup {
    return new CommandGroup(this, `commands-${++this.#groups}` as TaskName);
  }

  async run({ variables, ...command }: CommandToRun, group: CommandGroup): Promise<CommandResult> {
    this.#open ??= this.#prepare();
    const { environment, mark, ...context } = this.#open;
    const marked = withOuterTask(this.#sources.inherited, `${mark}/tasks/${group.name}`);
    return runShellCommand(
      { ...command, bash: this.#sources.bash, environment: { ...environment, ...marked, ...variables } },
      {
        ...context,
        owner: group.name,
        maxBytes: MAX_VARIABLE_BYTES,
        ended: () => this.#ending !== null || group.ended,
      },
    );
  }

  /** Ends what runs, and what commands have left running. */
  end(options: CancelOptions): Promise<void> {
    this.#ending ??= this.#endAll(options);
    return this.#ending;
  }

  async endGroup({ name }: CommandGroup, options: CancelOptions): Promise<void> {
    if (this.#open === null) return;
    await (this.#ending ?? endProcesses(this.#open.trees, { ...options, of: (task) => task === name }));
  }

  async #endAll(options: CancelOptions): Promise<void> {
    if (this.#open === null) return;
    await endProcesses(this.#open.trees, options);
    this.#open.adoption?.end();
    this.#open.kept?.remove();
    this.#open.pipes.close();
  }

  #prepare(): Open {
    const { inherited, home } = this.#sources;
    const mark = `commands ${process.pid} ${++runners} ${Math.random()}`;
    const adoption = Adoption.begin('commands');
    return {
      adoption,
      trees: new ProcessTrees(systemProcessTable(), mark, adoption),
      pipes: openPipeSource(1),
      environment: inheritable(inherited),
      mark,
      kept: home === null ? null : markProcesses(home, mark),
    };
  }
}
