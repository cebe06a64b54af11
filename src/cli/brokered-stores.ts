import type { TaskName } from '../base/task-name.ts';
import type { Backend } from '../data/broker/backend.ts';
import type { Broker, BrokerOptions } from '../data/broker/broker.ts';
import { createBroker } from '../data/broker/socket-broker.ts';
import { addonPath } from '../data/installation.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { OpenPlace } from '../data/redis/link.ts';
import { PrivateServer } from '../data/redis/private-server.ts';
import { SharedServer } from '../data/redis/shared-server.ts';
import type { Store } from '../data/store.ts';
import { createBrokeredStore } from '../data/stores/brokered.ts';
import { createRedisBackend } from '../data/stores/redis-backend.ts';
import { createSocketBackend } from '../data/stores/socket-backend.ts';
import { createSqliteBackend } from '../data/stores/sqlite-backend.ts';
import { suggestTask } from '../ottofile/suggest.ts';

export type BrokeredName = Backend['name'];

/** One broker serves all stores of a run that need one. */
export function newBroker(options: Omit<BrokerOptions, 'peerUid' | 'peerPid'>): Broker {
  const native = nativeOrNull();
  // An addon that was built for another version of otto may lack it.
  const peerUid = typeof native?.peerUid === 'function' ? native.peerUid.bind(native) : null;
  const peerPid = typeof native?.peerPid === 'function' ? native.peerPid.bind(native) : null;
  return createBroker({ ...options, peerUid, peerPid });
}

export interface BrokeredPlace extends Pick<BrokerOptions, 'run' | 'runDirectory'> {
  readonly broker: Broker;
}

export function openBrokered(name: BrokeredName, place: BrokeredPlace): Store {
  const { broker, runDirectory } = place;
  return createBrokeredStore({
    broker,
    runDirectory,
    backend: backendOf(name, place),
    // Node asks through the addon; without it, it reads history.
    readersNeedJson: addonPath() === null,
  });
}

function backendOf(name: BrokeredName, { run, runDirectory }: BrokeredPlace): Backend {
  if (name === 'socket') return createSocketBackend(runDirectory);
  if (name === 'sqlite') return createSqliteBackend(runDirectory);
  return createRedisBackend({
    runDirectory,
    isTask: (task) => run.has(task as TaskName),
    nearest: (task) => suggestTask(task, run.names()),
    openPlace: redisPlace(runDirectory),
  });
}

/** A server that the user names, else one of the run's own. */
function redisPlace(runDirectory: string): OpenPlace {
  const url = process.env.OTTO_REDIS_URL;
  return (onRestart) =>
    url ? new SharedServer(url, runDirectory) : new PrivateServer(runDirectory, onRestart);
}
