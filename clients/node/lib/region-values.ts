import { openRegion } from './addon.ts';
import { type Stored, type StoredValues, within } from './stored.ts';

/** The values of a dependency's region. They no longer change: the task has ended. */
export function readRegionValues(directory: string): StoredValues {
  const region = openRegion(directory);
  const values = new Map<string, Stored>();
  for (const { key, type, bytes } of region.entries()) {
    values.set(key, {
      type,
      bytes: () => region.view(key) ?? missing(directory, key),
      part: (range) => region.view(key, within(range, bytes)) ?? missing(directory, key),
    });
  }
  return values;
}

function missing(directory: string, key: string): never {
  throw new Error(`${directory}: the value ${JSON.stringify(key)} has disappeared`);
}
