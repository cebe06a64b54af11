import { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { suggestTask } from '../../ottofile/suggest.ts';
import { unknownTasks } from '../messages.ts';

/** The words as tasks of the ottofile. Throws a FailureError that names those that are none. */
export function namedTasks({ tasks }: Ottofile, words: readonly string[]): TaskName[] {
  const unknown = words.filter((word) => !tasks.has(word as TaskName));
  const [first] = unknown;
  if (first === undefined) return words as readonly string[] as TaskName[];
  const names = [...tasks.keys()];
  throw new FailureError(unknownTasks(unknown, suggestTask(first, names), names));
}
