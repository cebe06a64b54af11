import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as constants from '../src/data/broker/constants.ts';
import { TYPE as SHM_TYPE } from '../src/data/shm-layout.ts';

/** What a language says about the protocol: `request.set` 2, `error.no-space` 4, `version` 1 and so on. */
type Constants = Readonly<Record<string, number | string>>;

const root = join(import.meta.dirname, '..');
const protocol = readFileSync(join(root, 'docs/socket-protocol.md'), 'utf8');

/** `name` -> number of each row of the table below a heading. */
function table(heading: string, prefix: string): [string, number][] {
  const lines = protocol.slice(protocol.indexOf(heading)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const last = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  const rows = lines.slice(first + 2, last).map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.length, heading).toBeGreaterThan(2);
  return rows.map(([, number, name]) => [`${prefix}.${name?.toLowerCase()}`, Number(number)]);
}

function numberIn(pattern: RegExp): number {
  const found = pattern.exec(protocol)?.[1];
  if (found === undefined) throw new Error(`docs/socket-protocol.md no longer says ${pattern}`);
  return Number(found);
}

const MIB = 1024 * 1024;
const documented = (): Constants => ({
  magic: /`(\w+)` +\|/.exec(protocol)?.[1] ?? '',
  version: numberIn(/version: (\d+)/),
  max_frame_bytes: numberIn(/in bytes \(at most (\d+) MiB\)/) * MIB,
  max_chunk_bytes: numberIn(/length \(1 to (\d+) MiB\)/) * MIB,
  end_of_body: numberIn(/a chunk of length (\d+) ends the body/),
  broken_off: numberIn(/(0x[0-9A-F]+) breaks it off/),
  ...Object.fromEntries([
    ...table('### Table 1', 'request'),
    ...table('### Table 2', 'answer'),
    ...types(),
    ...table('### Table 4', 'how'),
    ...table('### Table 5', 'error'),
  ]),
});

/** Table 3 is a sentence. */
const types = (): [string, number][] =>
  [
    ...(/^The types of shm-format.md.*$/m.exec(protocol)?.[0] ?? '').matchAll(
      /(\d) (string|bytes|json|raw)/g,
    ),
  ].map(([, number, name]) => [`type.${name}`, Number(number)]);

const prefixed = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]);

const typescript = (): Constants => ({
  magic: constants.MAGIC,
  version: constants.PROTOCOL_VERSION,
  max_frame_bytes: constants.MAX_FRAME_BYTES,
  max_chunk_bytes: constants.MAX_CHUNK_BYTES,
  end_of_body: constants.END_OF_BODY,
  broken_off: constants.BROKEN_OFF,
  ...Object.fromEntries([
    ...prefixed('request', constants.REQUEST),
    ...prefixed('answer', constants.ANSWER),
    ...prefixed('type', constants.TYPE),
    ...prefixed('how', constants.HOW),
    ...prefixed('error', constants.ERROR),
  ]),
});

function cplusplus(): Constants {
  const source = readFileSync(join(root, 'native/core/socket_protocol.h'), 'utf8');
  const layout = readFileSync(join(root, 'native/core/layout.h'), 'utf8');
  const constant = (name: string): number => Number(new RegExp(`k${name} = (\\w+);`).exec(source)?.[1]);
  const numbers = (name: string, prefix: string, text = source): [string, number][] =>
    [
      ...(new RegExp(`enum class ${name} [^{]*\\{([^}]*)\\}`).exec(text)?.[1] ?? '').matchAll(
        /k(\w+) = (\d+)/g,
      ),
    ].map(([, of = '', number]) => [
      `${prefix}.${of.replace(/\B[A-Z]/g, '-$&').toLowerCase()}`,
      Number(number),
    ]);
  return {
    magic: /kMagic\[\] = \{([^}]*)\}/.exec(source)?.[1]?.replaceAll(/[', ]/g, '') ?? '',
    version: constant('ProtocolVersion'),
    max_frame_bytes: constant('MaxFrameBytes'),
    max_chunk_bytes: constant('MaxChunkBytes'),
    end_of_body: constant('EndOfBody'),
    broken_off: constant('BrokenOff'),
    ...Object.fromEntries([
      ...numbers('Request', 'request'),
      ...numbers('AnswerKind', 'answer'),
      // Records of deleted keys are of shared memory only.
      ...numbers('ValueType', 'type', layout).filter(([name]) => name !== 'type.deleted'),
      ...numbers('How', 'how'),
      ...numbers('Error', 'error'),
    ]),
  };
}

function python(): Constants {
  const code = 'import json, otto; print(json.dumps(otto._PROTOCOL, default=bytes.decode))';
  const cwd = join(root, 'dist/clients/python');
  const said = JSON.parse(execFileSync('python3', ['-c', code], { cwd, encoding: 'utf8' }));
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, value]) =>
      typeof value === 'object' ? prefixed(name, value as Record<string, number>) : [[name, value]],
    ),
  ) as Constants;
}

test.each([
  ['TypeScript', typescript],
  ['C++', cplusplus],
  ['Python', python],
])('the constants of %s are those of the document, all of them', (_, said) => {
  expect(said()).toEqual(documented());
});

test('types have the numbers that they have in shared memory', () => {
  expect(SHM_TYPE).toMatchObject(constants.TYPE);
});
