import { INCLUDE_JSON } from './include-keys.ts';
import { type JsonSchema, sectionJson } from './key.ts';
import { OTTO_SECTION, RETENTION_SECTION, SCRIPT_KEYS, TASK_SECTION } from './schema.ts';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** The JSON Schema of an ottofile, for editors. What it refuses, otto refuses or warns of; the other way round it says less. */
export function ottofileJsonSchema(): JsonSchema {
  return {
    $schema: DRAFT,
    title: 'Ottofile',
    type: 'object',
    additionalProperties: false,
    properties: {
      otto: { description: 'the project', ...ottoJson() },
      include: INCLUDE_JSON,
      tasks: {
        description: 'the tasks by their names',
        type: ['object', 'null'],
        additionalProperties: { $ref: '#/definitions/task' },
      },
    },
    patternProperties: { '^(?:x-|\\.)': { description: 'YAML anchors; otto ignores it' } },
    definitions: { task: { ...sectionJson(TASK_SECTION), not: { type: 'object', anyOf: twoScripts() } } },
  };
}

function ottoJson(): JsonSchema {
  const otto = sectionJson(OTTO_SECTION);
  const retention = { description: 'which runs otto keeps', ...sectionJson(RETENTION_SECTION) };
  return { ...otto, properties: { ...(otto.properties as object), retention } };
}

const twoScripts = (): JsonSchema[] =>
  SCRIPT_KEYS.flatMap((one, at) => SCRIPT_KEYS.slice(at + 1).map((other) => ({ required: [one, other] })));
