import { createHasher, KeptFiles } from '../../data/checksum.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import { piecesOf, settledType } from '../../data/value-bytes.ts';
import { valueJson } from '../../data/value-json.ts';
import { verifyValue } from '../../history/check-values.ts';
import type { RunValues, StoredValue } from '../../history/run-values.ts';
import type { RunPlace } from '../../history/state-tree.ts';
import { quote } from '../../ottofile/quote.ts';
import { type DataContext, scopeOf, withValues } from './data-context.ts';
import { findRun, openRun, type RunScope } from './find-run.ts';
import { findSpelled, findValue } from './find-value.ts';
import { misuse } from './state-context.ts';

type Pieces = AsyncIterable<string | Buffer>;

/**
 * `otto data get [RUN] TASK KEY` or `[RUN] TASK.KEY`: the value's exact bytes, or its JSON text and a newline. That they are not
 * what was recorded turns out when they have been written.
 */
export async function dataGet(context: DataContext, words: readonly string[]): Promise<number> {
  const { place, find } = selection(scopeOf(context), words);
  const { flags } = context.options;
  return withValues(context, openRun(scopeOf(context), place), async (values) => {
    await values.using(await find(values), async (value) => {
      const type = flags.has('json') ? await settledType(value) : null;
      const read = (): Pieces =>
        type === null ? piecesOf(value) : lineOf(valueJson(type, () => piecesOf(value)));
      if (context.toTerminal && !flags.has('force')) await refuseControls(value, read());
      const hasher = createHasher(nativeOrNull);
      // Who stopped reading does not ask whether the rest is right.
      if (await context.stream(read())) await verifyValue(value, { hasher, files: new KeptFiles(hasher) });
    });
    return 0;
  });
}

interface Selection {
  readonly place: RunPlace | null;
  readonly find: (values: RunValues) => Promise<StoredValue>;
}

/** The first word is a run when it can be one. */
function selection(scope: RunScope, words: readonly string[]): Selection {
  const [first, second, third, fourth] = words;
  if (first === undefined || fourth !== undefined)
    throw misuse('otto data get takes a task and a key', 'for example: otto data get build version');
  const place = second === undefined ? null : findRun(scope, first);
  if (third !== undefined) {
    if (place === null)
      throw misuse(`there is no run ${quote(first)} in the history`, 'otto history lists the runs');
    return { place, find: (values) => findValue(values, second ?? '', third) };
  }
  if (second === undefined) return { place, find: (values) => findSpelled(values, first) };
  if (place !== null) return { place, find: (values) => findSpelled(values, second) };
  return { place, find: (values) => findValue(values, first, second) };
}

async function* lineOf(pieces: Pieces): Pieces {
  yield* pieces;
  yield '\n';
}

/** C0 but tab and the ends of lines, DEL, and C1 as UTF-8: what could steer a terminal, and what bytes that are no text have. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]/;

async function refuseControls({ task, key }: StoredValue, pieces: Pieces): Promise<void> {
  let last = '';
  for await (const piece of pieces) {
    const text = last + Buffer.from(piece as Buffer).toString('latin1');
    if (CONTROLS.test(text))
      throw misuse(
        `the value ${quote(key)} of task ${quote(task)} holds bytes that are not for a terminal`,
        'send it to a file or a program, take its JSON (--json), or insist (--force)',
      );
    last = text.slice(-1);
  }
}
