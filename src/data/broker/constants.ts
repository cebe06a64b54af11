/** The numbers of docs/socket-protocol.md; test/socket-protocol.test.ts compares them with it. */
export const PROTOCOL_VERSION = 1;
export const MAGIC = 'OTTO';
export const MAX_FRAME_BYTES = 1024 * 1024;
export const MAX_CHUNK_BYTES = 1024 * 1024;
export const END_OF_BODY = 0;
export const BROKEN_OFF = 0xffffffff;

/** Table 1. */
export const REQUEST = { hello: 1, set: 2, delete: 3, get: 4, list: 5, progress: 6 } as const;
/** Table 2. */
export const ANSWER = { ok: 128, value: 129, missing: 130, error: 131, entries: 132, end: 133 } as const;
/** Table 3. */
export const TYPE = { string: 1, bytes: 2, json: 3, raw: 4 } as const;
/** Table 4. */
export const HOW = { now: 0, wait: 1, follow: 2 } as const;
/** Table 5. */
export const ERROR = { protocol: 1, refused: 2, ended: 3, 'no-space': 4, failed: 5, deadlock: 6 } as const;
