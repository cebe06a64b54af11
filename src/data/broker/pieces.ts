import type { Socket } from 'node:net';

/**
 * Hands over what a socket receives, piece by piece, until it ends or breaks. When `take` returns a promise, the next piece waits for it, and the
 * socket is not read meanwhile. Rejects with what `take` throws, or with the error of the socket; no piece is handed over after that.
 *
 * The socket's own iterator does the same; for a small request it takes longer than to serve it.
 */
export function eachPiece(socket: Socket, take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    new Intake(socket, take, { resolve, reject }).start();
  });
}

interface Outcome {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

class Intake {
  readonly #socket: Socket;
  readonly #take: (piece: Buffer) => Promise<void> | undefined;
  readonly #outcome: Outcome;
  readonly #queue: Buffer[] = [];
  #isBusy = false;
  #hasEnded = false;

  constructor(socket: Socket, take: (piece: Buffer) => Promise<void> | undefined, outcome: Outcome) {
    this.#socket = socket;
    this.#take = take;
    this.#outcome = outcome;
  }

  start(): void {
    this.#socket.on('data', this.#receive);
    this.#socket.on('end', this.#end).on('close', this.#end).on('error', this.#fail);
  }

  readonly #receive = (piece: Buffer): void => {
    if (this.#isBusy) {
      this.#queue.push(piece);
      this.#socket.pause();
    } else this.#begin(piece);
  };

  #begin(piece: Buffer): void {
    try {
      const work = this.#take(piece);
      if (work === undefined) return;
      this.#isBusy = true;
      work.then(this.#goOn, this.#fail);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #goOn = (): void => {
    this.#isBusy = false;
    for (let piece = this.#queue.shift(); piece !== undefined; piece = this.#queue.shift()) {
      this.#begin(piece);
      if (this.#isBusy) return;
    }
    if (this.#hasEnded) this.#outcome.resolve();
    else if (this.#socket.isPaused()) this.#socket.resume();
  };

  readonly #end = (): void => {
    this.#hasEnded = true;
    if (!this.#isBusy) this.#outcome.resolve();
  };

  readonly #fail = (reason: unknown): void => {
    this.#queue.length = 0;
    this.#socket.off('data', this.#receive);
    this.#outcome.reject(reason);
  };
}
