import { parseTaskName } from '../base/task-name.ts';
import { isNull, offsetOf } from './document.ts';
import { readText } from './fields.ts';
import { TEXT } from './key.ts';
import type { MapEntry, Reading } from './mapping.ts';
import { quote } from './quote.ts';
import { sectionEntries } from './section.ts';

export const INCLUDE_JSON = {
  description: 'other ottofiles: their tasks are named NAME:TASK',
  type: ['object', 'null'],
  additionalProperties: TEXT,
};

const EXAMPLE = 'write "include: {NAME: PATH}"; the tasks of that file are called NAME:TASK';

/** One key of `include`. */
export interface IncludeAt {
  readonly name: string;
  readonly path: string;
  readonly offset: number;
}

/** The keys of `include`; those that cannot be used are reported and left out. */
export function readIncludes(reading: Reading, entry: MapEntry | undefined): readonly IncludeAt[] {
  const entries = entry && sectionEntries(reading, entry, { owner: '"include"', hint: EXAMPLE });
  return [...(entries?.values() ?? [])].flatMap((include) => readInclude(reading, include) ?? []);
}

function readInclude(reading: Reading, { key, offset, value }: MapEntry): IncludeAt | undefined {
  const { source } = reading;
  if (/\p{Surrogate}/u.test(key) || !parseTaskName(key).ok) {
    source.error(
      offset,
      `${quote(key)} cannot be the name of an include`,
      'its tasks are named NAME:TASK: use letters',
    );
    return undefined;
  }
  const path = value === null || isNull(value) ? undefined : readText({ ...reading, key, node: value });
  if (path !== undefined && path.text !== '') return { name: key, path: path.text, offset: path.offset };
  if (value === null || isNull(value) || path !== undefined)
    source.error(
      value === null ? offset : offsetOf(value),
      `the include ${quote(key)} names no file`,
      `write "${key}: path/to/otto.yml"`,
    );
  return undefined;
}
