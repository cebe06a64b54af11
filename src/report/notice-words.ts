import { unreachable } from '../base/result.ts';
import type { RedisKeyProblem } from '../data/notice.ts';
import type { NothingSet, Notice } from '../run/events.ts';
import { quotedName } from './shown-name.ts';
import { counted, sizeWords } from './words.ts';

const SHOWN_PIDS = 10;

/** Something about a task that its author should know. */
export function noticeWords(notice: Notice): string {
  switch (notice.kind) {
    case 'value-has-nul':
      return `INPUT has no ${JSON.stringify(notice.key)}: a bash variable cannot hold its NUL bytes; otto.get delivers it`;
    case 'value-too-large-for-bash':
      return (
        `INPUT has no ${JSON.stringify(notice.key)}: its ${sizeWords(notice.bytes)} are more than a bash variable ` +
        `takes (${sizeWords(notice.limit)}); otto.get delivers it`
      );
    case 'param-too-large':
      return (
        `the variable ${JSON.stringify(notice.name)} is empty: its ${sizeWords(notice.bytes)} are more than one in the environment ` +
        `takes (${sizeWords(notice.limit)}); bash, Python and Node scripts have the value`
      );
    case 'not-in-environment':
      return (
        `${notice.name} is not set: ${NOT_IN_ENVIRONMENT[notice.why](notice.bytes)}; INPUT and otto.get have ` +
        `${JSON.stringify(notice.key)}, and so has the JSON in $OTTO_TASK_DIR`
      );
    case 'same-variable':
      return (
        `${notice.name} is not set: it could be ${notice.keys.map((key) => JSON.stringify(key)).join(' or ')}; ` +
        'INPUT and otto.get tell them apart'
      );
    case 'ambiguous-key':
      return (
        `${JSON.stringify(notice.key)} could be a value of ${notice.tasks.map(quotedName).join(' or ')}; ` +
        'the longest task name wins'
      );
    case 'socket-removed':
      return `a task has removed ${notice.path}, through which values are set and read; otto has made it anew`;
    case 'redis-key':
      return `${JSON.stringify(notice.name)} in Redis is not taken: ${redisKeyWords(notice.problem)}`;
    case 'redis-restarted':
      return 'redis-server ended, did not answer, or its socket was removed; otto has started it again with everything that was set';
    case 'redis-emptied':
      return (
        'a task has emptied redis-server (FLUSHALL): what running tasks had set is gone, redis-cli finds nothing of those that have ' +
        'ended; INPUT and otto.get still have these'
      );
    case 'spilled':
      return spilledWords(notice);
    case 'nothing-set':
      return nothingSetWords(notice);
    case 'unended-processes':
      return (
        `left ${counted(notice.pids.length, 'process', 'processes')} behind that could not be ended ` +
        `(${notice.pids.slice(0, SHOWN_PIDS).join(', ')}${notice.pids.length > SHOWN_PIDS ? ', …' : ''}): ` +
        'of another user, or hanging in the kernel'
      );
    case 'marker-not-closed':
      return (
        `the marker of ${JSON.stringify(notice.key)} on its stdout was not closed: all from there on is taken for output, ` +
        `with the markers in it; "</OTTO:OUTPUT:…>" has to repeat the key exactly`
      );
    case 'streams-alike':
      return `has no ${notice.variable}: it would mean the streams of ${notice.tasks.map(quotedName).join(' and ')}; rename one of them`;
    case 'leftover-processes':
      return `left ${counted(notice.count, 'process', 'processes')} behind, ended with the run`;
    default:
      return unreachable(notice);
  }
}

/** What, which task, and how a value is set there. */
function nothingSetWords({ read, task, key, language, mentionsOutput }: NothingSet): string {
  const what = `INPUT has no ${JSON.stringify(read)}: ${quotedName(task)} has set nothing`;
  if (language === null) return `${what}, it has no script; name the task that sets it under "before"`;
  if (language === 'bash' && mentionsOutput)
    return `${what}; what OUTPUT[…]= sets in a subshell or a pipeline is lost there, otto.set is not`;
  return `${what}; ${HOW_TO_SET[language](/^\w+$/.test(key) ? key : 'key')}`;
}

const HOW_TO_SET: Readonly<Record<NonNullable<NothingSet['language']>, (key: string) => string>> = {
  bash: (key) => `bash sets a value with OUTPUT[${key}]=value or otto.set ${key} value`,
  python: (key) => `Python sets a value with OUTPUT["${key}"] = value`,
  node: (key) => `Node sets a value with OUTPUT.${key} = value`,
  other: (key) => `any program sets a value with echo "${key}=value" >> "$OTTO_OUTPUT"`,
};

/** Why a value cannot be a variable. */
const NOT_IN_ENVIRONMENT: Readonly<
  Record<Extract<Notice, { kind: 'not-in-environment' }>['why'], (bytes: number) => string>
> = {
  'too-large': (bytes) =>
    `the value has ${sizeWords(bytes)}, and a variable at most 131,071 bytes with its name`,
  'no-room': () => 'the values before it have taken the room that the system gives to variables',
  nul: () => 'the value holds NUL bytes, which no variable can',
  'not-text': () => 'the value is no text in UTF-8',
};

function redisKeyWords(problem: RedisKeyProblem): string {
  switch (problem.kind) {
    case 'no-task':
      return problem.meant === null
        ? 'no task of this run has such a key; write "$OTTO_TASK:key"'
        : `no task of this run has such a key; did you mean ${JSON.stringify(problem.meant)}?`;
    case 'task-not-running':
      return `${quotedName(problem.task)} ${problem.hasEnded ? 'has ended' : 'has not started'}, and only a running task sets its values`;
    case 'type':
      return `it is a ${problem.type}, and values are strings`;
    default:
      return unreachable(problem);
  }
}

function spilledWords({ bytes, directory, reason }: Extract<Notice, { kind: 'spilled' }>): string {
  if (reason.kind === 'unusable')
    return `shared memory cannot be used here, so the run's values lie on disk, in ${directory}`;
  const limit =
    reason.by === 'otto.memory'
      ? `values may take ${sizeWords(reason.limitBytes)} of shared memory (memory in the ottofile)`
      : `there was room for ${sizeWords(reason.limitBytes)} (${ROOM_LEFT_BY[reason.by]})`;
  return `${sizeWords(bytes)} of its values went to disk, in ${directory}: ${limit}`;
}

const ROOM_LEFT_BY = {
  'shared memory': '/dev/shm; a container gets more by --shm-size',
  'control group': "half of what the control group's memory limit leaves",
  memory: 'half of the free memory',
} as const;
