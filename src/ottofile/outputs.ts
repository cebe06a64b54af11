import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { isNull, offsetOf, textOf } from './document.ts';
import { type FieldValue, type Read, readFlag, readList, wrongType } from './fields.ts';
import { jsonOf } from './json-node.ts';
import { FLAG, key, type Section, sectionJson, TEXTS } from './key.ts';
import { entriesOf, type MapEntry } from './mapping.ts';
import { type JsonValue, OUTPUT_TYPES, type OutputDeclaration, type OutputType } from './model.ts';
import { quote } from './quote.ts';
import { readSection } from './section.ts';

const TYPES = `the types are ${OUTPUT_TYPES.join(', ')}`;
const ANY = { schema: true } as const;

/** A type by its name. */
const readType: Read<OutputType> = (field) => {
  const text = textOf(field.node);
  const found = OUTPUT_TYPES.find((type) => type === text);
  if (found !== undefined) return found;
  if (text === undefined) return wrongType(field, 'the name of a type', TYPES);
  const near = field.source.didYouMean(text, OUTPUT_TYPES);
  const alias = ALIASES.get(text);
  const hint = alias === undefined ? near : `did you mean "${alias}"?`;
  field.source.error(offsetOf(field.node), `there is no type ${quote(text)}`, hint ?? TYPES);
  return undefined;
};

/** What JSON Schema and Python call the types. */
const ALIASES: ReadonlyMap<string, OutputType> = new Map([
  ['integer', 'int'],
  ['number', 'float'],
  ['boolean', 'bool'],
  ['str', 'string'],
  ['object', 'json'],
  ['dict', 'json'],
  ['array', 'list'],
]);

const readSchema: Read<{ readonly schema: JsonValue }> = (field) => {
  const { node } = field;
  if (!isMap(node) && !(isScalar(node) && typeof node.value === 'boolean'))
    return wrongType(field, 'a JSON Schema', 'for example {type: array, items: {type: string}}');
  const schema = jsonOf(field, node);
  return schema === undefined ? undefined : { schema };
};

const DECLARATION = {
  type: key(readType, { enum: OUTPUT_TYPES }, 'the type that the value must have'),
  schema: key(readSchema, { type: ['object', 'boolean'] }, 'a JSON Schema that the value must satisfy'),
  optional: key(readFlag, FLAG, 'true: the task may end without setting the key'),
} satisfies Section;

export const OUTPUTS_JSON = {
  anyOf: [
    TEXTS,
    {
      type: 'object',
      additionalProperties: {
        anyOf: [
          { enum: OUTPUT_TYPES },
          sectionJson(DECLARATION),
          { $ref: 'http://json-schema.org/draft-07/schema#' },
        ],
      },
    },
  ],
};

/** A list of keys, or a mapping of keys to what their values must be. */
export const readOutputs: Read<readonly OutputDeclaration[]> = (field) =>
  isMap(field.node) ? fromMapping(field, field.node) : fromList(field);

function fromList(field: FieldValue): readonly OutputDeclaration[] | undefined {
  const { source } = field;
  const seen = new Set<string>();
  return readList(field, { items: 'keys', item: 'a key' })?.flatMap(({ text, offset }) => {
    if (seen.has(text)) source.error(offset, `${quote(text)} stands twice here`, 'keep one of them');
    seen.add(text);
    if (text === '') return emptyKey(field, offset);
    return { key: text, type: ANY, optional: false, at: source.place(offset) };
  });
}

function emptyKey({ source }: FieldValue, offset: number): [] {
  source.error(offset, 'the key of a value must not be empty', 'name it');
  return [];
}

function fromMapping(field: FieldValue, map: YAMLMap): readonly OutputDeclaration[] {
  return [...entriesOf(field, map).values()].flatMap((entry) => {
    if (entry.key === '') return emptyKey(field, entry.offset);
    const declared = declarationOf(field, entry);
    if (declared === undefined || !usableKey(field, entry)) return [];
    return { key: entry.key, ...declared, at: field.source.place(entry.offset) };
  });
}

function usableKey(field: FieldValue, { key: text, offset }: MapEntry): boolean {
  if (!/[\0\p{Surrogate}]/u.test(text)) return true;
  field.source.error(offset, `${quote(text)} cannot be a key`, 'choose another name');
  return false;
}

type Declared = Pick<OutputDeclaration, 'type' | 'optional'>;

function declarationOf(field: FieldValue, { key: name, value }: MapEntry): Declared | undefined {
  if (value === null || isNull(value)) return { type: ANY, optional: false };
  const found = { ...field, key: name, node: value };
  if (!isMap(value)) {
    const type = isSeq(value) ? wrongType(found, 'a type or a JSON Schema', TYPES) : readType(found);
    return type && { type, optional: false };
  }
  return isSchemaItself(field, value) ? readSchemaItself(found) : readDeclaration(found, value);
}

function readSchemaItself(field: FieldValue): Declared | undefined {
  const type = readSchema(field);
  return type && { type, optional: false };
}

function readDeclaration(field: FieldValue, map: YAMLMap): Declared | undefined {
  const owner = `the output ${quote(field.key)}`;
  const { source } = field;
  const {
    type,
    schema,
    optional = false,
  } = readSection({ ...field, owner }, entriesOf(field, map), DECLARATION);
  if (schema !== undefined && type !== undefined && type !== 'json') {
    source.error(offsetOf(map), `${owner} has a type and a schema`, 'keep one of them');
    return undefined;
  }
  return { type: schema ?? type ?? ANY, optional };
}

/** Words of JSON Schema that no declaration has. `type` alone says nothing: both have it. */
const SCHEMA_WORDS =
  /^(?:\$.*|title|description|properties|required|items|prefixItems|enum|const|anyOf|oneOf|allOf|not|if|pattern|format|minimum|maximum|exclusiveM.*|multipleOf|min[A-Z].*|max[A-Z].*|uniqueItems|additional.*|patternProperties|propertyNames|contains|definitions|dependen.*|examples|default)$/;

/** A mapping with a word of JSON Schema, or with a `type` that only JSON Schema has, is one. */
function isSchemaItself(field: FieldValue, map: YAMLMap): boolean {
  const entries = entriesOf(field, map);
  if (entries.has('schema') || entries.has('optional')) return false;
  return [...entries.values()].some(({ key: word, value }) =>
    word === 'type' ? value !== null && isSchemaType(value) : SCHEMA_WORDS.test(word),
  );
}

const SCHEMA_TYPES = ['object', 'array', 'integer', 'number', 'boolean', 'null'];

const isSchemaType = (node: Node): boolean => isSeq(node) || SCHEMA_TYPES.includes(textOf(node) ?? '');
