// Bundles what users run into dist/: the command line, the library, and the clients that tasks load. Every file is replaced by
// renaming, so that a build never disturbs a process that is just starting.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { joinPython } from './join-python.mjs';
import { splitBundle, withoutCopies } from './split-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/**
 * Libraries that most runs can do without, each in a file of its own beside the bundle, which loads it when an `import` of it is
 * first reached: so import them late, by `await import()`. The values are what is exported. A CommonJS library that is imported late by
 * name has to stand here: in a chunk of its own (split-bundle.mjs) it would have a default export only.
 */
const SEPARATE = {
  '@dagrejs/dagre': { file: 'layout.js', contents: "export { Graph, layout } from '@dagrejs/dagre';" },
  'simple-statistics': {
    file: 'statistics.js',
    contents: "export { median, quantileSorted } from 'simple-statistics';",
  },
  'hash-wasm': { file: 'hashes.js', contents: "export { createXXHash128 } from 'hash-wasm';" },
  '@marcbachmann/cel-js': { file: 'cel.js', contents: "export { Environment } from '@marcbachmann/cel-js';" },
  dotenv: { file: 'dotenv.js', contents: "export { parse } from 'dotenv';" },
  '@redis/client': {
    file: 'redis.js',
    contents: "export { createClient, ErrorReply, RESP_TYPES, SocketTimeoutError } from '@redis/client';",
  },
  ajv: { file: 'ajv.js', contents: "export { Ajv } from 'ajv';" },
  'ajv/dist/2020.js': { file: 'ajv-2020.js', contents: "export { Ajv2020 } from 'ajv/dist/2020.js';" },
  // Of its 1 MB, what lines in an SVG need.
  echarts: {
    file: 'charts.js',
    contents:
      "import { init, use } from 'echarts/core';\n" +
      "import { LineChart } from 'echarts/charts';\n" +
      "import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';\n" +
      "import { SVGRenderer } from 'echarts/renderers';\n" +
      'use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);\n' +
      'export { init };',
  },
  // Its modules ask for their own address, which a bundle does not have; its CommonJS does not.
  tinyglobby: {
    file: 'globs.js',
    contents:
      "const { escapePath, glob, globSync, isDynamicPattern } = require('tinyglobby');\n" +
      'Object.assign(exports, { escapePath, glob, globSync, isDynamicPattern });',
  },
};
const separateLibraries = {
  name: 'separate-libraries',
  setup({ onResolve }) {
    const filter = new RegExp(`^(?:${Object.keys(SEPARATE).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path: `./${SEPARATE[path].file}`, external: true }));
  },
};

/**
 * Modules of Node that most runs can do without, and what is used of them. Each takes one to three milliseconds to load, which
 * happens at the first call.
 */
const RARELY_USED = {
  'node:child_process': ['spawn', 'spawnSync'],
  'node:net': ['Socket', 'createServer'],
};
const lateModules = {
  name: 'late-modules',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(?:${Object.keys(RARELY_USED).join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    );
    onLoad({ filter, namespace: 'late' }, ({ path }) => ({
      contents: RARELY_USED[path].map((name) => lateExport(path, name)).join(''),
    }));
  },
};

/** A function that can be called and constructed like the one it stands for. */
const lateExport = (path, name) => `export function ${name}(...values) {
  const meant = require('${path}').${name};
  return new.target ? new meant(...values) : meant(...values);
}
`;

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const CJS = {
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [separateLibraries],
  // Code that is started through a vm.Script cannot use import().
  supported: { 'dynamic-import': false },
};
function replaceFile(path, bytes, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    // A full disk must not leave its half of a file to be packed.
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Directories of the packages whose code is in a bundle. */
const packages = new Set();

/** Runs a build and notes whose code is in it. */
async function built(options) {
  const result = await build({ ...COMMON, metafile: true, ...options });
  for (const input of Object.keys(result.metafile.inputs)) {
    const [path] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
    if (path !== undefined) packages.add(path);
  }
  return result;
}

async function bundled(options) {
  const { outputFiles } = await built(options);
  return withoutCopies(outputFiles[0].text);
}

async function bundle(entry, output, options) {
  replaceFile(join(dist, output), await bundled({ ...options, entryPoints: [join(root, entry)] }));
}

/**
 * The command line. What `otto run` needs is one script, behind a mark that changes with it: the launcher calls it. All else (other
 * commands, other modes of output) stands in files of its own, because V8 takes time for every function of a script, called or not.
 */
async function commandLine() {
  const outdir = join(dist, 'cli');
  const result = await built({
    ...CJS,
    format: 'esm',
    splitting: true,
    outdir,
    plugins: [...CJS.plugins, lateModules],
    alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
    entryPoints: [join(root, 'src/cli/main.ts')],
  });
  const { text, files } = await splitBundle(result, {
    outdir,
    entry: 'src/cli/main.ts',
    common: ['src/cli/commands/run.ts'],
  });
  const mark = `/*${createHash('sha256').update(text).digest('hex').slice(0, 27)}*/\n`;
  for (const [name, chunk] of files) replaceFile(join(outdir, name), chunk);
  replaceFile(join(dist, 'main.js'), `${mark}(function(require,module,__dirname){${text}\n})`);
  replaceFile(
    join(dist, 'cli.js'),
    `#!/usr/bin/env node\n${readFileSync(join(root, 'scripts/launcher.cjs'))}`,
    0o755,
  );
  for (const name of readdirSync(outdir)) if (!files.has(name)) rmSync(join(outdir, name));
}

async function separateFiles() {
  for (const { file, contents } of Object.values(SEPARATE)) {
    const stdin = { contents, resolveDir: root };
    replaceFile(join(dist, file), await bundled({ format: 'cjs', stdin }));
  }
}

/**
 * client.cjs, which scripts of any kind can load. Node shows the line that threw an error nobody caught: here it would be the
 * whole client. The comment forbids it for its own line, so there must be no other: only template literals hold line ends.
 */
async function nodeClient() {
  const text = await bundled({
    ...CJS,
    plugins: [],
    supported: { ...CJS.supported, 'template-literal': false },
    entryPoints: [join(root, 'clients/node/client.ts')],
  });
  replaceFile(join(dist, 'clients/node/client.cjs'), `/*node-do-not-add-exception-line*/${text}`);
}

function copyClients(language) {
  const from = join(root, 'clients', language);
  const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files)
    replaceFile(join(dist, 'clients', language, name), readFileSync(join(from, name)));
}

/** One file, otto.py; `run.py` is what starts a task's script with it. Parts that older builds have left are removed. */
function pythonClient() {
  const [from, to] = [join(root, 'clients/python'), join(dist, 'clients/python')];
  replaceFile(join(to, 'otto.py'), joinPython(join(from, 'otto')));
  replaceFile(join(to, 'run.py'), readFileSync(join(from, 'run.py')));
  for (const name of readdirSync(to)) if (/^otto_\w+\.py$/.test(name)) rmSync(join(to, name));
}

/** The licences of everything in the bundles ask to go with it. */
function licences() {
  const texts = [...packages].sort().map((path) => {
    const directory = join(root, path);
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  replaceFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

await Promise.all([
  commandLine(),
  separateFiles(),
  bundle('src/index.ts', 'index.js', CJS),
  bundle('src/shm.ts', 'shm.js', CJS),
  bundle('src/data/sqlite/worker.ts', 'sqlite-worker.js', CJS),
  nodeClient(),
  bundle('clients/node/resolve.mts', 'clients/node/resolve.mjs', { format: 'esm' }),
]);
copyClients('bash');
pythonClient();
licences();
await import('./code-cache.mjs');
