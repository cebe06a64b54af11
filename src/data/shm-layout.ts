/** The constants of docs/shm-format.md; test/shm-format.test.ts compares them with its tables. */

export const HEADER = {
  magic: 0,
  major: 8,
  minor: 10,
  header_bytes: 12,
  reader_features: 16,
  writer_features: 24,
  root_offset: 32,
  root_bits: 40,
  node_bits: 44,
  run_hash: 48,
  task_hash: 56,
  created_ns: 64,
  backend: 72,
  tail: 128,
  next_sequence: 192,
  next_value_file: 256,
  state: 320,
  spill_tail: 384,
  charged: 448,
} as const;

export const RECORD = {
  previous: 0,
  sequence: 8,
  key_hash: 16,
  value_bytes: 24,
  key_bytes: 32,
  type: 36,
  place: 37,
  file_number: 40,
  record_bytes: 48,
  key: 64,
} as const;

export const TYPE = { string: 1, bytes: 2, json: 3, raw: 4, deleted: 5 } as const;

export const MAGIC = 'OTTOMAP\0';
export const MAJOR = 1;
export const MINOR = 1;
export const HEADER_BYTES = 4096;
export const ROOT_OFFSET = 4096;
export const ROOT_BITS = 12;
export const NODE_BITS = 6;
export const FIRST_FREE = 36_864;
export const INITIAL_BYTES = 65_536;
export const MAX_KEY_BYTES = 2048;
export const MAX_INLINE_BYTES = 1_048_576;
