import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

/** One `$ command` of a document and what the document says it prints (stdout and stderr together). */
export interface Step {
  readonly command: string;
  readonly expected: readonly string[];
  /** Line of the document, from 1. */
  readonly line: number;
}

/** Files that a document shows and the commands it runs on them, up to the next file. */
export interface Session {
  readonly files: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
  readonly line: number;
}

const FENCE = /^```(\w+)(?: +(\S+))?$/;

/**
 * Reads the sessions of a Markdown document: a block "```yaml otto.yml" (or another language and file name) is a file; a
 * block "```console" holds commands after `$ ` and their output. A file after a command begins a new session.
 */
export function sessionsOf(markdown: string): Session[] {
  const sessions: { files: Map<string, string>; steps: Step[]; line: number }[] = [];
  for (const block of blocksOf(markdown)) {
    if (block.language !== 'console' && block.name === undefined) continue;
    let current = sessions.at(-1);
    if (block.name !== undefined) {
      if (current === undefined || current.steps.length > 0) {
        current = { files: new Map(), steps: [], line: block.line };
        sessions.push(current);
      }
      current.files.set(block.name, `${block.lines.join('\n')}\n`);
    } else current?.steps.push(...stepsOf(block));
  }
  return sessions.filter((session) => session.steps.length > 0);
}

/** The commands of a document that shows files which are there already. */
export const stepsIn = (markdown: string): Step[] =>
  blocksOf(markdown).flatMap((block) => (block.language === 'console' ? stepsOf(block) : []));

interface Block {
  readonly language: string;
  readonly name: string | undefined;
  readonly lines: string[];
  readonly line: number;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (open !== null && text === '```') {
      blocks.push(open);
      open = null;
    } else if (open !== null) open.lines.push(text);
    else {
      const match = FENCE.exec(text);
      if (match?.[1] !== undefined) open = { language: match[1], name: match[2], lines: [], line: index + 1 };
    }
  }
  return blocks;
}

function stepsOf(block: Block): Step[] {
  const steps: { command: string; expected: string[]; line: number }[] = [];
  for (const [index, text] of block.lines.entries()) {
    if (text.startsWith('$ '))
      steps.push({ command: text.slice(2), expected: [], line: block.line + index + 1 });
    else steps.at(-1)?.expected.push(text);
  }
  return steps;
}

/** True when `actual` is what the document shows: `…` stands for any text in a line, alone for any number of lines. */
export function matches(expected: readonly string[], actual: string): boolean {
  const pattern = expected
    .map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(escapeRegExp).join('.*')}\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(actual === '' || actual.endsWith('\n') ? actual : `${actual}\n`);
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export interface Ran {
  readonly step: Step;
  readonly printed: string;
}

/** Runs a session in a new directory named `project`, with `otto` on PATH and a history of its own. */
export function runSession(session: Session): Ran[] {
  const root = mkdtempSync(join(tmpdir(), 'otto-docs-'));
  try {
    const project = join(root, 'project');
    mkdirSync(project);
    for (const [name, text] of session.files) {
      mkdirSync(dirname(join(project, name)), { recursive: true });
      writeFileSync(join(project, name), text);
    }
    return runSteps(session.steps, project, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs commands one after the other in `project`; `root`, a private directory, gets `otto` and a history. */
export function runSteps(steps: readonly Step[], project: string, root: string): Ran[] {
  mkdirSync(join(root, 'bin'));
  symlinkSync(resolve(import.meta.dirname, '../../dist/cli.js'), join(root, 'bin', 'otto'));
  // Programs import otto as if npm had installed it.
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(resolve(import.meta.dirname, '../..'), join(root, 'node_modules', 'otto'));
  let status = 0;
  return steps.map((step) => {
    const result = spawnSync('bash', ['-c', `(exit ${status}); ${step.command}`], {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(root),
    });
    status = result.status ?? 1;
    return { step, printed: result.stdout + result.stderr };
  });
}

function cleanEnvironment(root: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OTTO'));
  return {
    ...Object.fromEntries(own),
    PATH: [join(root, 'bin'), process.env.PATH].join(delimiter),
    OTTO_HOME: join(root, 'home'),
  };
}
