import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskName } from '../../src/base/task-name.ts';
import { clientsDirectory } from '../../src/data/installation.ts';
import { readSpool } from '../../src/data/spool.ts';
import type { Language } from '../../src/ottofile/model.ts';
import { composeScript } from '../../src/script/compose.ts';

/** A task directory made by hand, as docs/task-protocol.md says, in which one script runs in the files store. */
export interface ClientTask {
  readonly language: Exclude<Language, 'other'>;
  readonly script: string;
  /** Line of the ottofile on which the script begins; its lines match. Default: 3. */
  readonly line?: number;
  /** dependency -> the text of its JSON */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Files next to the dependencies' JSON, by relative path. */
  readonly files?: Readonly<Record<string, Buffer>>;
  /** full key -> value, as the runner writes them for bash. */
  readonly vars?: Readonly<Record<string, Buffer | string>>;
  /** full key -> the file's bytes */
  readonly refs?: Readonly<Record<string, Buffer>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export interface ClientResult {
  readonly end: number | NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What the script left in its spool: key -> value, in order. Bytes are hex after `0x`. */
  readonly values: Readonly<Record<string, string>>;
  /** The same with the types. */
  readonly types: Readonly<Record<string, string>>;
}

/** What runs a rig's bash scripts, and with which clients. */
export interface RigClients {
  readonly bash: string;
  readonly clients: string;
}

export class ClientRig {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'otto-clients-')));
  readonly work = join(this.directory, 'work');
  readonly #use: RigClients;
  #count = 0;

  constructor(use: RigClients = { bash: 'bash', clients: clientsDirectory() }) {
    this.#use = use;
    mkdirSync(this.work);
  }

  async run(task: ClientTask): Promise<ClientResult> {
    const taskDirectory = join(this.directory, `task ${++this.#count}`);
    const spool = join(taskDirectory, 'spool');
    mkdirSync(spool, { recursive: true });
    this.#writeInputs(task, taskDirectory);
    const { file, args } = this.#writeScript(task, taskDirectory);
    const child = spawn(file, args, {
      cwd: this.work,
      env: {
        ...process.env,
        OTTO_TASK: 'own',
        OTTO_TASK_DIR: taskDirectory,
        OTTO_RUN_DIR: this.directory,
        OTTO_WORKSPACE: this.work,
        OTTO_STORE: 'files',
        OTTO_SPOOL: spool,
        OTTO_CLIENTS: this.#use.clients,
        ...task.environment,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ended = await this.#finish(child, task);
    return { ...ended, ...(await readValues(spool, task.script)) };
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #writeInputs(task: ClientTask, taskDirectory: string): void {
    const inputs = Object.entries(task.inputs ?? {}).map(([name, text], index) => {
      const json = join(taskDirectory, `input.${index}.json`);
      writeFileSync(json, text);
      return { task: name, json, shm: null };
    });
    writeFileSync(
      join(taskDirectory, 'task.json'),
      JSON.stringify({ version: 1, inputs, addon: null, library: null }),
    );
    for (const [path, data] of Object.entries(task.files ?? {})) {
      mkdirSync(join(taskDirectory, path, '..'), { recursive: true });
      writeFileSync(join(taskDirectory, path), data);
    }
    const vars = Object.entries(task.vars ?? {}).map(([key, value]) =>
      [`${key}\0`, value, '\0'].map((x) => Buffer.from(x)),
    );
    if (vars.length > 0) writeFileSync(join(taskDirectory, 'spool/vars'), Buffer.concat(vars.flat()));
    const refs = Object.entries(task.refs ?? {}).map(([key, data], index) => {
      const path = join(taskDirectory, `spool/input-${index}`);
      writeFileSync(path, data);
      return `${key}\0${key.replace(/\..*/s, '')}\0${key.replace(/^[^.]*\./, '')}\0${path}\0`;
    });
    if (refs.length > 0) writeFileSync(join(taskDirectory, 'spool/refs'), refs.join(''));
  }

  #writeScript(task: ClientTask, taskDirectory: string): { file: string; args: readonly string[] } {
    const line = task.line ?? 3;
    const composed = composeScript(
      { language: task.language, text: task.script, interpreter: [], line, linesMatch: true },
      {
        taskDirectory,
        ottofilePath: join(this.work, 'otto.yml'),
        clientsDirectory: this.#use.clients,
        bash: this.#use.bash,
        variables: [],
        hasParamsToRead: false,
      },
    );
    if (composed === null) throw new Error('a task of a test has a script');
    writeFileSync(join(taskDirectory, composed.fileName), composed.text, { mode: composed.mode });
    writeFileSync(join(this.work, 'otto.yml'), composed.text.replace(/^(?=.)/gm, '      '));
    return composed.command;
  }

  #finish(
    child: ReturnType<typeof spawn>,
    task: ClientTask,
  ): Promise<Pick<ClientResult, 'end' | 'stdout' | 'stderr'>> {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(task.stdin ?? '');
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({
          end: signal ?? code,
          stdout: Buffer.concat(stdout),
          stderr: Buffer.concat(stderr).toString(),
        }),
      );
    });
  }
}

async function readValues(
  spool: string,
  scriptText: string,
): Promise<Pick<ClientResult, 'values' | 'types'>> {
  const found = await readSpool({ task: 'own' as TaskName, directory: spool, scriptText });
  const entries = found.map((value) => {
    const data = value.kind === 'inline' ? value.data : readFileSync(join(spool, value.fileName));
    const text = data.toString();
    const shown = Buffer.from(text).equals(data) ? text : `0x${data.toString('hex')}`;
    return { key: value.key, type: value.type, shown };
  });
  return {
    values: Object.fromEntries(entries.map(({ key, shown }) => [key, shown])),
    types: Object.fromEntries(entries.map(({ key, type }) => [key, type])),
  };
}
