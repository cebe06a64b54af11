import { withConnection } from './connection.ts';
import { loadTask } from './task.ts';
import type { Writer } from './writer.ts';

/** Sends this task's values to otto; each is set when the call returns. */
export function createBrokerWriter(): Writer {
  const path = loadTask().socket ?? '';
  return {
    set(key, value) {
      const data = value.type === 'bytes' ? value.data : Buffer.from(value.text);
      withConnection(path, (connection) => connection.set({ kind: 'set', type: value.type, key }, data));
    },
    delete(key) {
      withConnection(path, (connection) => connection.ask({ kind: 'delete', key }));
    },
  };
}
