import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { addonPath } from '../src/data/installation.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { commandLine, GET, SET } from './otto.ts';
import { measureChain } from './parts/chain.ts';
import { measureGrowth } from './parts/growth.ts';
import { measureHelpers } from './parts/helpers.ts';
import { measureInProcess } from './parts/in-process.ts';
import { measureTasks } from './parts/tasks.ts';
import { renderPart } from './report/markdown.ts';
import { publish, readResults } from './report/publish.ts';
import type { PartName, PartResult } from './result.ts';
import { installRivals } from './rivals.ts';
import { type MeasurePart, type Setting, withSetting } from './setting.ts';

const parts: Readonly<Record<PartName, MeasurePart>> = {
  a: measureHelpers,
  b: measureInProcess,
  c: measureChain,
  d: measureTasks,
  e: measureGrowth,
};

const say = (line: string): void => console.error(`bench: ${line}`);

/** Exit code: 0 measured (whether or not goals are met), 2 wrong usage or nothing built to measure. */
export async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) console.log(USAGE);
  else if (options.renderOnly) publish(readResults(options.out).parts, options.out);
  else return measureBuilt(options);
  return 0;
}

async function measureBuilt(options: Options): Promise<number> {
  const missing = unbuilt();
  if (missing.length > 0) {
    console.error(`bench: not built: ${missing.join(', ')}\n  hint: npm install`);
    return 2;
  }
  await measureAll(options);
  return 0;
}

/** What has to be compiled before anything can be measured and is not. */
function unbuilt(): string[] {
  const products = {
    'dist/cli.js': commandLine,
    'the addon': addonPath() ?? '',
    'otto-mmap-set': SET,
    'otto-mmap-get': GET,
  };
  return Object.entries(products).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
}

async function measureAll(options: Options): Promise<void> {
  if (options.install) installRivals(say);
  const machine = describeMachine();
  for (const part of options.parts) {
    const result = await withSetting(options, say, (setting) => measureOne(part, setting, machine));
    console.log(renderPart(result));
    // Each at once: who stops the measurement keeps what was measured.
    if (options.publish) publish([result], options.out);
  }
  if (!options.publish) say('less than the full measurement: no file of the repository was changed');
}

async function measureOne(
  part: PartName,
  setting: Setting,
  machine: Readonly<Record<string, string>>,
): Promise<PartResult> {
  const started = Date.now();
  const [load = 0] = loadavg();
  say(`measuring part ${part}`);
  const { rows, checks } = await parts[part](setting);
  say(`part ${part} took ${Math.round((Date.now() - started) / 1000)} s`);
  return {
    part,
    measuredAt: new Date(started).toISOString(),
    commit: describeCommit(),
    bytes: setting.bytes,
    load,
    machine,
    rows,
    checks,
  };
}
