import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STORE_NAMES } from '../../src/data/store.ts';
import { CLI, Project } from './project.ts';

/** However a run ends, and in whatever store: nothing of it stays but its history. */

const SHARED = `/dev/shm/otto-${process.getuid?.() ?? 0}`;
/** What history is made of. */
const IN_RUN = /^(run\.json|values\.db|tasks)$/;
const IN_TASK =
  /^tasks\/[^/]+(\/(task\.json|script\.\w+|std(out|err)\.log|input\.[^/]+\.json|output\.[^/]+\.json|output\.[^/]+\.data(\/[^/]+)?))?$/;
/** What tasks of a killed run had set is kept as it lay: `otto data` reads it. */
const OF_KILLED =
  /^values\.large(\/\d+\.copy)?$|^tasks\/[^/]+\/(journal|outputs|refs|vars|sent|[\d-]+\.value|output\.[^/]+\.json\.new)$/;

const USE = `OUTPUT[small]="$OTTO_STORE"; head -c 3000000 /dev/zero | otto.set large -; otto.set late "$OTTO_TASK"`;

function ottofile(stores: readonly string[]): string {
  const store = (n: number): string => stores[n % stores.length] ?? 'files';
  const makers = stores.map((name, n) => `  make-${n}: {store: ${name}, bash: '${USE}'}`).join('\n');
  const before = `before: [${stores.map((_, n) => `make-${n}`)}]`;
  return `
tasks:
${makers}
  good: {store: ${store(1)}, ${before}, python: 'OUTPUT["all"] = [INPUT.view(k).nbytes for k in INPUT]'}
  bad: {store: ${store(2)}, ${before}, bash: '${USE}; exit 3'}
  hangs: {store: ${store(3)}, ${before}, bash: '${USE}; echo > ready; read -r line < gate'}
  next: {bash: 'true'}
`;
}

/** A project with a temporary directory of its own; its path is short, since sockets go there. */
class Scene implements Disposable {
  readonly project: Project;
  readonly temporary = mkdtempSync('/tmp/o-');

  constructor(stores: readonly string[]) {
    this.project = new Project({ 'otto.yml': ottofile(stores) });
    spawnSync('mkfifo', ['ready', 'gate'], { cwd: this.project.directory });
  }

  async run(task: string): Promise<number | null> {
    const [code] = await once(this.start(task), 'close');
    return code;
  }

  start(task: string): ChildProcess {
    return spawn(process.execPath, [CLI, 'run', '-q', task], {
      cwd: this.project.directory,
      env: { ...this.project.environment(), TMPDIR: this.temporary },
      stdio: 'ignore',
    });
  }

  /** Starts `hangs`, and ends otto by this signal when the task has set its values. */
  async endedBy(signal: NodeJS.Signals): Promise<void> {
    const otto = this.start('hangs');
    const closed = once(otto, 'close');
    readFileSync(this.project.path('ready'));
    otto.kill(signal);
    await closed;
  }

  /** The runs' directories in history. */
  get runs(): string[] {
    const folder = readdirSync(this.project.home).find((name) => /-[0-9a-f]{8}$/.test(name)) ?? '';
    const names = readdirSync(join(this.project.home, folder)).filter((name) => /^\d/.test(name));
    return names.map((name) => join(this.project.home, folder, name));
  }

  /** What of these runs is outside of history, or does not belong there. */
  leftovers(allowed = IN_RUN): string[] {
    const shared = existsSync(SHARED) ? readdirSync(SHARED) : [];
    const names = this.runs.map((run) => run.slice(run.lastIndexOf('/') + 1));
    const spill = join(this.project.home, 'spill');
    return [
      ...shared.filter((name) => names.some((run) => name.startsWith(run))).map((name) => join(SHARED, name)),
      ...readdirSync(this.temporary),
      ...(existsSync(spill) ? readdirSync(spill) : []),
      ...this.runs.flatMap((run) =>
        readdirSync(run, { recursive: true, encoding: 'utf8' }).filter(
          (path) => ![IN_RUN, IN_TASK, allowed].some((form) => form.test(path)),
        ),
      ),
      ...this.#processes(),
    ];
  }

  #processes(): string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        const at = readlinkSync(`/proc/${pid}/cwd`);
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return `${at} ${words}`.includes(this.project.directory) ? [words.replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
  }

  [Symbol.dispose](): void {
    this.project[Symbol.dispose]();
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

const MIXTURES = [
  ...STORE_NAMES.map((name) => [name, [name]] as const),
  ['all at once', STORE_NAMES] as const,
];

describe.each(MIXTURES)('store %s', (_, stores) => {
  test('a run that succeeds', async () => {
    using scene = new Scene(stores);
    expect(await scene.run('good')).toBe(0);
    expect(scene.leftovers()).toEqual([]);
  });

  test('a run that fails', async () => {
    using scene = new Scene(stores);
    expect(await scene.run('bad')).toBe(1);
    expect(scene.leftovers()).toEqual([]);
  });

  test('a run that is interrupted', async () => {
    using scene = new Scene(stores);
    await scene.endedBy('SIGINT');
    expect(scene.leftovers()).toEqual([]);
  });

  test('a run that is killed, when the next has begun', async () => {
    using scene = new Scene(stores);
    await scene.endedBy('SIGKILL');
    expect(await scene.run('next')).toBe(0);
    expect(scene.leftovers(OF_KILLED)).toEqual([]);
  });
});
