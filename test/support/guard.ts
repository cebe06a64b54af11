import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Tests start processes that are hard to end, and a test that is cut off ends none. So all that tests do is in one directory, and a
 * process outside of them ends what is at work there as soon as vitest is gone, also when it was killed.
 */
export default function setup(): () => Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'otto-tests-')));
  // Some tests run as another user, who has to get through.
  chmodSync(directory, 0o755);
  const guard = spawn('bash', [join(import.meta.dirname, 'guard.sh')], {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(guard, 'exit');
  guard.stdin.write(`${directory}\n`);
  guard.unref();
  (guard.stdin as Socket).unref();
  process.env.TMPDIR = directory;
  return async () => {
    guard.stdin.end('end\n');
    await ended;
  };
}
