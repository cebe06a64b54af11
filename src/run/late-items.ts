import { type Failure, FailureError } from '../base/failure.ts';
import { err, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import { bytesOf, resolveTypeOf } from '../data/entry-bytes.ts';
import { type ListValue, splitJsonList } from '../data/json-list.ts';
import type { RunData } from '../data/run-data.ts';
import type { Entry } from '../data/value.ts';
import { type Item, isRepeated, type NamedItem, nameItems } from '../graph/foreach.ts';
import type { Plan } from '../graph/plan.ts';
import { itemId } from '../ottofile/foreach.ts';
import type { Diagnostic, ForeachDefinition, Ottofile } from '../ottofile/model.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';

export interface ItemSources {
  readonly plan: Plan;
  readonly data: RunData;
  readonly ottofile: Pick<Ottofile, 'tasks'>;
}

/** The items of a `foreach` with `items_from`, whose dependencies have ended; or why they cannot be had. */
export async function lateItems(
  { plan, data, ottofile }: ItemSources,
  parent: TaskName,
): Promise<Result<readonly NamedItem[], Failure>> {
  const definition = plan.tasks.get(parent)?.definition;
  if (definition === undefined || !isRepeated(definition))
    throw new Error(`"${parent}" is repeated for nothing`);
  try {
    const list = await readList(definition.foreach, { plan, data });
    if (!list.ok) return err(failureOf(list.error));
    const named = nameItems(
      definition,
      itemsOf(list.value),
      (name) => ottofile.tasks.has(name) || plan.tasks.has(name),
    );
    return named.ok ? named : err(failureOf(named.error));
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return err(error.failure);
  }
}

async function readList(
  { source, at }: ForeachDefinition,
  { plan, data }: Pick<ItemSources, 'plan' | 'data'>,
): Promise<Result<readonly ListValue[], Diagnostic>> {
  if (source.kind !== 'items_from') throw new Error('the items are known before the run');
  const { task, key } = source;
  const entriesOf = (tasks: readonly TaskName[]): Entry[] =>
    data.valuesOf(tasks).flatMap(({ entries }) => entries.filter((entry) => entry.key === key));
  const subject = `"items_from" names ${quote(`${task}.${key}`)}`;
  const items = plan.items.get(task);
  const entries = entriesOf(items ?? [task]);
  if (entries.length === 0 && items?.length !== 0)
    return err(errorAt(at, `${subject}, but task ${quote(task)} has not set ${quote(key)}`));
  const list = items === undefined ? await listIn(entries[0]) : await listOf(entries);
  return list.ok ? list : err(errorAt(at, `${subject}, which is no list`, LIST_HINT));
}

const listIn = async (entry: Entry | undefined): Promise<Result<readonly ListValue[], 'no-list'>> =>
  entry?.type === 'json' ? splitJsonList((await bytesOf(entry)).toString()) : err('no-list');

/** What the items of a `foreach` have set, as the one list that Python and Node get. Bytes have no text. */
async function listOf(entries: readonly Entry[]): Promise<Result<readonly ListValue[], 'no-list'>> {
  const texts: string[] = [];
  for (const entry of entries) {
    const data = await bytesOf(entry);
    const type = resolveTypeOf(entry.type, data);
    if (type === 'bytes') return err('no-list');
    texts.push(type === 'json' ? data.toString() : JSON.stringify(data.toString()));
  }
  return splitJsonList(`[${texts.join()}]`);
}

const LIST_HINT =
  'set a list in Python or Node, or declare it in "outputs" with the type "list", so that bash can set it as JSON';

/** Texts are their own names; of a list with objects or lists the items are numbered. */
function itemsOf(values: readonly ListValue[]): Item[] {
  const width = String(values.length - 1).length;
  const areNumbered = values.some(({ kind }) => kind === 'structure');
  return values.map(({ kind, text }, index) => {
    const value = kind === 'string' ? String(JSON.parse(text)) : text;
    return { id: areNumbered ? String(index).padStart(width, '0') : itemId(value), value };
  });
}

const failureOf = ({ file, at, sourceLine, message, hint }: Diagnostic): Failure => ({
  kind: 'ottofile',
  at: { file, ...at, sourceLine },
  message,
  ...(hint === undefined ? {} : { hint }),
});
