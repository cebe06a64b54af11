import {
  type Read,
  readApi,
  readCount,
  readDays,
  readEnvs,
  readFlag,
  readNames,
  readPositiveInteger,
  readScript,
  readSize,
  readText,
} from './fields.ts';

/**
 * What an ottofile may hold. A key is read by its reader; one that is `later` belongs to the ottofile format, but this
 * version cannot do what it asks for, and running without it would do something else than its author wrote.
 */
export type Schema = Readonly<Record<string, Read<unknown> | 'later'>>;

export const OTTO_SECTION = {
  name: readText,
  about: readText,
  api: readApi,
  jobs: readPositiveInteger,
  home: readText,
  tasks: readNames,
  envs: readEnvs,
  store: readText,
  memory: readSize,
} satisfies Schema;

export const RETENTION_SECTION = {
  keep_days: readDays,
  keep_last: readCount,
  keep_failed: readDays,
  auto_prune: readFlag,
} satisfies Schema;

export const TASK_SECTION = {
  help: readText,
  before: readNames,
  after: readNames,
  envs: readEnvs,
  dir: readText,
  bash: readScript,
  python: readScript,
  node: readScript,
  action: readScript,
  params: 'later',
  foreach: 'later',
  input: 'later',
  output: 'later',
  outputs: 'later',
  timeout: 'later',
  retries: 'later',
  interactive: 'later',
  streaming: 'later',
  stdin_from: 'later',
  markers: 'later',
  store: 'later',
  if: 'later',
  always: 'later',
} satisfies Schema;

export const SCRIPT_KEYS = ['bash', 'python', 'node', 'action'] as const;
export type ScriptKey = (typeof SCRIPT_KEYS)[number];
