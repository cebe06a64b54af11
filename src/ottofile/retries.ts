import { isMap } from 'yaml';
import { offsetOf, textOf } from './document.ts';
import { DURATION_JSON, readDuration } from './duration.ts';
import { integerOf, type Read, readCount, wrongType } from './fields.ts';
import { COUNT, key, type Section, sectionJson } from './key.ts';
import type { Retries } from './model.ts';
import { readSection, sectionEntries } from './section.ts';

const readFactor: Read<number> = (field) => {
  const text = textOf(field.node) ?? '';
  const factor = /^\d{1,4}(?:\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  return factor >= 1
    ? factor
    : wrongType(field, 'a number from 1', 'for example 2: wait twice as long each time');
};

const RETRIES_SECTION = {
  times: key(readCount, COUNT, 'how often the task is tried again'),
  delay: key(readDuration, DURATION_JSON, 'how long otto waits before it tries again; 1s when not given'),
  backoff: key(
    readFactor,
    { type: 'number', minimum: 1 },
    'how many times longer each wait is than the one before; 2',
  ),
  max_delay: key(readDuration, DURATION_JSON, 'the longest wait; 60s'),
} satisfies Section;

export const RETRIES_JSON = { anyOf: [COUNT, sectionJson(RETRIES_SECTION)] };

const DEFAULTS = { delayMs: 1000, factor: 2, maxDelayMs: 60_000 } as const;

/** Null: 0 times. */
export const readRetries: Read<Retries | null> = (field) => {
  const short = integerOf(field.node);
  if (short !== undefined) return short === 0 ? null : { times: short, ...DEFAULTS };
  if (!isMap(field.node))
    return wrongType(field, 'a number or a mapping', 'for example 3, or {times: 3, delay: 5s}');
  const owner = '"retries"';
  const entries = sectionEntries(field, { value: field.node }, { owner }) ?? new Map();
  const values = readSection({ ...field, owner }, entries, RETRIES_SECTION);
  if (!entries.has('times'))
    field.source.error(offsetOf(field.node), '"retries" does not say how often', 'add "times: 3"');
  if (!values.times) return null;
  return {
    times: values.times,
    delayMs: values.delay ?? DEFAULTS.delayMs,
    factor: values.backoff ?? DEFAULTS.factor,
    maxDelayMs: values.max_delay ?? DEFAULTS.maxDelayMs,
  };
};
