// record-code-cache.cjs MAIN CACHE ARGUMENT...: runs otto from MAIN (dist/main.js) with the arguments and keeps in CACHE what V8
// has compiled by then. Only code-cache.mjs calls it.
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

// As in launcher.cjs: the build's mark, with which main.js begins.
const MARK_BYTES = 32;

const [, , filename, cache, ...words] = process.argv;
const source = readFileSync(filename, 'latin1');
const script = new Script(source, { filename });
process.on('exit', () => {
  const mark = Buffer.from(source.slice(0, MARK_BYTES), 'latin1');
  writeFileSync(cache, Buffer.concat([mark, script.createCachedData()]));
});
process.argv = [process.argv[0], filename, ...words];
script.runInThisContext()(require, module, dirname(filename));
