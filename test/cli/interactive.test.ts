import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, Project } from './project.ts';

const IN_TERMINAL = join(import.meta.dirname, '../support/in-terminal.py');

interface Step {
  readonly expect: string;
  readonly type?: string;
  readonly signal?: NodeJS.Signals;
}

interface Seen {
  readonly screen: string;
  readonly code: number | null;
  readonly echoes: boolean;
  /** Steps that it did not come to. */
  readonly open: number;
}

/** `otto run` in a terminal of its own. */
function inTerminal(project: Project, args: readonly string[], steps: readonly Step[]): Seen {
  const { stdout, stderr } = spawnSync(
    'python3',
    [IN_TERMINAL, JSON.stringify(steps), process.execPath, CLI, 'run', ...args],
    { cwd: project.directory, env: project.environment(), encoding: 'utf8' },
  );
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Seen;
}

const CTRL_C = '\u0003';

const tasks = (script: string, more = ''): Project =>
  new Project({
    'otto.yml': `tasks:\n  ask:\n    interactive: true\n    bash: |\n${script.replace(/^/gm, '      ')}\n${more}`,
  });

function runOf(project: Project): string {
  const folder = readdirSync(project.home).find((name) => /-[0-9a-f]{8}$/.test(name)) ?? '';
  return join(project.home, folder, 'latest');
}

describe('an interactive task', () => {
  test('has the terminal: it asks, is answered, and its value goes on; its output is not kept', () => {
    using project = tasks(
      '[[ -t 0 && -t 1 && -t 2 ]] && echo terminal\nread -rp "name? " name\nOUTPUT[name]=$name',
      '  next: {before: [ask], bash: "echo hello ${INPUT[ask.name]}"}',
    );
    const seen = inTerminal(project, ['next'], [{ expect: 'name? ', type: 'Ada\n' }]);
    expect(seen).toMatchObject({ code: 0, open: 0 });
    expect(seen.screen).toContain('terminal\r\n');
    expect(seen.screen).toContain('hello Ada');
    const log = readFileSync(join(runOf(project), 'tasks/ask/stdout.log'), 'utf8');
    expect(log).toBe(
      'otto: this task is interactive: what it printed went to the terminal and was not kept\n',
    );
  });

  test('gets Ctrl-C: one that lives with it goes on, and so does the run', () => {
    using project = tasks(
      'trap "echo caught" INT\nsh -c "echo ready; exec sleep 1000" || :\nsh -c "echo again; exec sleep 1000" || :',
      '  next: {before: [ask], bash: "echo next ran"}',
    );
    const seen = inTerminal(
      project,
      ['next'],
      [
        { expect: 'ready', type: CTRL_C },
        { expect: 'again', type: CTRL_C },
      ],
    );
    expect(seen).toMatchObject({ code: 0, open: 0 });
    expect(seen.screen).toContain('next ran');
  });

  test('that dies of Ctrl-C has been interrupted, and the run with it', () => {
    using project = tasks('echo ready\nsleep 1000', '  next: {before: [ask], bash: "echo next ran"}');
    const seen = inTerminal(project, ['next'], [{ expect: 'ready', type: CTRL_C }]);
    expect(seen).toMatchObject({ code: 130, open: 0 });
    expect(seen.screen).toContain('was interrupted');
    expect(seen.screen).not.toContain('next ran');
    expect(JSON.parse(readFileSync(join(runOf(project), 'run.json'), 'utf8'))).toMatchObject({
      result: 'interrupted',
    });
  });

  test('is ended by a SIGTERM to otto', () => {
    using project = tasks('trap "echo asked; exit" TERM\necho ready\nsleep 1000 & wait');
    const seen = inTerminal(project, ['ask'], [{ expect: 'ready', signal: 'SIGTERM' }]);
    expect(seen).toMatchObject({ code: 143, open: 0 });
    expect(seen.screen).toContain('asked');
  });

  test('that is killed leaves the terminal as it was', () => {
    using project = tasks(
      'stty -echo raw\nprintf ready\nkill -KILL $$',
      "  look: {interactive: true, bash: \"stty -a | tr ';' ' ' | grep -oE -e '-?(echo|icanon) '\"}",
    );
    const seen = inTerminal(project, ['-k', '-j1', 'ask', 'look'], []);
    expect(seen).toMatchObject({ code: 1, echoes: true });
    expect(seen.screen).toContain('ready');
    expect(seen.screen.match(/-?(echo|icanon) \r/g)).toEqual(['icanon \r', 'echo \r']);
  });

  test('can be ended by its timeout and tried again', () => {
    using project = tasks(
      'if [[ $OTTO_ATTEMPT == 1 ]]; then read -r line; fi\necho attempt $OTTO_ATTEMPT',
      '    timeout: 500ms\n    retries: {times: 1, delay: 1ms}',
    );
    const seen = inTerminal(project, ['ask'], []);
    expect(seen).toMatchObject({ code: 0 });
    expect(seen.screen).toContain('attempt 2');
  });

  test('without a terminal has what otto has', () => {
    using project = tasks('cat; echo problem >&2');
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', 'ask'], {
      cwd: project.directory,
      env: project.environment(),
      input: 'typed',
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, 'typed']);
    expect(stderr).toContain('problem\n');
  });

  test('that cannot be started says so', () => {
    using project = tasks('true', '    dir: missing');
    const { code, stderr } = project.otto(['run', 'ask']);
    expect(code).toBe(1);
    expect(stderr).toContain('could not be started');
  });
});
