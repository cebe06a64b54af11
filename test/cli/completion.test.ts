import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replacement, splitLine } from '../../src/cli/completion/shell-words.ts';
import { STORE_CHOICES } from '../../src/data/store.ts';
import { CLI, type Project, project } from './project.ts';

const OTTOFILE = `
tasks:
  "lib:build": {help: "builds\\nit", bash: "true"}
  "my task": {bash: "true"}
  "it's $HOME": {bash: "true"}
  "ünï": {bash: "true"}
  clean: {bash: "true"}
  deploy:
    params:
      --target|-t: {choices: [prod, "st age"], help: where to}
      --dry-run: {default: false}
      what: {choices: [site, shop]}
    bash: "true"
`;
const BREAKS = ' \t\n"\'@><=;|&(:';

/** What bash, zsh and fish are told, without the help. */
function asked(dir: Project, ...words: string[]): string[] {
  const { code, stdout, stderr } = dir.otto(['Completion', '--complete', 'zsh', '--', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('\t') ? line : (line.split('\t')[0] as string)));
}

describe('what can stand at the end of a line', () => {
  test.each([
    [
      ['run', ''],
      ['lib:build', 'my task', "it's $HOME", 'ünï', 'clean', 'deploy'],
    ],
    [['run', '--store', ''], [...STORE_CHOICES]],
    [
      ['-o', ''],
      ['', '\tfiles'],
    ],
    [
      ['deploy', '-'],
      ['--target', '--dry-run', '--help'],
    ],
    [
      ['deploy', '--target', ''],
      ['prod', 'st age'],
    ],
    [
      ['deploy', '-t', ''],
      ['prod', 'st age'],
    ],
    [
      ['deploy', '--target='],
      ['--target=prod', '--target=st age'],
    ],
    [
      ['deploy', ''],
      ['site', 'shop'],
    ],
    [
      ['deploy', '--target', 'deploy', ''],
      ['site', 'shop'],
    ],
    [
      ['deploy', '--dry-run', 'site', ''],
      ['lib:build', 'my task', "it's $HOME", 'ünï', 'clean', 'deploy'],
    ],
    [
      ['graph', '--format', ''],
      ['ascii', 'dot', 'mermaid', 'svg'],
    ],
    [
      ['history', '--result', ''],
      ['succeeded', 'failed', 'interrupted', 'running'],
    ],
    [
      ['history', '--task', ''],
      ['lib:build', 'my task', "it's $HOME", 'ünï', 'clean', 'deploy'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    // There is a task of that name; the command is the capitalised word.
    [['clean', '-'], ['--help']],
  ])('%j', (words, expected) => {
    using dir = project(OTTOFILE);
    expect(asked(dir, ...words)).toEqual(expected.filter((word) => word !== ''));
  });

  test('first tasks and commands, and their help on one line', () => {
    using dir = project(OTTOFILE);
    expect(asked(dir, '')).toEqual(
      expect.arrayContaining(['deploy', 'my task', 'graph', 'doctor', 'completion']),
    );
    expect(dir.otto(['Completion', '--complete', 'fish', '--', 'run', '']).stdout).toContain(
      'lib:build\tbuilds\n',
    );
    expect(asked(dir, 'Clean', '--k')).toContain('--keep-days');
  });

  test('an ottofile with errors still gives names, and none gives commands', () => {
    using dir = project(`${OTTOFILE}  broken: {bash: x, python: y, before: [nothing]}\n`);
    expect(asked(dir, 'run', '')).toContain('my task');
    dir.write('otto.yml', 'tasks: [[[ {{{');
    expect(asked(dir, '')).toContain('graph');
    dir.write('sub/x', '');
    expect(dir.otto(['Completion', '--complete', 'zsh', '--', '-o', 'no-such-file', 'run', ''])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

test('a line is split as bash splits it', () => {
  const split = (line: string) => {
    const { words, last } = splitLine(line, BREAKS);
    return [...words, last.text];
  };
  expect(split('otto run  my\\ task "a b"c \'d"\' x')).toEqual(['otto', 'run', 'my task', 'a bc', 'd"', 'x']);
  expect(split('otto ')).toEqual(['otto', '']);
  expect(split('otto "lib:b')).toEqual(['otto', 'lib:b']);
  expect(splitLine('otto lib:b', BREAKS).last).toEqual({ text: 'lib:b', open: '', kept: 'lib:' });
  expect(splitLine('otto lib:b', ' ').last.kept).toBe('');
});

test.each(["it's $HOME", 'a "b" `c` \\', 'x*?[y]{z}~!#&;|<>()', 'tab\there', 'ünï 名前'])(
  'what replaces the word is read by bash as %j',
  (text) => {
    for (const open of ['', "'", '"'] as const) {
      const quoted = `${open}${replacement(text, { text: '', open, kept: '' })}${open}`;
      const { stdout } = spawnSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' });
      expect(stdout).toBe(text);
    }
  },
);

/** How each shell is started, and loads the completion. */
const SHELLS = {
  bash: (dir: Project) => {
    dir.write(
      'rc',
      'PS1="READY>"; show() { printf "ANSWER"; printf "<%s>" "$@"; echo; }\neval "$(otto completion bash)"\n',
    );
    return ['bash', '--noprofile', '--rcfile', dir.path('rc'), '-i'];
  },
  zsh: (dir: Project) => {
    dir.write(
      'zsh/.zshrc',
      `PS1='READY>'; show() { printf ANSWER; printf '<%s>' "$@"; echo }\nautoload -U compinit; compinit -D\nsource <(otto completion zsh)\n`,
    );
    return ['env', `ZDOTDIR=${dir.path('zsh')}`, 'zsh', '-d', '-i'];
  },
  fish: (dir: Project) => {
    dir.write(
      'init.fish',
      'function fish_prompt; echo -n "READY>"; end\nfunction fish_greeting; end\nfunction show; printf "ANSWER"; printf "<%s>" $argv; echo; end\notto completion fish | source\n',
    );
    return ['fish', '--no-config', '-i', '-C', `source ${dir.path('init.fish')}`];
  },
} as const;

/** Completes what was typed, then has the shell show what words it is. */
function typed(shell: keyof typeof SHELLS, text: string, ottofile = OTTOFILE): string {
  using dir = project(ottofile);
  mkdirSync(dir.path('bin'));
  symlinkSync(CLI, dir.path('bin/otto'));
  const script = join(import.meta.dirname, 'type_in_shell.py');
  const keys = `${text}\t\u0001show \r`;
  const { stdout, stderr } = spawnSync('python3', [script, keys, ...SHELLS[shell](dir)], {
    cwd: dir.directory,
    encoding: 'utf8',
    env: {
      PATH: `${dir.path('bin')}:${process.env.PATH}`,
      HOME: dir.directory,
      TERM: 'xterm',
      LC_ALL: 'C.UTF-8',
    },
  });
  return stdout || stderr;
}

/** Names and choices with all that a shell reads something into. */
const ODD = `
tasks:
  "api:my task's":
    params: {--how: {choices: ['say "hi"', "x:y z", "it's $5"]}}
    bash: "true"
  "other": {params: {word: {choices: ["a'b:c", "d*"]}}, bash: "true"}
`;

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  test.each([
    ['otto run ap', "<otto><run><api:my task's>"],
    ['otto run api:m', "<otto><run><api:my task's>"],
    ['otto "api:my task\'s" --how s', '<otto><api:my task\'s><--how><say "hi">'],
    ['otto "api:my task\'s" --how x', "<otto><api:my task's><--how><x:y z>"],
    ['otto "api:my task\'s" --how x:y', "<otto><api:my task's><--how><x:y z>"],
    ['otto "api:my task\'s" --how i', "<otto><api:my task's><--how><it's $5>"],
    ['otto "api:my task\'s" --ho', "<otto><api:my task's><--how>"],
    ['otto other a', "<otto><other><a'b:c>"],
    ['otto other d', '<otto><other><d*>'],
  ])('odd names: %j becomes %s', (text, expected) => {
    expect(typed(shell, text, ODD)).toBe(expected);
  });

  test.each([
    ['otto run lib:b', '<otto><run><lib:build>'],
    ['otto run my', '<otto><run><my task>'],
    ['otto run it', "<otto><run><it's $HOME>"],
    ['otto run ün', '<otto><run><ünï>'],
    ['otto deploy --target st', '<otto><deploy><--target><st age>'],
    ['otto deploy --dr', '<otto><deploy><--dry-run>'],
    ['otto grap', '<otto><graph>'],
    ['otto -o ott', '<otto><-o><otto.yml>'],
  ])('%j becomes %s', (text, expected) => {
    expect(typed(shell, text)).toBe(expected);
  });
});

test('in bash a word in quotation marks is completed within them', () => {
  expect(typed('bash', 'otto run "lib:b')).toBe('<otto><run><lib:build>');
  expect(typed('bash', "otto run 'my")).toBe('<otto><run><my task>');
});
