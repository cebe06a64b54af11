import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timeCommand } from '../measure/command.ts';
import { fillFile } from '../measure/pages.ts';
import { commandLine } from '../otto.ts';
import type { Check } from '../result.ts';
import { freshDirectory, type Setting } from '../setting.ts';
import { latestRun } from './run-times.ts';
import { sizeName } from './sizes.ts';

/** The view is taken, every page of it read, and forwarded; then the task tells how much memory of its own that took. */
const OTTOFILE = `
tasks:
  a:
    bash: otto.set data - < "$BENCH_SOURCE"
  b:
    before: [a]
    python: |
      def private():
          with open("/proc/self/status") as status:
              return 1024 * int(next(line for line in status if line.startswith("RssAnon")).split()[1])
      before = private()
      view = INPUT.view("a.data")
      touched = sum(view[start] for start in range(0, len(view), 4096))
      OUTPUT["data"] = view
      OUTPUT["private"] = private() - before
  c:
    before: [b]
    node: |
      const { readFileSync } = await import('node:fs');
      const own = () => 1024 * Number(/RssAnon:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const before = own();
      const view = INPUT.view('b.data');
      let touched = 0;
      for (let start = 0; start < view.length; start += 4096) touched += view[start];
      OUTPUT.data = view;
      OUTPUT.private = own() - before;
`;

/** What an interpreter's own bookkeeping may take meanwhile; a copy of the value would be far more. */
const AT_MOST = 16 * 2 ** 20;

/** Memory of their own that Python and Node take for a view: none, or the bytes would have been copied. */
export function privateMemory(setting: Setting): Check[] {
  const project = freshDirectory(join(setting.disk, 'private-memory'));
  const home = freshDirectory(join(setting.disk, 'private-memory-home'));
  const source = join(setting.memory, 'source');
  writeFileSync(join(project, 'otto.yml'), OTTOFILE);
  fillFile(source, setting.bytes);
  timeCommand({
    argv: [process.execPath, commandLine, 'run', '--fast', 'c'],
    cwd: project,
    env: { OTTO_HOME: home, BENCH_SOURCE: source },
  });
  const size = sizeName(setting.bytes);
  return [
    { what: `private memory a Python view of ${size} takes`, bytes: kept(home, 'b'), atMostBytes: AT_MOST },
    { what: `private memory a Node view of ${size} takes`, bytes: kept(home, 'c'), atMostBytes: AT_MOST },
  ];
}

function kept(home: string, task: string): number {
  const file = join(latestRun(home), 'tasks', task, `output.${task}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { private: number }).private;
}
