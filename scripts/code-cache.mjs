// Keeps what V8 compiles when otto runs a task, for dist/cli.js to start with: about a third of otto's own start-up time. Made
// by the Node that will use it, when the package is built or installed; failing is no error.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const SAMPLE =
  'tasks:\n  first:\n    bash: OUTPUT[key]=value\n  second:\n    before: [first]\n    bash: "true"\n';

const target = join(dist, `main.${process.version}-${process.arch}.cache`);
const markOf = (path) => (existsSync(path) ? readFileSync(path).latin1Slice(0, 32) : '');

function writeCache(scratch) {
  const cache = join(scratch, 'cache');
  writeFileSync(join(scratch, 'otto.yml'), SAMPLE);
  const env = { ...process.env, OTTO_HOME: join(scratch, 'home') };
  const recorder = join(dirname(fileURLToPath(import.meta.url)), 'record-code-cache.cjs');
  const args = [recorder, join(dist, 'main.js'), cache, 'run', '-o', scratch, 'second'];
  const { status } = spawnSync(process.execPath, args, { env, cwd: scratch, stdio: 'ignore' });
  if (status !== 0 || !existsSync(cache)) return;
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, readFileSync(cache));
  renameSync(temporary, target);
}

if (existsSync(join(dist, 'main.js')) && markOf(join(dist, 'main.js')) !== markOf(target)) {
  const scratch = mkdtempSync(join(tmpdir(), 'otto-cache-'));
  try {
    writeCache(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// The same for Python's client, by the python3 on PATH. Python would keep it by itself, but not for a user who may not write here.
const client = join(dist, 'clients/python/otto.py');
if (existsSync(client)) spawnSync('python3', ['-m', 'py_compile', client], { stdio: 'ignore' });
