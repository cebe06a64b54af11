import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { childCollected, childStarted } from '../base/children.ts';
import type { Native } from '../data/native.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { Environment } from './environment.ts';
import { type Launch, type LaunchEnd, type Launched, type Launcher, notLaunched } from './launch.ts';

type Spawn = NonNullable<Native['spawn']>;

/** Starts processes through the addon, faster than Node does; null where it is missing or the system cannot do it. */
export function nativeLauncher(): Launcher | null {
  const spawn = nativeOrNull()?.spawn;
  return spawn === undefined ? null : (launch) => launchNatively(spawn, launch);
}

function launchNatively(spawn: Spawn, { command, directory, environment, output }: Launch): Launched {
  if (output === null) throw new Error('only Node makes streams for a process');
  const { file, args } = command;
  const program = {
    file,
    args: [file, ...args],
    environment: assignments(environment),
    directory,
    ...output,
  };
  let pid = 0;
  const ended = new Promise<LaunchEnd>((resolve) => {
    pid = spawn(program, (code, signal) => {
      childCollected(pid);
      resolve(endOf(code, signal));
    });
  });
  if (pid > 0) childStarted(pid);
  return pid < 0 ? notLaunched(getSystemErrorName(pid)) : { pid, stdout: null, stderr: null, ended };
}

function assignments(environment: Environment): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function endOf(code: number, signal: number): LaunchEnd {
  return signal === 0 ? { kind: 'exit', code } : { kind: 'signal', signal: signalName(signal) };
}

/** Signals that have no name are the real-time ones. */
function signalName(number: number): NodeJS.Signals {
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  return (known?.[0] ?? `SIG${number}`) as NodeJS.Signals;
}
