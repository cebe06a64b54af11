import type { Socket } from 'node:net';
import type { TaskName } from '../../base/task-name.ts';
import type { ValueType } from '../value.ts';
import type { Progress } from './broker.ts';
import { PROTOCOL_VERSION } from './constants.ts';
import { ProtocolError } from './fields.ts';
import { type Arrival, FrameReader } from './frame-reader.ts';
import { decodeRequest, greeting, type Request } from './frames.ts';
import { IncomingValue } from './incoming-value.ts';
import { Outlet } from './outlet.ts';
import { checkKey, isGone, Refusal, refusalOf } from './refusal.ts';
import type { ServedTasks, Service } from './served-tasks.ts';
import { Waiter, type WaitingRoom } from './waiting.ts';

/** What a connection needs of the broker. */
export interface Counter {
  readonly tasks: ServedTasks;
  readonly waiting: WaitingRoom;
  readonly onProgress: (task: TaskName, progress: Progress) => void;
  /** Absolute path of a file that does not exist yet. */
  readonly newPath: () => string;
}

interface IncomingSet {
  readonly type: ValueType;
  readonly key: string;
  readonly value: IncomingValue;
  /** Why it will not be set; its body is read all the same. */
  readonly refusal: Refusal | null;
}

/** A GET that is not answered yet. */
interface Waiting {
  readonly waiter: Waiter;
  readonly done: Promise<void>;
}

/** One connection, from its greeting to its end. */
export class Session {
  readonly #socket: Socket;
  readonly #counter: Counter;
  readonly #outlet: Outlet;
  readonly #gone = new AbortController();
  #isGreeted = false;
  #service: Service | null = null;
  #set: IncomingSet | null = null;
  #waiting: Waiting | null = null;

  constructor(socket: Socket, counter: Counter) {
    this.#socket = socket;
    this.#counter = counter;
    this.#outlet = new Outlet(socket);
  }

  /** Serves until the client leaves, breaks a rule or cannot be reached. Rejects only for a mistake of otto's own. */
  async run(): Promise<void> {
    const reader = new FrameReader(decodeRequest);
    try {
      for await (const data of this.#socket.iterator({ destroyOnReturn: false }))
        for (const arrival of reader.push(data)) await this.#take(arrival);
    } catch (error) {
      await this.#leave(error);
    } finally {
      this.#gone.abort();
      this.#socket.destroy();
      await this.#set?.value.abandon();
      await this.#waiting?.done;
    }
  }

  async #leave(error: unknown): Promise<void> {
    if (error instanceof ProtocolError) {
      const answer = { kind: 'error', code: 'protocol', text: error.message } as const;
      if (this.#isGreeted) await this.#outlet.answer(answer).catch(() => undefined);
      await new Promise<void>((resolve) => this.#socket.end(resolve));
    } else if (!isOfTheSocket(error)) throw error;
  }

  #take(arrival: Arrival<Request>): Promise<void> | undefined {
    return this.#waiting === null ? this.#takeNow(arrival) : this.#takeAfter(this.#waiting, arrival);
  }

  async #takeAfter(waiting: Waiting, arrival: Arrival<Request>): Promise<void> {
    if (!waiting.waiter.isAnswering)
      throw new ProtocolError('a request came while another one waits for its answer');
    await waiting.done;
    await this.#takeNow(arrival);
  }

