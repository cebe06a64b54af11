import { sendHelperPath } from './installation.ts';
import type { TaskPlace } from './store.ts';

/**
 * How bash gets those values of a dependency that no variable holds: by `otto-mmap-get` from its region, by `otto-recv` from otto when it
 * has no file, or only from files.
 */
export type Reach = 'region' | 'socket' | 'file';

/** Only a task with a region of its own may read those of others. */
export function reachOf(reader: TaskPlace, dependency: TaskPlace | undefined): Reach {
  if (reader.shmDirectory !== null && dependency?.shmDirectory) return 'region';
  return dependency?.socket && sendHelperPath() !== null ? 'socket' : 'file';
}

/** The socket through which a task's own values go or, without one, those that it reads: a run has one broker. */
export function socketVariables(
  own: TaskPlace,
  dependencies: readonly (TaskPlace | undefined)[],
): Readonly<Record<string, string>> {
  const socket = own.socket ?? dependencies.find((place) => place?.socket)?.socket;
  const helper = own.socket === null ? null : sendHelperPath();
  return { ...(socket && { OTTO_SOCKET: socket }), ...(helper && { OTTO_SEND: helper }) };
}
