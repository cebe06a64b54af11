import type { TaskName } from '../base/task-name.ts';
import { variablePart } from '../base/variable-part.ts';
import { dependenciesOf } from './links.ts';
import { quote } from './quote.ts';
import { type StreamReference, streamReferencesIn } from './stream-references.ts';
import type { LinkedTask, LinkedTasks } from './task-links.ts';

/** Reports streams that nobody could write or read, and variables of streams that a script will not have. */
export function checkStreams(linked: LinkedTasks): void {
  const tasks = [...linked];
  const dependencies = tasks.some(([, task]) => mayRead(task)) ? dependenciesOf(linked) : null;
  for (const [name, task] of tasks) {
    checkProducer(name, task);
    checkStdin(name, task, linked);
    if (mayRead(task)) checkVariables({ name, task, linked, dependencies: dependencies?.get(name) ?? [] });
  }
}

const mayRead = ({ draft }: LinkedTask): boolean =>
  streamReferencesIn(draft.definition.script?.text ?? '').length > 0;

function checkProducer(name: TaskName, { draft }: LinkedTask): void {
  const { streaming, script, interactive } = draft.definition;
  if (!streaming) return;
  const report = (problem: string, hint: string): void => draft.source.error(draft.offset, problem, hint);
  if (script === null)
    report(`task ${quote(name)} is streaming, but has no script that could write a stream`, 'add a script');
  if (interactive)
    report(
      `task ${quote(name)} is streaming and interactive; an interactive task runs alone, and nobody could read its stream`,
      'remove one of the two',
    );
}

function checkStdin(name: TaskName, { draft, stdinFrom }: LinkedTask, linked: LinkedTasks): void {
  if (draft.stdinFrom === null || stdinFrom === null) return;
  const { offset } = draft.stdinFrom;
  const { script, interactive } = draft.definition;
  const report = (problem: string, hint: string): void => draft.source.error(offset, problem, hint);
  if (script === null)
    report(`task ${quote(name)} has "stdin_from", but no script that could read it`, 'add a script');
  if (interactive)
    report(
      `task ${quote(name)} is interactive: its stdin is the terminal, not the stdout of ${quote(stdinFrom)}`,
      'remove "interactive" or "stdin_from"',
    );
  const producer = linked.get(stdinFrom)?.draft;
  const problem = producer && noStdout(producer);
  if (problem !== undefined)
    report(`task ${quote(name)} takes its stdin from ${quote(stdinFrom)}, ${problem[0]}`, problem[1]);
}

/** Why a task has no stdout that another one could read, and what to do. */
function noStdout({
  foreach,
  definition: { script, interactive, markers },
}: LinkedTask['draft']): readonly [string, string] | undefined {
  if (foreach !== null)
    return [
      'which is repeated: each of its items has a stdout of its own',
      'write "streaming: true" there, and read $OTTO_INPUT_STREAM_… of each item',
    ];
  if (script === null) return ['which has no script and so no stdout', 'name a task with a script'];
  if (markers)
    return [
      'which has markers on its stdout: it goes to the reader as it is, and none of them is a value',
      'remove "markers" there, or let it write a stream: "streaming: true"',
    ];
  return interactive
    ? ['which is interactive: its stdout is the terminal', 'remove "interactive" there']
    : undefined;
}

interface Reader {
  readonly name: TaskName;
  readonly task: LinkedTask;
  readonly linked: LinkedTasks;
  readonly dependencies: readonly TaskName[];
}

function checkVariables({ name, task, linked, dependencies }: Reader): void {
  const { draft } = task;
  const { script, streaming } = draft.definition;
  const producers = dependencies.filter((other) => linked.get(other)?.draft.definition.streaming);
  const isKnown = !producers.some((other) => linked.get(other)?.draft.foreach);
  for (const reference of streamReferencesIn(script?.text ?? '')) {
    const warn = (problem: string, hint: string): void =>
      draft.source.warn(draft.offset, `task ${quote(name)} reads ${reference.text}, ${problem}`, hint);
    if (reference.side === 'output') {
      if (!streaming)
        draft.source.warn(
          draft.offset,
          `task ${quote(name)} names ${reference.text}, which only a streaming task has`,
          'add "streaming: true"',
        );
    } else if (producers.length === 0)
      warn(
        'but no task that runs before it is streaming',
        'add "streaming: true" to the task that writes it',
      );
    else if (isKnown) checkInput(reference, producers.map(localNameIn(draft.prefix)), warn);
  }
}

const localNameIn =
  (prefix: string) =>
  (task: TaskName): string =>
    task.startsWith(prefix) ? task.slice(prefix.length) : task;

function checkInput(
  { producer }: StreamReference,
  producers: readonly string[],
  warn: (problem: string, hint: string) => void,
): void {
  const variables = producers.map((name) => `OTTO_INPUT_STREAM_${variablePart(name)}`).join(', ');
  if (producer === null) {
    if (producers.length > 1)
      warn(`but ${producers.length} tasks before it are streaming`, `name one of them: ${variables}`);
  } else if (!producers.some((name) => variablePart(name) === producer))
    warn('but no streaming task before it is called so', `it has ${variables}`);
}
