import { parentPort, workerData } from 'node:worker_threads';
import { FailureError } from '../../base/failure.ts';
import type { CallName, DatabasePlace } from './calls.ts';
import { TaskDatabase } from './database.ts';
import type { Answer, Question } from './thread.ts';

/**
 * The thread that has the run's database: it waits for locks and moves large values while otto goes on. Started by thread.ts; questions are answered in
 * their order.
 */
const IDLE_MS = 100;
/** A log of changes that grows beyond this is put into the database even while there is no rest. */
const MAX_LOG_BYTES = 256 * 1024 * 1024;

const port = parentPort;
if (port === null) throw new Error('to be started as a worker');
let database: TaskDatabase | null = null;
let idle: NodeJS.Timeout | undefined;

port.on('message', async (question: Question) => {
  clearTimeout(idle);
  port.postMessage(await answer(question));
  if (question.name === 'close') {
    port.close();
    return;
  }
  if ((database?.logBytes ?? 0) > MAX_LOG_BYTES) database?.checkpoint();
  idle = setTimeout(() => database?.checkpoint(), IDLE_MS);
  idle.unref();
});

async function answer({ id, name, args }: Question): Promise<Answer> {
  try {
    if (name === 'start') database = await TaskDatabase.open(workerData as DatabasePlace);
    return { id, ok: true, value: name === 'start' ? undefined : call(name, args) };
  } catch (error) {
    return error instanceof FailureError
      ? { id, ok: false, failure: error.failure }
      : { id, ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function call(name: Exclude<CallName, 'start'>, args: readonly unknown[]): unknown {
  if (database === null) return undefined;
  return Reflect.apply(database[name] as (...values: unknown[]) => unknown, database, args);
}
