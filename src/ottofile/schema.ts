import { DURATION_JSON, readDuration } from './duration.ts';
import {
  type Read,
  readApi,
  readCondition,
  readCount,
  readDays,
  readEnvs,
  readFlag,
  readNames,
  readPaths,
  readPositiveInteger,
  readScript,
  readSize,
  readText,
  readWord,
} from './fields.ts';
import { FOREACH_JSON, readForeach } from './foreach.ts';
import { COUNT, FLAG, type JsonSchema, key, numberOr, POSITIVE, type Section, TEXT, TEXTS } from './key.ts';
import type { Freshness } from './model.ts';
import { OUTPUTS_JSON, readOutputs } from './outputs.ts';
import { PARAMS_JSON, readParams } from './params.ts';
import { RETRIES_JSON, readRetries } from './retries.ts';
import { readKeepStream } from './stream-keys.ts';

const ENVS_JSON = {
  type: 'object',
  additionalProperties: { type: [...TEXT.type, 'null'] },
} satisfies JsonSchema;
const API_JSON = { anyOf: [{ type: 'integer', const: 1 }, { type: 'number' }, { type: 'string' }] };
const SIZE_JSON = numberOr('^\\d+(?:\\.\\d+)? ?(?:[KkMmGgTt]?[Ii]?[Bb]?)$');
const KEEP_STREAM_JSON = { anyOf: [FLAG, SIZE_JSON] };
const STORE_JSON = { enum: ['files', 'shm', 'socket', 'sqlite', 'redis', 'auto'] };
const DAYS_JSON = numberOr('^\\d{1,9} ?(?:d|days?)?$');
const FRESH_JSON = { enum: ['mtime', 'hash'] };

const readFresh: Read<Freshness> = readWord(['mtime', 'hash']);

export const OTTO_SECTION = {
  name: key(readText, TEXT, "the project's name, part of the path of its history"),
  about: key(readText, TEXT, 'one sentence about the project, shown by otto list'),
  api: key(readApi, API_JSON, 'the version of the format of the file: 1'),
  jobs: key(readPositiveInteger, POSITIVE, 'how many tasks run at once when -j is not given'),
  home: key(readText, TEXT, 'where history is kept when OTTO_HOME is not set'),
  tasks: key(readNames, TEXTS, 'the tasks that run when none is named; "*" stands for every task'),
  envs: key(readEnvs, ENVS_JSON, 'environment variables of every task'),
  dotenv: key(readPaths, TEXTS, 'files with NAME=value lines, for every task'),
  store: key(readText, STORE_JSON, 'where values travel when no option says so'),
  memory: key(readSize, SIZE_JSON, 'how much shared memory values may take, for example 512MiB'),
  fresh: key(
    readFresh,
    FRESH_JSON,
    'how tasks tell whether files have changed: by their times or by their content',
  ),
  bash: key(readText, TEXT, 'the bash that runs scripts: a name in PATH, or a path'),
} satisfies Section;

export const RETENTION_SECTION = {
  keep_days: key(readDays, DAYS_JSON, 'runs of as many days are kept'),
  keep_last: key(readCount, COUNT, 'as many runs are kept however old they are'),
  keep_failed: key(readDays, DAYS_JSON, 'failed runs of as many days are kept'),
  auto_prune: key(readFlag, FLAG, 'false: only "otto clean" removes runs'),
} satisfies Section;

export const TASK_SECTION = {
  help: key(readText, TEXT, 'what the task is for, shown by otto list'),
  before: key(readNames, TEXTS, 'tasks that run before this one; it gets their values'),
  after: key(readNames, TEXTS, 'tasks that run after this one; they get its values'),
  bash: key(readScript, TEXT, 'the script, in bash'),
  python: key(readScript, TEXT, 'the script, in Python'),
  node: key(readScript, TEXT, 'the script, a module of Node'),
  action: key(readScript, TEXT, 'the script, in the language that its first line names; bash without one'),
  dir: key(readText, TEXT, 'the directory it runs in, relative to that of the ottofile'),
  envs: key(readEnvs, ENVS_JSON, 'environment variables of the task'),
  dotenv: key(readPaths, TEXTS, 'files with NAME=value lines'),
  params: key(readParams, PARAMS_JSON, 'what may stand behind the task on the command line'),
  foreach: key(readForeach, FOREACH_JSON, 'runs the task once for every item'),
  input: key(readPaths, TEXTS, 'patterns of the files that the task reads'),
  output: key(readPaths, TEXTS, 'patterns of the files that the task writes'),
  fresh: key(readFresh, FRESH_JSON, 'how files are compared: by their times or by their content'),
  outputs: key(readOutputs, OUTPUTS_JSON, 'the keys of the values that the task sets, with their types'),
  timeout: key(readDuration, DURATION_JSON, 'how long the task may take, for example 90 or 1m30s'),
  retries: key(readRetries, RETRIES_JSON, 'how often the task is tried again after it failed'),
  interactive: key(readFlag, FLAG, 'true: the task has the terminal, and runs alone'),
  always: key(readFlag, FLAG, 'true: the task runs even when a task before it failed'),
  if: key(readCondition, TEXT, 'an expression (CEL); when it is false the task is skipped'),
  streaming: key(
    readFlag,
    FLAG,
    'true: what the task writes to $OTTO_OUTPUT_STREAM goes to its dependents while it runs',
  ),
  stdin_from: key(readText, TEXT, 'the task whose stdout is the stdin of this one; it is a dependency'),
  keep_stream: key(
    readKeepStream,
    KEEP_STREAM_JSON,
    'how much of the stream history keeps: a size, true for all of it, false for nothing',
  ),
  markers: key(
    readFlag,
    FLAG,
    'true: markers on stdout, <OTTO:OUTPUT:KEY>value</OTTO:OUTPUT:KEY>, are values',
  ),
  store: key(readText, STORE_JSON, 'where the values of this task travel when no option says so'),
} satisfies Section;

export const SCRIPT_KEYS = ['bash', 'python', 'node', 'action'] as const;
export type ScriptKey = (typeof SCRIPT_KEYS)[number];
