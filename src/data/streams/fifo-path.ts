import { closeSync, constants, linkSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { ioFailure } from '../../base/io-failure.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** Opens a FIFO for reading or writing without waiting for the other side; null: for writing, when nobody reads. */
export function openFifo(path: string, mode: 'read' | 'write'): number | null {
  try {
    return openSync(path, (mode === 'read' ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return null;
    throw ioFailure(error, 'open', path);
  }
}

/**
 * Puts something that never makes anybody wait in the FIFO's place: /dev/null, which is empty to readers and takes what is
 * written. Whoever waits in open(2) for the other side is let go. `otherSide` is what they wait for.
 */
export function retireFifo(path: string, otherSide: 'read' | 'write'): void {
  const old = `${path}.old`;
  const link = `${path}.new`;
  try {
    linkSync(path, old);
    symlinkSync('/dev/null', link);
    renameSync(link, path);
    const descriptor = openFifo(old, otherSide);
    if (descriptor !== null) closeSync(descriptor);
  } catch {
    // The task has removed or replaced it, or the disk is full: then nobody shall find it at least.
    rmSync(link, { force: true });
    rmSync(path, { force: true });
  } finally {
    rmSync(old, { force: true });
  }
}
