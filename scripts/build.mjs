// Bundles what users run into dist/: the command line, the library, and the clients that tasks load. Every file is replaced by
// renaming, so that a build never disturbs a process that is just starting.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['better-sqlite3'],
};
const CJS = { format: 'cjs', define: { 'import.meta.dirname': '__dirname' } };

function replaceFile(path, bytes, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

async function bundle(entry, output, options) {
  const mode = options.banner?.js?.startsWith('#!') ? 0o755 : 0o644;
  const result = await build({ ...COMMON, ...options, entryPoints: [join(root, entry)], outfile: output });
  for (const file of result.outputFiles) replaceFile(file.path, file.contents, mode);
}

/** `client.ts` becomes client.cjs, which scripts of any kind can load; `x.mts` stays a module. */
function nodeClients() {
  const sources = join(root, 'clients/node');
  const entries = readdirSync(sources).filter((name) => /^[^.]+\.m?ts$/.test(name));
  return entries.map((name) => {
    const isModule = extname(name) === '.mts';
    const output = join(dist, 'clients/node', `${basename(name, extname(name))}.${isModule ? 'mjs' : 'cjs'}`);
    return bundle(join('clients/node', name), output, isModule ? { format: 'esm' } : CJS);
  });
}

function copyClients(language) {
  const from = join(root, 'clients', language);
  if (!existsSync(from)) return;
  const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files) {
    const to = join(dist, 'clients', language, name);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(from, name), `${to}.${process.pid}.tmp`);
    renameSync(`${to}.${process.pid}.tmp`, to);
  }
}

await Promise.all([
  bundle('src/cli/main.ts', join(dist, 'cli.js'), { ...CJS, banner: { js: '#!/usr/bin/env node' } }),
  bundle('src/index.ts', join(dist, 'index.js'), CJS),
  bundle('src/shm.ts', join(dist, 'shm.js'), CJS),
  ...nodeClients(),
]);
for (const language of ['bash', 'python']) copyClients(language);
