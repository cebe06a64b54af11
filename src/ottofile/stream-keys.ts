import { textOf } from './document.ts';
import { type Read, readSize } from './fields.ts';

/** How much of a stream history keeps when nothing says so. */
export const DEFAULT_KEPT_STREAM_BYTES = 16 * 1024 * 1024;

/** `keep_stream`: bytes; `true` is all of it, `false` and 0 nothing. */
export const readKeepStream: Read<number> = (field) => {
  const text = textOf(field.node);
  if (text === 'true') return Number.POSITIVE_INFINITY;
  if (text === 'false' || text === '0') return 0;
  return readSize(field);
};
