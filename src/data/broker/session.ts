import type { Socket } from 'node:net';
import type { TaskName } from '../../base/task-name.ts';
import type { ValueType } from '../value.ts';
import type { Progress } from './broker.ts';
import { PROTOCOL_VERSION } from './constants.ts';
import { ProtocolError } from './fields.ts';
import { type Arrival, FrameReader } from './frame-reader.ts';
import { decodeRequest, encodeAnswer, greeting, type Request } from './frames.ts';
import { IncomingValue } from './incoming-value.ts';
import { Outlet } from './outlet.ts';
import { eachPiece } from './pieces.ts';
import {
  checkKey,
  isGone,
  isOfTheSocket,
  LeavingError,
  type Refusal,
  refusalFor,
  refusalOf,
} from './refusal.ts';
import type { ServedTasks, Service } from './served-tasks.ts';
import { Waiter } from './waiting.ts';
import type { WaitingRoom } from './waiting-room.ts';

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

const OK = encodeAnswer({ kind: 'ok' });
const MISSING = encodeAnswer({ kind: 'missing' });

/** One connection, from its greeting to its end. */
export class Session {
  readonly #socket: Socket;
  readonly #counter: Counter;
  /** The client's; 0: unknown. */
  readonly #pid: number;
  readonly #outlet: Outlet;
  readonly #gone = new AbortController();
  #isGreeted = false;
  #service: Service | null = null;
  #set: IncomingSet | null = null;
  #waiting: Waiting | null = null;

  constructor(socket: Socket, counter: Counter, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
    this.#counter = counter;
    this.#outlet = new Outlet(socket);
  }

  /** Serves until the client leaves, breaks a rule or cannot be reached. Rejects only for a mistake of otto's own. */
  async run(): Promise<void> {
    const reader = new FrameReader(decodeRequest);
    try {
      await eachPiece(this.#socket, (piece) => this.#receive(reader.push(piece)));
    } catch (error) {
      await this.#leave(error);
    } finally {
      this.#gone.abort();
      this.#socket.destroy();
      await this.#set?.value.abandon();
      await this.#waiting?.done;
    }
  }

  /** A promise when there is something to wait for. Answers go out together when there is no more in a piece. */
  #receive(arrivals: Iterator<Arrival<Request>>): Promise<void> | undefined {
    for (let next = arrivals.next(); !next.done; next = arrivals.next()) {
      const work = this.#take(next.value);
      if (work !== undefined) return work.then(() => this.#receive(arrivals));
    }
    return this.#outlet.flush();
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

  #greet(version: number): Promise<void> | undefined {
    this.#isGreeted = true;
    this.#outlet.hold(greeting());
    if (version !== PROTOCOL_VERSION) return this.#sendAway();
    return undefined;
  }

  async #sendAway(): Promise<void> {
    await this.#outlet.flush();
    throw new LeavingError();
  }

  #answer(request: Request): Promise<void> | undefined {
    try {
      return this.#serve(request)?.catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #serve(request: Request): Promise<void> | undefined {
    if (request.kind === 'hello') return this.#enter(request.task);
    if (this.#service === null) throw new ProtocolError('the first request is HELLO');
    if (request.kind !== 'set') return this.#serveTask(this.#service, request);
    const value = new IncomingValue(this.#counter.newPath);
    this.#set = {
      type: request.type,
      key: request.key,
      value,
      refusal: refusalFor(() => checkKey(request.key)),
    };
    return undefined;
  }

  #enter(task: string): undefined {
    if (this.#service !== null) throw new ProtocolError('a second HELLO');
    this.#service = this.#counter.tasks.enter(task);
    this.#outlet.hold(OK);
  }

  async #serveTask(service: Service, request: Exclude<Request, { kind: 'hello' | 'set' }>): Promise<void> {
    const { tasks } = this.#counter;
    switch (request.kind) {
      case 'delete':
        checkKey(request.key);
        await tasks.delete(service, request.key);
        return this.#outlet.hold(OK);
      case 'list':
        return this.#outlet.entries(tasks.list(service, request.task));
      case 'progress': {
        const { done, total, text } = request;
        this.#counter.onProgress(service.task, { done, total: total === 0 ? null : total, text });
        return this.#outlet.hold(OK);
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
    const waited = this.#counter.waiting.during({ asking: service.task, for: name, pid: this.#pid }, (stop) =>
      waiter.run(AbortSignal.any([this.#gone.signal, stop])),
    );
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
      if (entry === null) return this.#outlet.hold(MISSING);
      try {
        return await this.#outlet.value(entry);
      } catch (error) {
        // Its own values may be set anew in this moment.
        if (task !== service.task || service.published !== null || !isGone(error)) throw error;
      }
    }
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
      this.#outlet.hold(OK);
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
