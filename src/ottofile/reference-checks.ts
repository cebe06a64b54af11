import type { TaskName } from '../base/task-name.ts';
import { dependenciesOf } from './links.ts';
import type { Located } from './model.ts';
import { placeIn } from './place.ts';
import { quote } from './quote.ts';
import { type Reference, referencesIn } from './references.ts';
import type { LinkedTasks } from './task-links.ts';
import { type TaskNames, taskNamed } from './task-names.ts';
import type { DraftTask } from './tasks.ts';

/** Reports what scripts visibly read and cannot get: keys that no producer declares, and values of tasks that do not run before. */
export function checkReferences(names: TaskNames, linked: LinkedTasks): void {
  const reading = [...linked].flatMap(([name, { draft }]) => {
    const { script, condition } = draft.definition;
    const references: readonly Reference[] = [
      ...(script === null ? [] : referencesIn(script.text, script.language)),
      ...(condition === null ? [] : referencesInCondition(condition)),
    ];
    return references.length === 0 ? [] : [{ name, draft, references }];
  });
  if (reading.length === 0) return;
  const dependencies = dependenciesOf(linked);
  for (const { name, draft, references } of reading) {
    const own = (dependencies.get(name) ?? []).flatMap((task) => producersOf(names, task, draft.prefix));
    for (const reference of references) checkReference({ names, name, draft, producers: own }, reference);
  }
}

/** INPUT in CEL looks as it does in Node. `"a.b" in INPUT` asks whether there is one. */
function referencesInCondition(condition: Located): readonly Reference[] {
  return referencesIn(condition.text, 'node').map((reference) => ({
    ...reference,
    at: placeIn(condition, reference.index),
    mayMiss: reference.mayMiss || GUARD.test(condition.text),
  }));
}

const GUARD = /\bin\s+INPUT\b|\bINPUT\s*\[\s*\?|\bINPUT\s*\.\s*\?/;

/** A dependency under one of the names that the script may call it by. */
interface Producer {
  readonly spelled: string;
  readonly task: TaskName;
  readonly isRepeated: boolean;
  readonly keys: readonly string[] | null;
}

function producersOf(names: TaskNames, task: TaskName, prefix: string): Producer[] {
  const draft = names.tasks.get(task);
  const keys = draft?.definition.outputs?.map(({ key }) => key) ?? null;
  const isRepeated = draft?.foreach !== null;
  const spelled = prefix !== '' && task.startsWith(prefix) ? [task.slice(prefix.length), task] : [task];
  return spelled.map((spelling) => ({ spelled: spelling, task, isRepeated, keys }));
}

interface Reader {
  readonly names: TaskNames;
  readonly name: TaskName;
  readonly draft: DraftTask;
  readonly producers: readonly Producer[];
}

function checkReference(reader: Reader, reference: Reference): void {
  const fitting = reader.producers.flatMap((producer) => {
    const key = keyOf(producer, reference);
    return key === null ? [] : [{ producer, key }];
  });
  if (fitting.length === 0) warnOfStranger(reader, reference);
  if (fitting.some(({ producer, key }) => isDeclared(producer, key))) return;
  const [first] = fitting.toSorted((a, b) => b.producer.spelled.length - a.producer.spelled.length);
  if (first !== undefined) reportUndeclared(reader, { reference, ...first });
}

/** What the reference names of this producer; null: it names another task. */
function keyOf({ spelled, isRepeated }: Producer, { full, task, key }: Reference): string | null {
  if (full === null) {
    const isItem = isRepeated && task?.startsWith(`${spelled}:`) === true;
    return task === spelled || isItem ? key : null;
  }
  if (full.startsWith(`${spelled}.`)) return full.slice(spelled.length + 1);
  // An item's name may hold dots itself: what is behind the last one is certainly of the key.
  return isRepeated && full.startsWith(`${spelled}:`) && full.includes('.')
    ? full.slice(spelled.length + 1)
    : null;
}

const isDeclared = ({ keys, isRepeated }: Producer, key: string): boolean =>
  keys === null || keys.some((declared) => key === declared || (isRepeated && key.endsWith(`.${declared}`)));

function reportUndeclared(
  { name, draft }: Reader,
  {
    reference,
    producer,
    key,
  }: { readonly reference: Reference; readonly producer: Producer; readonly key: string },
): void {
  const { source } = draft;
  const near = source.didYouMean(key, producer.keys ?? []);
  const problem = `task ${quote(name)} reads ${quote(shown(reference))}, which ${quote(producer.task)} does not declare`;
  const report = reference.mayMiss ? 'warn' : 'error';
  source[report](
    offsetOf(draft, reference),
    problem,
    near ?? `add it to the outputs of ${quote(producer.task)}`,
  );
}

const shown = ({ full, task, key }: Reference): string => full ?? `${task}.${key}`;

function warnOfStranger({ names, name, draft, producers }: Reader, reference: Reference): void {
  const task = strangerIn(names, draft.prefix, reference);
  if (task === undefined || task === name || producers.some((producer) => producer.task === task)) return;
  const problem = `task ${quote(name)} reads ${quote(shown(reference))}, but ${quote(task)} is no direct dependency`;
  draft.source.warn(offsetOf(draft, reference), problem, `write "before: [${task}]" to get its values`);
}

function strangerIn(names: TaskNames, prefix: string, { full, task }: Reference): TaskName | undefined {
  if (full === null) return taskNamed(names, prefix, task ?? '');
  for (let dot = full.lastIndexOf('.'); dot > 0; dot = full.lastIndexOf('.', dot - 1)) {
    const found = taskNamed(names, prefix, full.slice(0, dot));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where a reference stands in the file; in texts whose lines are not those of the file, where the script begins. */
function offsetOf(
  { source, definition: { script }, scriptAt }: DraftTask,
  { index, text, at }: Reference,
): number {
  if (at !== undefined) return source.offsetOf(at.line) + at.column - 1;
  if (script?.linesMatch) {
    const lines = script.text.slice(0, index).split('\n');
    const whole = script.text.split('\n')[lines.length - 1] ?? '';
    const line = script.line + lines.length - 1;
    const column = source.lineAt(line).indexOf(whole);
    if (column >= 0) return source.offsetOf(line) + column + (lines.at(-1)?.length ?? 0);
  }
  const found = source.text.indexOf(text, scriptAt?.start ?? 0);
  return found >= 0 && found < (scriptAt?.end ?? 0) ? found : (scriptAt?.start ?? 0);
}
