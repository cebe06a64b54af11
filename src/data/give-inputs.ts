import type { TaskName } from '../base/task-name.ts';
import { writeInputsWhereRoomIs } from './bash-inputs-place.ts';
import { deliver, NOTHING as NO_DELIVERY } from './captures/delivery.ts';
import { localNameOf, nameInputs, type TaskValues } from './input-keys.ts';
import type { DataNotice } from './notice.ts';
import { type Reach, reachOf } from './reach.ts';
import type { TaskPlace } from './store.ts';
import type { TaskToPrepare } from './task-to-prepare.ts';

/** Where a task's inputs come from and go to. */
export interface InputsPlace {
  readonly place: TaskPlace;
  readonly values: readonly TaskValues[];
  readonly placeOf: (dependency: TaskName) => TaskPlace | undefined;
}

export interface GivenInputs {
  readonly variables: Readonly<Record<string, string>>;
  readonly spool: string;
  readonly notices: readonly DataNotice[];
}

/** Makes a task's inputs ready: as variables, and for bash in a spool. */
export async function giveInputs(task: TaskToPrepare, from: InputsPlace): Promise<GivenInputs> {
  const { place, placeOf } = from;
  const values = from.values.map((one) => ({ ...one, localName: localNameOf(one.task, task.namePrefix) }));
  const { variables, notices: missed } =
    task.script === null ? NO_DELIVERY : deliver(values, task.scriptText);
  const { keys, notices } = nameInputs(values);
  const given = { variables, spool: place.spool, notices: [...notices, ...missed] };
  if (task.language !== 'bash' || !task.usesValues) return given;
  const reach = (name: TaskName): Reach => reachOf(place, placeOf(name));
  const inputs = { keys, scriptText: task.scriptText, reach };
  const written = await writeInputsWhereRoomIs(inputs, place);
  return { ...given, spool: written.spool, notices: [...given.notices, ...written.notices] };
}
