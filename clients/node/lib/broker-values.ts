import { getBytes, withConnection } from './connection.ts';
import { type Stored, type StoredValues, within } from './stored.ts';

/** The values of a dependency, got from otto one by one when they are used. They no longer change: the task has ended. */
export function readBrokerValues(path: string, task: string): StoredValues {
  const listed = withConnection(path, (connection) => connection.list(task));
  return new Map(
    listed.map(({ key, type, bytes }): [string, Stored] => [
      key,
      {
        type,
        bytes: () => getBytes(path, { task, key }, { offset: 0, length: bytes }),
        part: (range) => getBytes(path, { task, key }, within(range, bytes)),
      },
    ]),
  );
}
