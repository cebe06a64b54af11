import { variablePart } from '../base/variable-part.ts';

/** One mention of a stream's variable in a script. */
export interface StreamReference {
  readonly text: string;
  readonly index: number;
  readonly side: 'input' | 'output';
  /** What stands behind OTTO_INPUT_STREAM_; null when nothing does. */
  readonly producer: string | null;
}

const VARIABLE =
  /(?<!\w)OTTO_(?<side>IN|OUT)PUT_(?:STREAM|PIPE)(?:_(?<producer>[A-Z0-9_]+))?(?![A-Za-z0-9_])/g;

/** The variables of streams that a script names, wherever they stand: in Python and Node that is in a text. */
export function streamReferencesIn(text: string): readonly StreamReference[] {
  if (!text.includes('PUT_STREAM') && !text.includes('PUT_PIPE')) return [];
  return [...text.matchAll(VARIABLE)].map(({ 0: whole, index, groups }) => ({
    text: whole,
    index,
    side: groups?.side === 'IN' ? 'input' : 'output',
    producer: groups?.producer ?? null,
  }));
}

/** Whether a script names the stream of this task, or the one stream that there is. */
export function namesStreamOf(text: string, task: string): boolean {
  const part = variablePart(task);
  return streamReferencesIn(text).some(
    ({ side, producer }) => side === 'input' && (producer === null || producer === part),
  );
}
