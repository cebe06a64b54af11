import { chmodSync, mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { DataNotice } from '../notice.ts';
import type { Entry } from '../value.ts';
import type { Broker, BrokerOptions, ServedTask } from './broker.ts';
import { ServedTasks } from './served-tasks.ts';
import { type Counter, Session } from './session.ts';
import { isSocketGone, makeSocketPlace, removeStaleSocket, type SocketPlace } from './socket-place.ts';
import { WaitingRoom } from './waiting-room.ts';

export function createBroker(options: BrokerOptions): Broker {
  return new SocketBroker(options);
}

/** Clients may come faster than they are taken in. */
const BACKLOG = 511;

class SocketBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #tasks: ServedTasks;
  readonly #counter: Counter;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<Promise<void>>();
  #place: SocketPlace | null = null;
  #server: Server | null = null;
  #listening: Promise<void> | null = null;
  #notices: DataNotice[] = [];
  #isRestarting = false;
  #values = 0;
  #isClosed = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#tasks = new ServedTasks(options.run);
    this.#counter = {
      tasks: this.#tasks,
      waiting: new WaitingRoom(options.run),
      onProgress: options.onProgress,
      newPath: () => join(this.#where().directory, `value-${++this.#values}`),
    };
  }

  get path(): string {
    return this.#where().socketPath;
  }

  async open(task: TaskName, served: ServedTask): Promise<void> {
    this.#tasks.open(task, served);
    this.#listening ??= this.#listen();
    await this.#listening;
    if (!isSocketGone(this.path)) return;
    // Those who have waited for the same share what the first one does about it.
    if (!this.#isRestarting) {
      this.#isRestarting = true;
      this.#notices.push({ kind: 'socket-removed', path: this.path });
      this.#listening = this.#listen().finally(() => {
        this.#isRestarting = false;
      });
    }
    await this.#listening;
  }

  seal(task: TaskName): Promise<void> {
    return this.#tasks.seal(task);
  }

  publish(task: TaskName, entries: readonly Entry[]): void {
    this.#tasks.publish(task, entries);
  }

  forget(task: TaskName): Promise<void> {
    return this.#tasks.forget(task);
  }

  takeNotices(): readonly DataNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listening?.catch(() => undefined);
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#sessions);
    this.#place?.remove();
  }

  #where(): SocketPlace {
    this.#place ??= makeSocketPlace(this.#options.runDirectory);
    return this.#place;
  }

  /** Where a server has listened before it goes on with those that it has. */
  async #listen(): Promise<void> {
    this.#server?.close();
    const path = this.path;
    attempt('create', dirname(path), () => mkdirSync(dirname(path), { recursive: true, mode: 0o700 }));
    removeStaleSocket(path);
    const server = createServer((socket) => this.#welcome(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new FailureError({ kind: 'io', action: 'listen on', path, code: error.code ?? error.message }),
        ),
      );
      server.listen({ path, backlog: BACKLOG }, resolve);
    });
    // The directory keeps others out even before this.
    attempt('change', path, () => chmodSync(path, 0o600));
    server.on('error', () => undefined);
  }

  #welcome(socket: Socket): void {
    if (this.#isClosed || !this.#isOwn(socket)) {
      socket.destroy();
      return;
    }
    // Also when the client is gone before the session looks.
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    const session = new Session(socket, this.#counter, this.#pidOf(socket)).run().finally(() => {
      this.#sockets.delete(socket);
      this.#sessions.delete(session);
    });
    this.#sessions.add(session);
  }

  /** 0: nobody can tell. */
  #pidOf(socket: Socket): number {
    const descriptor = descriptorOf(socket);
    try {
      return descriptor === null ? 0 : (this.#options.peerPid?.(descriptor) ?? 0);
    } catch {
      return 0;
    }
  }

  /** True also where nobody can tell: the directory lets only its owner in. */
  #isOwn(socket: Socket): boolean {
    const descriptor = descriptorOf(socket);
    const { peerUid } = this.#options;
    if (peerUid === null || descriptor === null) return true;
    try {
      return peerUid(descriptor) === process.geteuid?.();
    } catch {
      return false;
    }
  }
}

/** Node does not tell it otherwise. */
function descriptorOf(socket: Socket): number | null {
  const handle = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}