  #takeNow(arrival: Arrival<Request>): Promise<void> | undefined {
    switch (arrival.kind) {
      case 'greeting':
        return this.#greet(arrival.version);
      case 'message':
        return this.#answer(arrival.message);
      case 'piece':
        return this.#set?.refusal === null ? this.#set.value.push(arrival.data) : undefined;
      case 'body-ended':
        return this.#commit();
      case 'body-broken-off':
        return this.#breakOff();
    }
  }

  async #greet(version: number): Promise<void> {
    this.#isGreeted = true;
    await this.#outlet.write(greeting());
    if (version !== PROTOCOL_VERSION) throw new LeavingError();
  }

  async #answer(request: Request): Promise<void> {
    try {
      await this.#serve(request);
    } catch (error) {
      await this.#refuse(error);
    }
  }

  async #serve(request: Request): Promise<void> {
    const { tasks } = this.#counter;
    if (request.kind === 'hello') {
      if (this.#service !== null) throw new ProtocolError('a second HELLO');
      this.#service = tasks.enter(request.task);
      return this.#outlet.answer({ kind: 'ok' });
    }
    const service = this.#service;
    if (request.kind === 'set') {
      this.#begin(request);
      return;
    }
    if (service === null) throw new ProtocolError('the first request is HELLO');
    switch (request.kind) {
      case 'delete':
        checkKey(request.key);
        await tasks.delete(service, request.key);
        return this.#outlet.answer({ kind: 'ok' });
      case 'list':
        return this.#outlet.entries(tasks.list(service, request.task));
      case 'progress': {
        const { done, total, text } = request;
        this.#counter.onProgress(service.task, { done, total: total === 0 ? null : total, text });
        return this.#outlet.answer({ kind: 'ok' });
      }
      case 'get':
        return this.#get(service, request);
    }
  }

  async #get(service: Service, { how, task, key }: Extract<Request, { kind: 'get' }>): Promise<void> {
    checkKey(key);
    if (how === 'now') return this.#getNow(service, task, key);
    const name = task as TaskName;
    const waiter = new Waiter(this.#counter.tasks, this.#outlet, { how, task: name, key });
    const waited = this.#counter.waiting.during(service.task, name, () => waiter.run(this.#gone.signal));
    // Not waited for: only so it is noticed when the client leaves.
    const done = waited
      .catch((error: unknown) => {
        waiter.isAnswering = true;
        return this.#refuse(error);
      })
      .catch((error: unknown) => {
        this.#socket.destroy(error instanceof Error ? error : undefined);
      })
      .finally(() => {
        this.#waiting = null;
      });
    this.#waiting = { waiter, done };
  }

  async #getNow(service: Service, task: string, key: string): Promise<void> {
    for (;;) {
      const entry = await this.#counter.tasks.get(service, task, key);
      if (entry === null) return this.#outlet.answer({ kind: 'missing' });
      try {
        return await this.#outlet.value(entry);
      } catch (error) {
        // Its own values may be set anew in this moment.
        if (task !== service.task || service.published !== null || !isGone(error)) throw error;
      }
    }
  }

  #begin({ type, key }: Extract<Request, { kind: 'set' }>): void {
    const service = this.#service;
    if (service === null) throw new ProtocolError('the first request is HELLO');
    const value = new IncomingValue(this.#counter.newPath);
    this.#set = { type, key, value, refusal: refusalFor(() => checkKey(key)) };
  }

  async #commit(): Promise<void> {
    const set = this.#set;
    const service = this.#service;
    this.#set = null;
    if (set === null || service === null) return;
    const { type, key, value } = set;
    try {
      if (set.refusal !== null) throw set.refusal;
      await this.#counter.tasks.put(service, { key, type, value: await value.end() });
      await this.#outlet.answer({ kind: 'ok' });
    } catch (error) {
      await value.abandon();
      await this.#refuse(error);
    }
  }

  async #breakOff(): Promise<void> {
    const set = this.#set;
    this.#set = null;
    await set?.value.abandon();
  }

  /** Answers what was refused or has failed; what is no answer ends the connection. */
  async #refuse(error: unknown): Promise<void> {
    if (error instanceof ProtocolError || error instanceof LeavingError || isOfTheSocket(error)) throw error;
    const { code, message } = refusalOf(error);
    await this.#outlet.answer({ kind: 'error', code, text: message });
  }
}

/** The client was told that it may not stay. */
class LeavingError extends Error {}

function refusalFor(check: () => void): Refusal | null {
  try {
    check();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

/** The other end is gone, or was sent away. */
const isOfTheSocket = (error: unknown): boolean =>
  error instanceof LeavingError ||
  (error instanceof Error &&
    !(error instanceof Refusal) &&
    'code' in error &&
    typeof error.code === 'string');
