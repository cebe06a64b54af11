import type { TaskName } from '../base/task-name.ts';
import { variablePart } from '../base/variable-part.ts';
import { referencesIn } from '../ottofile/references.ts';
import { namesStreamOf } from '../ottofile/stream-references.ts';
import type { Plan, PlannedTask } from './plan.ts';

/** What one task reads of another while both run, or after that. */
export interface StreamEdge {
  readonly producer: TaskName;
  readonly consumer: TaskName;
  /** `stream`: what the producer writes to its stream. `stdout`: its stdout, which is the consumer's stdin. */
  readonly what: 'stream' | 'stdout';
  /** The consumer says that it reads it: by the name of its variable, as its stdin, or by being streaming itself. */
  readonly isWanted: boolean;
  /** The consumer may start as soon as the producer has started; else when it has ended, and then it reads what was kept for it. */
  readonly isLive: boolean;
}

/** Whether any task of the plan may write a stream. Most plans have none, and nothing further is asked then. */
export const hasStreams = ({ tasks }: Plan): boolean =>
  [...tasks.values()].some(({ definition }) => definition.streaming || Boolean(definition.stdinFrom));

/** The streams that a task of the plan can read, in the order of its dependencies. */
export function streamsInto(plan: Plan, name: TaskName): readonly StreamEdge[] {
  const consumer = plan.tasks.get(name);
  return consumer === undefined || consumer.role === 'foreach' ? [] : edgesInto(plan, consumer);
}

function edgesInto(plan: Plan, consumer: PlannedTask): readonly StreamEdge[] {
  const { name, definition } = consumer;
  if (consumer.role !== 'foreach' && !definition.script) return [];
  return (plan.reads.get(name) ?? []).flatMap((other) => {
    const producer = plan.tasks.get(other);
    if (producer === undefined || producer.role === 'foreach') return [];
    const isLive = mayMeet(plan, producer, consumer);
    const edge = { producer: other, consumer: name };
    // Of a `foreach` nobody knows before its items.
    const isWanted = consumer.role === 'foreach' || wantsStream(consumer, producer);
    const stdout = { ...edge, what: 'stdout', isWanted: true, isLive } as const;
    const stream = { ...edge, what: 'stream', isWanted, isLive: isLive && isWanted } as const;
    return [
      ...(definition.stdinFrom === other ? [stdout] : []),
      ...(producer.definition.streaming ? [stream] : []),
    ];
  });
}

/** The producers that a task need not wait for the end of. */
export function liveProducers(plan: Plan, name: TaskName): readonly TaskName[] {
  const edges = streamsInto(plan, name);
  return [...new Set(edges.filter(({ isLive }) => isLive).map(({ producer }) => producer))];
}

/** Who reads what a task writes. A `foreach` whose items are not known yet stands for them. */
export const streamsOutOf = (plan: Plan, name: TaskName): readonly StreamEdge[] =>
  (plan.readers.get(name) ?? []).flatMap((reader) => {
    const consumer = plan.tasks.get(reader);
    if (consumer === undefined || (consumer.role === 'foreach' && plan.items.has(reader))) return [];
    return edgesInto(plan, consumer).filter(({ producer }) => producer === name);
  });

/** Whether what a task does depends on a stream, or others on one of it: nobody keeps what went through it, so it always runs. */
export const usesStreams = (plan: Plan, name: TaskName): boolean =>
  [...streamsInto(plan, name), ...streamsOutOf(plan, name)].some(({ isWanted }) => isWanted);

/** A task that is tried again begins its stream anew, and values are there only when a task has ended. */
function mayMeet(plan: Plan, producer: PlannedTask, consumer: PlannedTask): boolean {
  if (consumer.role === 'foreach') return false;
  const waitsItself = plan.dependencies.get(consumer.name)?.includes(producer.name) === true;
  return waitsItself && producer.definition.retries === null && !readsValues(consumer, producer.name);
}

function wantsStream({ definition }: PlannedTask, { name }: PlannedTask): boolean {
  const text = definition.script?.text ?? '';
  return definition.streaming || namesStreamOf(text, localName(definition, name));
}

function readsValues({ definition }: PlannedTask, task: TaskName): boolean {
  const { script, condition } = definition;
  const name = localName(definition, task);
  if (condition?.text.includes('INPUT')) return true;
  if (script === null || script.language === 'other') return false;
  if (script.text.includes(`OTTO_IN_${variablePart(name)}_`)) return true;
  return referencesIn(script.text, script.language).some(
    ({ full, task: of }) =>
      of === name || of === task || full?.startsWith(`${name}.`) || full?.startsWith(`${task}.`),
  );
}

/** As the files of the tasks allow: names of one's own file go without its prefix. */
function localName({ file }: PlannedTask['definition'], task: TaskName): string {
  return task.startsWith(file.prefix) ? task.slice(file.prefix.length) : task;
}
