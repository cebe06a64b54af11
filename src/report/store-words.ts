import { unreachable } from '../base/result.ts';
import type { StoreReason } from '../run/store-choice.ts';
import { counted, sizeWords } from './words.ts';

/** Why a task's values are in a store, to be put after its name. */
export function storeWords(why: StoreReason): string {
  switch (why.kind) {
    case 'declared':
      return 'the task says so';
    case 'no-readers':
      return 'auto: no task of the run reads its values';
    case 'not-built':
      return 'auto: the compiled part is not there';
    case 'unknown':
      return 'auto: it has not succeeded yet, so nothing is known of its values';
    case 'no-values':
      return 'auto: it set no values the last time';
    case 'small':
      return `auto: ${sizeWords(why.bytes)} the last time, which is little`;
    case 'bytes':
      return `auto: ${sizeWords(why.bytes)} the last time, most of it bytes, which go from file to file`;
    case 'node-only':
      return `auto: ${sizeWords(why.bytes)} the last time, but only Node reads it, as fast from files`;
    case 'no-room':
      return `auto: ${sizeWords(why.bytes)} the last time, more than half of the ${sizeWords(why.memoryBytes)} that memory has room for`;
    case 'large':
      return `auto: ${sizeWords(why.bytes)} the last time, for ${counted(why.readers, 'reader', 'readers')}`;
    default:
      return unreachable(why);
  }
}
