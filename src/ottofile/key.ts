import type { Read } from './fields.ts';
import type { JsonValue } from './model.ts';

export type JsonSchema = Readonly<Record<string, JsonValue>>;

/** One key of a section: how it is read, and what an editor is told about it. */
export interface Key<T> {
  readonly read: Read<T>;
  readonly json: JsonSchema;
  /** One sentence without a full stop. */
  readonly about: string;
}

/** What a section may hold. */
export type Section = Readonly<Record<string, Key<unknown>>>;

export const key = <T>(read: Read<T>, json: JsonSchema, about: string): Key<T> => ({ read, json, about });

/** What is read as text may look like a number or a boolean to YAML. */
export const TEXT = { type: ['string', 'number', 'boolean'] } satisfies JsonSchema;
export const TEXTS = { anyOf: [TEXT, { type: 'array', items: TEXT }] } satisfies JsonSchema;
export const FLAG = { type: 'boolean' } satisfies JsonSchema;
export const COUNT = { type: 'integer', minimum: 0 } satisfies JsonSchema;
export const POSITIVE = { type: 'integer', minimum: 1 } satisfies JsonSchema;

/** A text of this form, or a number. */
export const numberOr = (pattern: string): JsonSchema => ({
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern },
  ],
});

/** The JSON Schema of a mapping. Every key may stand there without a value. */
export const sectionJson = (section: Section): JsonSchema => ({
  type: ['object', 'null'],
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(section).map(([name, { about, json }]) => [
      name,
      { description: about, anyOf: [json, { type: 'null' }] },
    ]),
  ),
});
