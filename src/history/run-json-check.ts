import { isAbsolute } from 'node:path';
import type { FailureReason, KeptStream, Outcome, SkipReason } from '../run/events.ts';
import type { RunJson } from '../run/run-json.ts';
import type { StoreReason } from '../run/store-choice.ts';

/** Whether something read from JSON is what a field should hold. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isDate: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isPositive: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const ifThere =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** An object with at least these fields. */
const withFields =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
/** An object whose `kind` says what else it has. It must know every kind that a run can write: the compiler asks for those that lack. */
const byKind =
  <T extends { readonly kind: string }>(kinds: Readonly<Record<T['kind'], Check>>): Check =>
  (value) => {
    if (!isObject(value) || typeof value.kind !== 'string') return false;
    return Object.hasOwn(kinds, value.kind) && kinds[value.kind as T['kind']](value);
  };

/** A way down from the run's directory: what is read there is what the run has left, and no other file. */
const isInside: Check = (value) =>
  typeof value === 'string' && value !== '' && !isAbsolute(value) && !value.split(/[\\/]/).includes('..');

const isReason = byKind<FailureReason>({
  exit: withFields({ code: isNumber }),
  signal: withFields({ signal: isText }),
  interrupted: isObject,
  stopped: isObject,
  timeout: withFields({ limitMs: isNumber }),
  'not-started': withFields({ command: isText, code: isText }),
  'stream-cut': withFields({ task: isText }),
  otto: withFields({ failure: withFields({ kind: isText }) }),
});
const isSkipReason = byKind<SkipReason>({
  dependency: withFields({ task: isText }),
  interrupted: isObject,
  stopped: isObject,
  condition: isObject,
});
const isOutcome = byKind<Outcome>({
  succeeded: isObject,
  fresh: isObject,
  failed: withFields({ reason: isReason }),
  // In version 1 a text.
  skipped: withFields({ because: (value) => isText(value) || isSkipReason(value) }),
});

const isValue = withFields({ key: isText, type: isText, bytes: isNumber, xxh128: isText });

const STREAM_NAMES: readonly KeptStream['what'][] = ['stream', 'stdout'];
// `what` is the name of a file that is shown.
const isStream = withFields({
  what: oneOf(...STREAM_NAMES),
  bytes: isNumber,
  xxh128: isText,
  keptBytes: isNumber,
});

const isStoreReason = byKind<StoreReason>({
  declared: isObject,
  'no-readers': isObject,
  'not-built': isObject,
  unknown: isObject,
  'no-values': isObject,
  small: withFields({ bytes: isNumber }),
  bytes: withFields({ bytes: isNumber }),
  'node-only': withFields({ bytes: isNumber }),
  'no-room': withFields({ bytes: isNumber, memoryBytes: isNumber }),
  large: withFields({ bytes: isNumber, readers: isNumber }),
});

const isTask = withFields({
  name: isText,
  directory: isInside,
  outcome: orNull(isOutcome),
  startedAt: orNull(isDate),
  durationMs: orNull(isNumber),
  values: ifThere(listOf(isValue)),
  attempts: ifThere(listOf(isReason)),
  store: ifThere(withFields({ name: isText, why: isStoreReason })),
  streams: ifThere(listOf(isStream)),
});

const isRun = withFields({
  state: oneOf('running', 'finished'),
  result: oneOf(null, 'succeeded', 'failed', 'interrupted'),
  process: withFields({ pid: isPositive, startTicks: orNull(isText) }),
  arguments: listOf(isText),
  project: withFields({ name: isText, directory: isText }),
  ottofile: isText,
  store: isText,
  startedAt: isDate,
  finishedAt: orNull(isDate),
  durationMs: orNull(isNumber),
  tasks: listOf(isTask),
});

/** Whether it is a run.json that every reader can rely on: one that somebody has edited keeps no other run from being shown. */
export const isRunJson = (json: unknown): json is RunJson => isRun(json);
