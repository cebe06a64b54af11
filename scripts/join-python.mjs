// Joins the package clients/python/otto into one file that users can copy: `__init__.py`, in which each `from .part import …` is
// replaced by that part's text. The parts import only from those above them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FROM_A_PART = /^from \.(\w+) import .*\n/gm;
const IMPORT = /^(?:import (\w+)|from (\w+) import (.*))\n/gm;
const DOCSTRING = /^"""([\s\S]*?)"""\n/;

/** The text of otto.py. */
export function joinPython(directory) {
  const read = (name) => readFileSync(join(directory, `${name}.py`), 'utf8');
  const init = read('__init__');
  const parts = [...init.matchAll(FROM_A_PART)].map(([, name]) => read(name));
  const texts = [init, ...parts].map((text) => text.replace(FROM_A_PART, ''));
  const [head = '', ...bodies] = texts.map((text) => text.replace(IMPORT, ''));
  const [docstring = ''] = DOCSTRING.exec(head) ?? [];
  const top = docstring + imports(texts).join('\n');
  return `${[top, head.slice(docstring.length).trim(), ...bodies.map(section)].join('\n\n')}\n`;
}

/** One line for each module that the parts import. */
function imports(texts) {
  const names = new Map();
  for (const text of texts)
    for (const [, plain, from, list] of text.matchAll(IMPORT)) {
      if (plain !== undefined) names.set(plain, null);
      else names.set(from, new Set([...(names.get(from) ?? []), ...list.split(', ')]));
    }
  return [...names.keys()]
    .sort()
    .map((name) =>
      names.get(name) === null
        ? `import ${name}`
        : `from ${name} import ${[...names.get(name)].sort().join(', ')}`,
    );
}

/** A part with what its docstring says as a comment. */
function section(text) {
  const [docstring = '', words = ''] = DOCSTRING.exec(text) ?? [];
  const comment = words.trim().replaceAll(/^/gm, '# ').replaceAll(/ +$/gm, '');
  const rule = `# ${'-'.repeat(118)}`;
  return `\n${rule}\n${comment}\n${rule}\n\n${text.slice(docstring.length).trim()}`;
}
