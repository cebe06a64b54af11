import type { TextAt } from './fields.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';

/** The value of a key `store`; reported when there is no such store. */
export function checkedStore(source: Source, { text, offset }: TextAt, stores: readonly string[]): string {
  if (!stores.includes(text)) {
    const near = source.didYouMean(text, stores);
    const all = `there are ${stores.join(', ')}`;
    source.error(offset, `there is no store ${quote(text)}`, near === undefined ? all : `${near} ${all}`);
  }
  return text;
}
