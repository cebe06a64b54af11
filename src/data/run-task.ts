import type { Captured } from './captures/captured.ts';
import type { Store, TaskPlace } from './store.ts';
import type { TaskToPrepare, TaskToRestore } from './task-to-prepare.ts';
import type { Entry } from './value.ts';

/** A task of a run, and how far its values have come. */
export interface RunTask {
  readonly task: TaskToRestore & Pick<TaskToPrepare, 'scriptText' | 'outputs' | 'exported'>;
  readonly store: Store;
  readonly place: TaskPlace;
  entries: readonly Entry[];
  captured: Captured | null;
  /** Its values have been taken in. */
  hasValues: boolean;
  /** Nothing will be written to history for it any more. */
  settled: boolean;
}

export const newRunTask = (opened: Pick<RunTask, 'task' | 'store' | 'place'>): RunTask => ({
  ...opened,
  entries: [],
  captured: null,
  hasValues: false,
  settled: false,
});
