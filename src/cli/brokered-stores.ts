import type { Backend } from '../data/broker/backend.ts';
import type { Broker, BrokerOptions } from '../data/broker/broker.ts';
import { createBroker } from '../data/broker/socket-broker.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { Store } from '../data/store.ts';
import { createBrokeredStore } from '../data/stores/brokered.ts';
import { createSocketBackend } from '../data/stores/socket-backend.ts';

export type BrokeredName = Backend['name'];

/** One broker serves all stores of a run that need one. */
export function newBroker(options: Omit<BrokerOptions, 'peerUid'>): Broker {
  const native = nativeOrNull();
  // An addon that was built for another version of otto may lack it.
  const peerUid = typeof native?.peerUid === 'function' ? native.peerUid.bind(native) : null;
  return createBroker({ ...options, peerUid });
}

/** Until every client speaks the protocol, some read history's JSON. */
const READERS_NEED_JSON = true;

export function openBrokered(name: BrokeredName, place: { broker: Broker; runDirectory: string }): Store {
  const { broker, runDirectory } = place;
  return createBrokeredStore({
    broker,
    runDirectory,
    backend: backendOf(name, runDirectory),
    readersNeedJson: READERS_NEED_JSON,
  });
}

function backendOf(name: BrokeredName, runDirectory: string): Backend {
  if (name === 'socket') return createSocketBackend(runDirectory);
  throw new Error(`this otto has no store ${name}`);
}
