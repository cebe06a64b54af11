import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** What each room may import besides itself: docs/architecture.md, "The rooms". */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ottofile: ['base'],
  graph: ['base', 'ottofile'],
  convert: ['base', 'ottofile'],
  data: ['base'],
  script: ['base', 'data', 'ottofile'],
  run: ['base', 'ottofile', 'graph', 'data', 'script'],
  history: ['base', 'data', 'run'],
  report: ['base', 'data', 'run'],
  measure: ['base', 'data', 'run', 'report'],
  cli: ['base', 'ottofile', 'graph', 'data', 'script', 'run', 'history', 'report', 'convert', 'measure'],
};

/** Files that stand outside the rooms: the library's entries may reach everything. */
const room = (file: string): string | null => relative(SRC, file).split('/').slice(0, -1)[0] ?? null;

const filesBelow = (directory: string, ending: RegExp): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    // The builds hold copies of the core that are broken on purpose.
    .filter((name) => ending.test(name) && !/(^|\/)(node_modules|build[^/]*)\//.test(name))
    .map((name) => join(directory, name));

const sources = filesBelow(SRC, /\.ts$/);

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
  return importedFiles
    .map((entry) => entry.fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolve(dirname(file), name));
}

test('imports follow the arrows between the rooms', () => {
  const broken = sources.flatMap((file) => {
    const from = room(file);
    if (from === null) return [];
    const allowed = ARROWS[from] ?? [];
    return importsOf(file)
      .map((target) => ({ file: relative(SRC, file), target: relative(SRC, target), to: room(target) }))
      .filter(({ to }) => to !== from && !allowed.includes(to ?? ''))
      .map(({ file: name, target }) => `${name} -> ${target}`);
  });
  expect(sources.length).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});

test('no files of src import each other in a circle', () => {
  const graph = new Map(sources.map((file) => [file, importsOf(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].map((name) => relative(SRC, name)).join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

test('only src/cli prints or ends the process', () => {
  const forbidden =
    /\bconsole\.\w+\(|process\.(stdout|stderr)\.write\(|process\.exit\(|process\.exitCode\s*=/;
  const guilty = sources.filter((file) => room(file) !== 'cli' && forbidden.test(readFileSync(file, 'utf8')));
  expect(guilty.map((file) => relative(SRC, file))).toEqual([]);
});

test('includes follow the arrows of the native rooms', () => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    base: ['base'],
    posix: ['posix', 'base'],
    core: ['core', 'posix', 'base', 'vendor'],
    addon: ['addon', 'core', 'posix', 'base'],
  };
  const broken = Object.entries(allowed).flatMap(([from, targets]) =>
    filesBelow(join(ROOT, 'native', from), /\.(h|cc)$/).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^#include "([^"/]+)\//gm)]
        .filter(([, to = '']) => !targets.includes(to))
        .map(([line]) => `${relative(ROOT, file)}: ${line}`),
    ),
  );
  expect(broken).toEqual([]);
});

test('one file knows bash, and nothing but the builtins knows that file', () => {
  const all = [join(ROOT, 'native'), join(ROOT, 'helpers')].flatMap((directory) =>
    filesBelow(directory, /\.(h|c|cc)$/),
  );
  const including = (pattern: RegExp): string[] =>
    all.filter((file) => pattern.test(readFileSync(file, 'utf8'))).map((file) => relative(ROOT, file));
  expect(including(/^#include "(builtins|shell|common|variables|loadables)\.h"/m)).toEqual([
    'native/bash/adapter.c',
  ]);
  expect(including(/^#include "(bash\/)?otto_shell\.h"/m).sort()).toEqual([
    'native/bash/adapter.c',
    'native/bash/builtins.cc',
    'native/bash/shell_ways.cc',
  ]);
});

test('OS headers are included only in native/posix', () => {
  const osHeader = /^#include <(sys\/|unistd|fcntl|dirent|signal|setjmp|poll|linux\/)/m;
  const native = filesBelow(join(ROOT, 'native'), /\.(h|cc)$/).filter((file) =>
    /\/native\/(base|core|addon|bash)\//.test(file),
  );
  expect(native.length).toBeGreaterThan(5);
  expect(native.filter((file) => osHeader.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test('files stay small enough to be read in one go', () => {
  const code = [
    ...sources,
    ...filesBelow(join(ROOT, 'native'), /\.(h|cc)$/),
    ...filesBelow(join(ROOT, 'clients'), /\.(ts|py|sh)$/),
  ].filter((file) => !/\/(vendor|test)\//.test(file));
  const long = code.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
  expect(long.map((file) => relative(ROOT, file))).toEqual([]);
});
