import { openRegion } from './addon.ts';
import { type Stored, type StoredValues, within } from './stored.ts';

/** The values of a dependency's region. They no longer change: the task has ended. */
export function readRegionValues(directory: string): StoredValues {
  const region = openRegion(directory);
  const values = new Map<string, Stored>();
  for (const { key, type, bytes, file, object } of region.entries()) {
    const view = (): Uint8Array => region.view(key) ?? missing(directory, key);
    const value: Stored = {
      type,
      bytes: view,
      part: (range) => region.view(key, within(range, bytes)) ?? missing(directory, key),
      ...(file === null &&
        object === null && { copy: () => region.getBytes(key) ?? missing(directory, key) }),
    };
    // The same view twice: it lies over mapped pages. Copies would differ.
    const mapped = (): Uint8Array | null => {
      const found = view();
      return view() === found ? found : null;
    };
    const published = { region, key };
    values.set(key, file === null ? value : { ...value, origin: { type, bytes, file, published, mapped } });
  }
  return values;
}

function missing(directory: string, key: string): never {
  throw new Error(`${directory}: the value ${JSON.stringify(key)} has disappeared`);
}
