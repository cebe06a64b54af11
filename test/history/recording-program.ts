import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadSqlite } from '../../src/data/sqlite/driver.ts';
import { withIndex } from '../../src/history/open-index.ts';
import { Recorder } from '../../src/history/recorder.ts';
import { readRunRecord } from '../../src/history/run-record.ts';

/**
 * `once HOME RUN_DIRECTORY`: waits for a byte on stdin, records the run like `otto run` does, and prints its problems as JSON.
 * `forever HOME FOLDER`: records the folder's runs again and again, until it is killed.
 */
const [mode = '', home = '', where = ''] = process.argv.slice(2);

async function once(): Promise<void> {
  const problems: unknown[] = [];
  const recorder = new Recorder({ home, retention: null, onProblem: (problem) => problems.push(problem) });
  recorder.listen({ type: 'run-started', directory: where, tasks: [], at: new Date() });
  recorder.listen({ type: 'task-started', task: 'build' as never, at: new Date() });
  process.stdout.write('ready\n');
  for await (const _ of process.stdin) break;
  await recorder.finish();
  process.stdout.write(JSON.stringify(problems));
}

async function forever(): Promise<void> {
  const driver = await loadSqlite();
  const runs = readdirSync(join(home, where)).map((run) => readRunRecord(join(home, where, run)));
  const records = runs.flatMap((run) => (run.ok ? [run.value] : []));
  process.stdout.write('ready\n');
  for (;;) withIndex({ home, driver, timeoutMs: 5000 }, (index) => index.record(records));
}

void (mode === 'once' ? once() : forever());
