import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../src/base/task-name.ts';
import { MarkerValues } from '../../src/data/captures/marker-values.ts';
import { clientsDirectory, helpersDirectory } from '../../src/data/installation.ts';
import type { DataNotice } from '../../src/data/notice.ts';
import type { RunData } from '../../src/data/run-data.ts';
import type { OpenStore } from '../../src/data/run-stores.ts';
import type { Store, StoreName } from '../../src/data/store.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import type { KeptValue } from '../../src/data/value.ts';
import type { Language, Script } from '../../src/ottofile/model.ts';
import { environmentMaker } from '../../src/run/environment.ts';
import { composeScript } from '../../src/script/compose.ts';
import type { RigClients } from '../clients/rig.ts';

export interface RigTask {
  readonly name: string;
  readonly language: Exclude<Language, 'other'>;
  readonly script: string;
  readonly dependencies?: readonly string[];
  readonly readers?: number;
  /** Instead of what the run gives it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables of the ottofile. */
  readonly exported?: Readonly<Record<string, string>>;
  /** What its stdout has in markers are values. */
  readonly markers?: boolean | undefined;
}

export interface RigResult {
  /** The exit code, or the signal that ended the process. */
  readonly end: number | NodeJS.Signals | null;
  readonly stdout: Buffer;
  /** What of it is no marker. */
  readonly shown: Buffer;
  readonly stderr: string;
  readonly notices: readonly DataNotice[];
}

/** Tasks of one run in several stores. */
export interface Mixture {
  /** The store of a task; undefined: the run's own. */
  readonly storeOf: (task: RigTask) => StoreName | undefined;
  /** Opens a store that is not the run's own. */
  readonly open: (runDirectory: string) => OpenStore;
}

/** Runs real tasks as a run does, but one by one and as the test asks: in one store, or in those of a mixture. */
export class TaskRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'otto-conformance-'));
  readonly workspace = join(this.directory, 'workspace');
  readonly runDirectory = join(this.directory, 'run');
  readonly kept = new Map<string, readonly KeptValue[]>();
  readonly data: RunData;
  readonly #environmentOf: ReturnType<typeof environmentMaker>;
  readonly #use: RigClients;
  readonly #mixture: Mixture | undefined;

  constructor(
    openStore: (runDirectory: string) => Store,
    use: RigClients = { bash: 'bash', clients: clientsDirectory() },
    mixture?: Mixture,
  ) {
    this.#use = use;
    this.#mixture = mixture;
    mkdirSync(this.workspace);
    mkdirSync(this.runDirectory);
    const store = openStore(this.runDirectory);
    this.data = createRunData({
      store,
      ...(mixture && { openStore: mixture.open(this.runDirectory) }),
      runDirectory: this.runDirectory,
      onKept: (task, values) => this.kept.set(task, values),
    });
    this.#environmentOf = environmentMaker({
      inherited: process.env,
      runDirectory: this.runDirectory,
      workspace: this.workspace,
      store: store.name,
      clientsDirectory: use.clients,
      helpersDirectory: helpersDirectory(),
    });
  }

  /** Runs a task from its preparation to the point where dependents may start. */
  async run(task: RigTask): Promise<RigResult> {
    const taskDirectory = join(this.runDirectory, 'tasks', encodeTaskName(task.name));
    mkdirSync(taskDirectory, { recursive: true });
    const { command, source, path } = this.#compose(task, taskDirectory);
    const store = this.#mixture?.storeOf(task);
    const { environment, notices } = await this.data.prepare({
      name: task.name as TaskName,
      taskDirectory,
      dependencies: (task.dependencies ?? []) as TaskName[],
      language: task.language,
      scriptText: task.script,
      usesValues: true,
      script: { path, source: source.path, line: source.line },
      params: {},
      exported: task.exported ?? {},
      workdir: this.workspace,
      readers: task.readers ?? 0,
      ...(store && { store }),
    });
    const env = this.#environmentOf({
      task: task.name,
      attempt: 1,
      taskDirectory,
      variables: { file: {}, own: task.exported ?? {} },
      prepared: environment,
    });
    const ended = await execute(command, { cwd: this.workspace, env: { ...env, ...task.environment } });
    const { shown, markers } = task.markers
      ? markersIn(task.name, taskDirectory, ended.stdout)
      : WITHOUT_MARKERS;
    await this.data.finish(task.name as TaskName, markers);
    for (const dependency of task.dependencies ?? []) this.data.readerEnded(dependency as TaskName);
    return { ...ended, shown, notices };
  }

  /** The same, and the task must succeed. */
  async succeed(task: RigTask): Promise<RigResult> {
    const result = await this.run(task);
    if (result.end !== 0) throw new Error(`task "${task.name}" ended with ${result.end}:\n${result.stderr}`);
    return result;
  }

  outputPath(name: string): string {
    const component = encodeTaskName(name);
    return join(this.runDirectory, 'tasks', component, `output.${component}.json`);
  }

  output(name: string): string {
    return readFileSync(this.outputPath(name), 'utf8');
  }

  async end(): Promise<void> {
    await this.data.complete();
    await this.data.close();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #compose(task: RigTask, taskDirectory: string) {
    const script: Script = {
      language: task.language,
      text: task.script,
      interpreter: [],
      line: 1,
      linesMatch: true,
    };
    const composed = composeScript(script, {
      taskDirectory,
      ottofilePath: join(this.workspace, 'otto.yml'),
      clientsDirectory: this.#use.clients,
      bash: this.#use.bash,
      variables: [],
      hasParamsToRead: false,
    });
    if (composed === null) throw new Error('no script');
    const path = join(taskDirectory, composed.fileName);
    writeFileSync(path, composed.text, { mode: composed.mode });
    return { ...composed, path };
  }
}

const WITHOUT_MARKERS = { shown: Buffer.alloc(0), markers: null };

function markersIn(task: string, taskDirectory: string, stdout: Buffer) {
  const pieces: Buffer[] = [];
  const show = (bytes: Buffer): void => void pieces.push(Buffer.from(bytes));
  const markers = new MarkerValues({ task: task as TaskName, taskDirectory, show });
  for (let at = 0; at < stdout.length; at += 1000) markers.push(stdout.subarray(at, at + 1000));
  markers.end();
  return { shown: Buffer.concat(pieces), markers };
}

async function execute(
  { file, args }: { readonly file: string; readonly args: readonly string[] },
  options: SpawnOptions,
): Promise<Pick<RigResult, 'end' | 'stdout' | 'stderr'>> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { end, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
