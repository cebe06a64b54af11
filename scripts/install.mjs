// npm's install step: compiles the addon (otto.node), the helpers (otto-mmap-get, otto-mmap-set, otto-send, otto-recv), libotto.so
// and, where bash's headers are, the helpers as builtins of bash into build/Release. It never fails an installation: without the native parts
// everything but `--fast` works.
//
// The files in bin/ are committed and stay as they are (they run what lies in build/Release), so that compiling never makes
// a clone dirty. What was compiled is remembered by a hash of its sources: a second run with the same ones does nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = join(root, 'build');
const stampFile = join(build, 'install.stamp');
const logFile = join(build, 'install.log');
const lockFile = join(build, 'install.lock');
const SOURCES = ['binding.gyp', 'scripts/install.mjs', 'native', 'helpers'];
const UNUSED = new Set(['test', 'fuzz']);
const BASH_HEADERS = process.env.OTTO_BASH_HEADERS ?? '/usr/include/bash';
const PRODUCTS = ['otto.node', 'otto-mmap-get', 'otto-mmap-set', 'otto-send', 'otto-recv', 'libotto.so'];

function* filesUnder(path) {
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isFile()) yield inner;
    else if (entry.isDirectory() && !entry.name.startsWith('build') && !UNUSED.has(entry.name))
      yield* filesUnder(inner);
  }
}

/**
 * The version of bash in PATH, as in "5.2", when its headers are there too and are of that version; else "". The builtins are
 * built for it: structures differ between versions (native/bash/README.md).
 */
function bashVersion() {
  const header = join(BASH_HEADERS, 'version.h');
  if (!existsSync(header)) return '';
  const [, ofHeaders] = /DISTVERSION "(\d+\.\d+)"/.exec(readFileSync(header, 'utf8')) ?? [];
  const command = 'printf %s "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"';
  const { stdout: ofBash } = spawnSync('bash', ['--norc', '-c', command], { encoding: 'utf8' });
  return ofHeaders === ofBash ? ofBash : '';
}

const bash = bashVersion();

function sourceStamp() {
  const hash = createHash('sha256').update(
    `${process.version} ${process.platform} ${process.arch} bash ${bash}\n`,
  );
  for (const source of SOURCES.map((name) => join(root, name)).filter(existsSync)) {
    const files = /\.\w+$/.test(source) ? [source] : filesUnder(source);
    for (const file of files) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const isCurrent = (stamp) =>
  existsSync(stampFile) &&
  readFileSync(stampFile, 'utf8') === stamp &&
  PRODUCTS.every((name) => existsSync(join(build, 'Release', name)));

/** Node's own headers, when they are installed beside it: then nothing has to be downloaded. */
function headersEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  if (process.env.npm_config_nodedir || !existsSync(join(prefix, 'include/node/node_api.h'))) return {};
  return { npm_config_nodedir: prefix };
}

/** Not `rebuild`: that would remove a working build before it knows whether the new one succeeds. */
function compile(bashVersion) {
  const args = ['configure', 'build', '--release', '--jobs=max'];
  const defines = `bash_version=${bashVersion} bash_headers=${BASH_HEADERS} ${process.env.GYP_DEFINES ?? ''}`;
  const options = {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...headersEnvironment(), GYP_DEFINES: defines },
  };
  const result = spawnSync(process.execPath, [require.resolve('node-gyp/bin/node-gyp.js'), ...args], options);
  return {
    ok: result.status === 0,
    log: `${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`,
  };
}

function whatFailed(log) {
  const lines = log.split('\n').map((line) => line.trim());
  const telling = lines.find((line) => /(^|[^-])\berror\b[: !]|not found|ERR! stack/i.test(line));
  return (telling ?? 'node-gyp did not finish').slice(0, 200);
}

function explain(log) {
  return `
otto: its native part could not be compiled, so "otto run --fast", otto-mmap-get and otto-mmap-set are not available;
everything else works without it. The reason was: ${whatFailed(log)}
To get it, install a C++20 compiler, make and Python 3 (Debian, Ubuntu: apt-get install g++ make python3), then run:
npm rebuild otto (in a clone: npm run install). The whole log is in ${logFile}
`;
}

function attempt(bashVersion) {
  try {
    return compile(bashVersion);
  } catch (error) {
    return { ok: false, log: `error: ${error.message}` };
  }
}

const builtinsOf = (version) => join(build, 'Release', `otto-bash-${version}.so`);

/** Whether this machine's bash can load what was compiled for it. */
function bashLoads(file) {
  const script =
    'enable -f "$1" otto-mmap-get otto-mmap-set && otto-mmap-get --version && otto-mmap-set --version';
  return spawnSync('bash', ['--norc', '-c', script, 'bash', file]).status === 0;
}

/** All of it; without the builtins of bash when they cannot be compiled. They are left out when bash cannot load them. */
function compileAll() {
  for (const name of existsSync(join(build, 'Release')) ? readdirSync(join(build, 'Release')) : [])
    if (/^otto-bash-.*\.so$/.test(name)) rmSync(join(build, 'Release', name));
  const first = attempt(bash);
  if (bash === '') return first;
  if (first.ok) {
    if (!bashLoads(builtinsOf(bash))) rmSync(builtinsOf(bash), { force: true });
    return first;
  }
  const second = attempt('');
  return { ok: second.ok, log: `${first.log}\nwithout the builtins of bash:\n${second.log}` };
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Two builds in one directory would break each other: the later one waits, unless the earlier one has died. */
function takeLock() {
  mkdirSync(build, { recursive: true });
  for (;;) {
    try {
      return writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(lockHolder())) rmSync(lockFile, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

/** Who has the lock; this process itself, which is alive, while the holder has not written its number yet. */
function lockHolder() {
  try {
    return Number(readFileSync(lockFile, 'utf8')) || process.pid;
  } catch {
    return process.pid;
  }
}

function buildIfChanged() {
  const stamp = sourceStamp();
  if (isCurrent(stamp)) return;
  const { ok, log } = compileAll();
  writeFileSync(logFile, log);
  if (ok) writeFileSync(stampFile, stamp);
  else process.stderr.write(explain(log));
}

if (process.platform !== 'linux') {
  process.stderr.write(
    'otto: shared memory (--fast) needs Linux in this version; everything else works here.\n',
  );
} else if (!isCurrent(sourceStamp())) {
  takeLock();
  try {
    buildIfChanged();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

// A package from the registry brings dist/ along; what V8 makes of it depends on this machine's Node.
await import('./code-cache.mjs');
