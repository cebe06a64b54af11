import { openRegion } from './addon.ts';
import type { Writer } from './writer.ts';

/** Sets this task's values in its region. */
export function createRegionWriter(directory: string): Writer {
  const region = openRegion(directory);
  return {
    set(key, value) {
      if (value.type === 'string') region.setString(key, value.text);
      else if (value.type === 'json') region.setJson(key, value.text);
      else region.setBytes(key, value.data);
    },
    delete: (key) => {
      region.delete(key);
    },
  };
}
