import type { Outcome } from '../run/events.ts';

interface HintFor {
  readonly pattern: RegExp;
  readonly hint: (found: string) => string;
}

const TOO_LARGE_HINT =
  'an argument or variable of a program has at most 131,071 bytes: hand the value over by stdin or a file, as in "otto.get TASK.KEY | program"';

/** The store whose tasks have the variable. The socket is that of all stores that otto serves. */
const STORE_OF: Readonly<Record<string, string>> = {
  OTTO_DB: 'sqlite',
  OTTO_SHM_DIR: 'shm',
  OTTO_SOCKET: 'socket',
  OTTO_REDIS_SOCK: 'redis',
};

/** What bash says of mistakes in the use of INPUT and OUTPUT, which are variables to it; and the system to every language. */
const KNOWN: readonly HintFor[] = [
  // The system's refusal to start a program with so much, as bash and Python tell it, and as Node does.
  { pattern: /(Argument list too long| E2BIG)/, hint: () => TOO_LARGE_HINT },
  {
    pattern: /: (INPUT|OUTPUT): unbound variable$/,
    hint: (name) => `a value is written with braces: \${${name}[${name === 'INPUT' ? 'task.key' : 'key'}]}`,
  },
  {
    pattern: /: (OTTO_(?:DB|SHM_DIR|SOCKET|REDIS_SOCK)): unbound variable$/,
    hint: (name) =>
      `this task's store does not give it ${name}: "store: ${STORE_OF[name]}" at the task, or --store ${STORE_OF[name]}`,
  },
  {
    pattern: /: INPUT\[(.+)\]: unbound variable$/,
    hint: (key) =>
      `no task in "before" has set ${JSON.stringify(key)} ("otto data" shows what tasks have set; of a foreach each item has values of its own)`,
  },
  {
    pattern: /: (OUTPUT)(?:\[.*\]|\.).*: command not found$/,
    hint: () => 'a value is set without blanks around "=": OUTPUT[key]=value',
  },
  {
    pattern: /: (otto[-_. ](?:set|get)\S*): command not found$/,
    hint: () =>
      'the functions are called otto.set and otto.get; programs that a script starts do not have them',
  },
];

/** What the last lines of a failed task's output tell of the reason; undefined: nothing that otto knows. */
export function outputHint(lines: readonly Buffer[]): string | undefined {
  for (const line of lines.toReversed()) {
    const text = line.toString('utf8').trimEnd();
    for (const { pattern, hint } of KNOWN) {
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) return hint(found);
    }
  }
  return undefined;
}

/** bash ends at the first command that fails, and says nothing of it. */
export const SILENT_HINT =
  'it wrote nothing; a bash script ends at the first command that fails, and "set -x" in it shows which';

/** Whether a task that wrote nothing failed in a way that its reason does not tell. */
export const isUnexplained = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && outcome.reason.kind === 'exit' && outcome.reason.code === 1;
