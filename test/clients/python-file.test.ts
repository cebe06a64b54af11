import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientsDirectory, packageRoot } from '../../src/data/installation.ts';
import { temporaryDirectory } from '../support/python-project.ts';

const CLIENT = join(clientsDirectory(), 'python');

test('the client is one file and its starter', () => {
  expect(readdirSync(CLIENT).filter((name) => name.endsWith('.py'))).toEqual(['otto.py', 'run.py']);
});

test('otto.py is Python 3.8 and imports the standard library only', () => {
  const program = `
import ast, sys
for path in sys.argv[1:]:
    tree = ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 8))
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert not any(getattr(node, "level", 0) for node in nodes)
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    print(sorted(name for name in names if name.split(".")[0] not in sys.stdlib_module_names))
`;
  const files = [join(CLIENT, 'otto.py'), join(CLIENT, 'run.py')];
  expect(execFileSync('python3', ['-c', program, ...files], { encoding: 'utf8' })).toBe("[]\n['otto']\n");
});

/** Runs one script as the runner does, with the client in `client`; gives what it printed and the modules it imported. */
function start(client: string, script: string, environment: NodeJS.ProcessEnv = {}): string {
  const directory = temporaryDirectory('start');
  mkdirSync(join(directory, 'a'));
  writeFileSync(join(directory, 'script.py'), script);
  writeFileSync(join(directory, 'a.json'), '{\n  "k": "v",\n  "odd\\": \\\\": [1,-2.5e3]\n}\n');
  const inputs = [{ task: 'a', json: join(directory, 'a.json'), shm: null }];
  writeFileSync(join(directory, 'task.json'), JSON.stringify({ version: 1, inputs, library: null }, null, 2));
  const { stdout, stderr } = spawnSync(
    'python3',
    ['-u', '-X', 'utf8', join(client, 'run.py'), join(directory, 'script.py'), join(directory, 'otto.yml')],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        OTTO_TASK_DIR: directory,
        OTTO_SPOOL: directory,
        OTTO_STORE: 'files',
        ...environment,
      },
    },
  );
  expect(stderr).toBe('');
  return stdout;
}

test('a task does not wait for modules that it does not need', () => {
  const script = `
OUTPUT["k"] = "v"
OUTPUT["n"] = 10 ** 40
assert INPUT["a.k"] == "v" and INPUT['a.odd": \\\\'] == [1, -2500.0]
import sys
print(" ".join(sys.modules))
`;
  // What a Python imports by itself depends on what is installed in it.
  const bare = execFileSync('python3', ['-c', 'import sys; print(" ".join(sys.modules))'], {
    encoding: 'utf8',
  });
  const before = new Set(bare.trim().split(' '));
  const added = start(CLIENT, script)
    .trim()
    .split(' ')
    .filter((name) => !before.has(name));
  expect(added).toContain('mmap');
  expect(added.filter((name) => !['mmap', '_json', 'errno', 'atexit'].includes(name))).toEqual([]);
});

test('otto.py is compiled once, also where Python is told to keep no compiled files', () => {
  const client = temporaryDirectory('client');
  for (const name of ['otto.py', 'run.py']) copyFileSync(join(CLIENT, name), join(client, name));
  writeFileSync(join(client, 'own.py'), '');
  const script = `import sys\nsys.path.append(${JSON.stringify(client)})\nimport own\nprint(sys.dont_write_bytecode)\n`;
  const environment = { PYTHONDONTWRITEBYTECODE: '1', PYTHONPYCACHEPREFIX: '' };
  expect(start(client, script, environment)).toBe('True\n');
  const compiled = readdirSync(join(client, '__pycache__'));
  expect(compiled).toHaveLength(1);
  expect(compiled[0]).toMatch(/^otto\./);
  const made = statSync(join(client, '__pycache__', compiled[0] ?? '')).mtimeMs;
  start(client, script, environment);
  expect(statSync(join(client, '__pycache__', compiled[0] ?? '')).mtimeMs).toBe(made);
  expect(existsSync(join(client, '__pycache__', 'own.cpython-311.pyc'))).toBe(false);
});

test('an installation compiles otto.py, for users who may not write there', () => {
  const compiled = join(CLIENT, '__pycache__');
  rmSync(compiled, { recursive: true, force: true });
  expect(spawnSync(process.execPath, [join(packageRoot, 'scripts/code-cache.mjs')]).status).toBe(0);
  expect(readdirSync(compiled)).toEqual([expect.stringMatching(/^otto\..*\.pyc$/)]);
});
