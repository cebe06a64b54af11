import type { Region } from '../../../src/data/native.ts';
import { openRegion } from './addon.ts';
import type { Encoded } from './encode.ts';
import { hasTypeOf, type Origin, originOf } from './origin.ts';
import { linkInto } from './spool-file.ts';
import type { Writer } from './writer.ts';

/** Sets this task's values in its region. */
export function createRegionWriter(directory: string): Writer {
  const region = openRegion(directory);
  return {
    set(key, value) {
      const origin = originOf(value);
      if (origin === undefined || !passOn(region, { key, value, origin })) store(region, key, value);
    },
    delete: (key) => {
      region.delete(key);
    },
  };
}

function store(region: Region, key: string, value: Encoded): void {
  if (value.type === 'string') region.setString(key, value.text);
  else if (value.type === 'json') region.setJson(key, value.text);
  else region.setBytes(key, value.data);
}

interface Forwarded {
  readonly key: string;
  readonly value: Encoded;
  readonly origin: Origin;
}

/** Publishes the bytes where they lie. False: they have to be copied. */
function passOn(region: Region, { key, value, origin }: Forwarded): boolean {
  const { published, file } = origin;
  if (published === undefined) return false;
  if (hasTypeOf(origin, value)) return region.forward(key, published.region, published.key);
  const linked = linkInto(region.directory, file);
  if (linked !== undefined) region.adoptFile(key, value.type, linked);
  return linked !== undefined;
}
