import { onTestFinished } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import type { Broker, Progress } from '../../src/data/broker/broker.ts';
import { createBroker } from '../../src/data/broker/socket-broker.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Store, StoreName } from '../../src/data/store.ts';
import { createBrokeredStore } from '../../src/data/stores/brokered.ts';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { type Mixture, TaskRig } from '../conformance/task-rig.ts';
import { ScriptedRun } from '../data/broker/rig.ts';

/** Real tasks whose values go through a real broker; clients get them through the socket alone. */
export class SocketRig {
  readonly run = new ScriptedRun();
  readonly progress: [string, Progress][] = [];
  readonly tasks: TaskRig;
  broker!: Broker;

  constructor(openOther?: (name: StoreName, runDirectory: string) => Store, storeOf?: Mixture['storeOf']) {
    const mixture: Mixture | undefined = openOther && {
      storeOf: storeOf ?? (() => undefined),
      open: (runDirectory) => (name) => openOther(name, runDirectory),
    };
    this.tasks = new TaskRig((directory) => this.#open(directory), undefined, mixture);
    onTestFinished(async () => {
      await this.tasks.data.close();
      this.tasks.remove();
    });
  }

  async bash(name: string, script: string, dependencies: readonly string[] = []) {
    return this.#ran(
      await this.tasks.run({ name, language: 'bash', script, dependencies, readers: 9 }),
      name,
    );
  }

  async node(name: string, script: string, dependencies: readonly string[] = []) {
    return this.#ran(
      await this.tasks.run({ name, language: 'node', script, dependencies, readers: 9 }),
      name,
    );
  }

  #ran<T>(result: T, name: string): T {
    this.run.end(name as TaskName);
    return result;
  }

  #open(runDirectory: string): Store {
    this.broker = createBroker({
      runDirectory,
      run: this.run,
      onProgress: (task, progress) => this.progress.push([task, progress]),
      peerUid: loadNative().peerUid,
      peerPid: null,
    });
    return createBrokeredStore({
      broker: this.broker,
      backend: createSocketBackend(runDirectory),
      runDirectory,
      readersNeedJson: false,
    });
  }
}
