import type { Backend } from '../data/broker/backend.ts';
import type { Broker, BrokerOptions } from '../data/broker/broker.ts';
import { createBroker } from '../data/broker/socket-broker.ts';
import { addonPath } from '../data/installation.ts';
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

export function openBrokered(name: BrokeredName, place: { broker: Broker; runDirectory: string }): Store {
  const { broker, runDirectory } = place;
  return createBrokeredStore({
    broker,
    runDirectory,
    backend: backendOf(name, runDirectory),
    // Node asks through the addon; without it, it reads history.
    readersNeedJson: addonPath() === null,
  });
}

function backendOf(name: BrokeredName, runDirectory: string): Backend {
  if (name === 'socket') return createSocketBackend(runDirectory);
  throw new Error(`this otto has no store ${name}`);
}
