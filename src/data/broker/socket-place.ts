import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';

/** Addresses of sockets end at 104 bytes on some systems. */
const MAX_SOCKET_PATH_BYTES = 100;
const SOCKET = 'socket';
/** A link to where the socket is when the run's path is too long for one. */
const LINK = 'elsewhere';
const ELSEWHERE = /^otto-socket-\w+$/;

/** Where a run's socket and the values on their way lie; both directories are for their owner only. */
export interface SocketPlace {
  /** In the run's directory, so that its files can become history's by another name. */
  readonly directory: string;
  readonly socketPath: string;
  remove(): void;
}

/** What has a place of its own: otto's socket, and that of a run's redis-server. */
export type PlaceName = 'broker' | 'redis';

export function makeSocketPlace(runDirectory: string, name: PlaceName = 'broker'): SocketPlace {
  const directory = join(runDirectory, name);
  attempt('create', directory, () => mkdirSync(directory, { mode: 0o700, recursive: true }));
  const near = join(directory, SOCKET);
  const socketPath =
    Buffer.byteLength(near) <= MAX_SOCKET_PATH_BYTES ? near : join(elsewhere(directory), SOCKET);
  return { directory, socketPath, remove: () => removeSocketPlace(runDirectory, name) };
}

/** Removes what a run has left of it, however it ended. */
export function removeSocketPlace(runDirectory: string, name: PlaceName = 'broker'): void {
  const directory = join(runDirectory, name);
  const far = linkedFrom(directory);
  if (far !== null) rmSync(far, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}

/** Named by a link before it is used: whoever finds the run finds it, too. */
function elsewhere(directory: string): string {
  const made = attempt('create', tmpdir(), () => mkdtempSync(join(shortTemporary(), 'otto-socket-')));
  attempt('create', made, () => {
    chmodSync(made, 0o700);
    symlinkSync(made, join(directory, LINK));
  });
  return made;
}

/** A temporary directory whose own path leaves room for a socket's. */
const shortTemporary = (): string => (Buffer.byteLength(tmpdir()) <= 70 ? tmpdir() : '/tmp');

/** Only what looks as otto has made it, and belongs to this user: the link could lead anywhere. */
function linkedFrom(directory: string): string | null {
  try {
    const target = readlinkSync(join(directory, LINK));
    const { uid } = lstatSync(target);
    return lstatSync(target).isDirectory() && uid === process.geteuid?.() && ELSEWHERE.test(basename(target))
      ? target
      : null;
  } catch {
    return null;
  }
}

/** True when somebody has taken the socket away, or put something else in its place. */
export function isSocketGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true;
}

/** Makes room for a new socket. */
export function removeStaleSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or listening will tell.
  }
}
