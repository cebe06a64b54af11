import type { ValueType } from '../value.ts';
import {
  ANSWER,
  BROKEN_OFF,
  END_OF_BODY,
  ERROR,
  HOW,
  MAGIC,
  MAX_FRAME_BYTES,
  PROTOCOL_VERSION,
  REQUEST,
  TYPE,
} from './constants.ts';
import { FieldReader, ProtocolError, text, u8, u16, u32, u64 } from './fields.ts';

export type How = keyof typeof HOW;
export type ErrorName = keyof typeof ERROR;

/** Table 1. */
export type Request =
  | { readonly kind: 'hello'; readonly task: string }
  | { readonly kind: 'set'; readonly type: ValueType; readonly key: string }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'get'; readonly how: How; readonly task: string; readonly key: string }
  | { readonly kind: 'list'; readonly task: string }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number; readonly text: string };

/** Table 2. */
export type Answer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'value'; readonly type: ValueType; readonly bytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'error'; readonly code: ErrorName; readonly text: string }
  | { readonly kind: 'entries'; readonly count: number }
  | { readonly kind: 'end' };

/** One of the values that the body of ENTRIES lists. */
export interface ListedValue {
  readonly type: ValueType;
  readonly bytes: number;
  readonly key: string;
}

/** A frame's parts: whether a body follows is told by its kind. */
export type Message = Request | Answer;
export const hasBody = ({ kind }: Message): boolean =>
  kind === 'set' || kind === 'value' || kind === 'entries';

/** What client and server begin with. */
export const greeting = (version = PROTOCOL_VERSION): Buffer =>
  Buffer.concat([Buffer.from(MAGIC), u16(version), u16(0)]);

/** The version of a greeting; throws for bytes that are none. */
export function greetedVersion(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 4) !== MAGIC || bytes.readUInt16LE(6) !== 0)
    throw new ProtocolError('the other end does not speak this protocol');
  return bytes.readUInt16LE(4);
}

export function encodeRequest(request: Request): Buffer {
  switch (request.kind) {
    case 'hello':
    case 'list':
      return frame(REQUEST[request.kind], text(request.task));
    case 'set':
      return frame(REQUEST.set, u8(TYPE[request.type]), text(request.key));
    case 'delete':
      return frame(REQUEST.delete, text(request.key));
    case 'get':
      return frame(REQUEST.get, u8(HOW[request.how]), text(request.task), text(request.key));
    case 'progress':
      return frame(REQUEST.progress, u64(request.done), u64(request.total), text(request.text));
  }
}

export function encodeAnswer(answer: Answer): Buffer {
  switch (answer.kind) {
    case 'ok':
    case 'missing':
    case 'end':
      return frame(ANSWER[answer.kind]);
    case 'value':
      return frame(ANSWER.value, u8(TYPE[answer.type]), u64(answer.bytes));
    case 'error':
      return frame(ANSWER.error, u16(ERROR[answer.code]), text(answer.text));
    case 'entries':
      return frame(ANSWER.entries, u32(answer.count));
  }
}

/** `payload` is what follows a frame's length. */
export function decodeRequest(payload: Buffer): Request {
  const fields = new FieldReader(payload);
  const request = requestOf(fields.named('request', REQUEST), fields);
  fields.end();
  return request;
}

export function decodeAnswer(payload: Buffer): Answer {
  const fields = new FieldReader(payload);
  const answer = answerOf(fields.named('answer', ANSWER), fields);
  fields.end();
  return answer;
}

/** The body of ENTRIES. */
export const encodeListed = ({ type, bytes, key }: ListedValue): Buffer =>
  Buffer.concat([u8(TYPE[type]), u64(bytes), text(key)]);

export function decodeListed(body: Buffer): ListedValue[] {
  const fields = new FieldReader(body);
  const values: ListedValue[] = [];
  while (!fields.isAtEnd)
    values.push({ type: fields.named('type', TYPE), bytes: fields.u64(), key: fields.text() });
  return values;
}

/** What stands before the bytes of a chunk. */
export const chunkHead = (bytes: number): Buffer => u32(bytes);
export const END_OF_BODY_CHUNK = u32(END_OF_BODY);
export const BROKEN_OFF_CHUNK = u32(BROKEN_OFF);

function requestOf(kind: keyof typeof REQUEST, fields: FieldReader): Request {
  switch (kind) {
    case 'hello':
    case 'list':
      return { kind, task: fields.text() };
    case 'set':
      return { kind, type: fields.named('type', TYPE), key: fields.text() };
    case 'delete':
      return { kind, key: fields.text() };
    case 'get':
      return { kind, how: fields.named('way to get', HOW), task: fields.text(), key: fields.text() };
    case 'progress':
      return { kind, done: fields.u64(), total: fields.u64(), text: fields.text() };
  }
}

function answerOf(kind: keyof typeof ANSWER, fields: FieldReader): Answer {
  switch (kind) {
    case 'ok':
    case 'missing':
    case 'end':
      return { kind };
    case 'value':
      return { kind, type: fields.named('type', TYPE), bytes: fields.u64() };
    case 'error': {
      const code = fields.u16();
      return { kind, code: errorName(code), text: fields.text() };
    }
    case 'entries':
      return { kind, count: fields.u32() };
  }
}

function errorName(code: number): ErrorName {
  const found = (Object.keys(ERROR) as ErrorName[]).find((name) => ERROR[name] === code);
  if (found === undefined) throw new ProtocolError(`${code} is no error`);
  return found;
}

function frame(kind: number, ...fields: readonly Buffer[]): Buffer {
  const length = fields.reduce((sum, field) => sum + field.length, 1);
  if (length > MAX_FRAME_BYTES) throw new ProtocolError(`a frame of ${length} bytes is too long`);
  const head = Buffer.allocUnsafe(5);
  head.writeUInt32LE(length);
  head[4] = kind;
  return fields.length === 0 ? head : Buffer.concat([head, ...fields]);
}
