import { isUtf8 } from 'node:buffer';
import { promises, readFileSync, statSync } from 'node:fs';
import { attempt, attemptAsync } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { orderByPlace } from '../bash-order.ts';
import { type JournalValue, lastWins, parseJournal } from '../journal.ts';
import type { Entry } from '../value.ts';

export const OUT_PREFIX = 'OTTO_OUT_';

export interface ExportedFile {
  readonly task: TaskName;
  readonly path: string;
  /** The variables of this kind that the task was started with: what is still the same is nothing that it has set. */
  readonly given: Readonly<Record<string, string>>;
  readonly scriptText: string;
}

const SMALL_BYTES = 1024 * 1024;
const NAMED = new RegExp(String.raw`\b${OUT_PREFIX}(\w+)`, 'g');

/** The variables `OTTO_OUT_*` that a script had exported when it ended; null when there were none. */
export async function readExported({
  task,
  path,
  given,
  scriptText,
}: ExportedFile): Promise<readonly Entry[] | null> {
  const stat = attempt('read', path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) return null;
  const bytes =
    stat.size <= SMALL_BYTES
      ? attempt('read', path, () => readFileSync(path))
      : await attemptAsync('read', path, () => promises.readFile(path));
  const found = new Map<string, Buffer>();
  for (const value of lastWins(parseJournal(bytes, { task, fileName: 'exported' })))
    if (isSet(value, given)) found.set(value.key, value.data);
  // An environment has no order of its own.
  const places = [...scriptText.matchAll(NAMED)].map(([, key = '']) => key);
  return orderByPlace([...found.keys()], places).map((key) =>
    entryOf(key, found.get(key) ?? Buffer.alloc(0)),
  );
}

/** Whether the task itself has given the variable this value. */
function isSet(
  value: JournalValue,
  given: ExportedFile['given'],
): value is JournalValue & { kind: 'inline' } {
  return value.kind === 'inline' && given[`${OUT_PREFIX}${value.key}`] !== value.data.toString();
}

const entryOf = (key: string, data: Buffer): Entry => ({
  key,
  type: isUtf8(data) ? 'string' : 'bytes',
  bytes: data.length,
  source: { kind: 'memory', data },
});
