import type { Encoded } from './encode.ts';

/** Where OUTPUT's values go at once. */
export interface Writer {
  set(key: string, value: Encoded): void;
  delete(key: string): void;
}
