// dist/cli.js: starts main.js, the bundled command line, with the form into which V8 compiled it before (code-cache.mjs).
// A cache of another build, another Node or other flags is not used; without one the start takes some milliseconds longer.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

// Both files begin with the build's mark, a comment in main.js.
const MARK_BYTES = 32;

const filename = `${__dirname}/main.js`;
const source = readFileSync(filename, 'latin1');

function cacheOfThisBuild() {
  try {
    const cache = readFileSync(`${__dirname}/main.${process.version}-${process.arch}.cache`);
    if (cache.latin1Slice(0, MARK_BYTES) === source.slice(0, MARK_BYTES)) return cache.subarray(MARK_BYTES);
  } catch {}
  return undefined;
}

const script = new Script(source, { filename, cachedData: cacheOfThisBuild() });

// Each time that Node is asked for one of its modules it goes over all that the module exports, and main.js asks some 60 times.
const modules = {};
const requireOnce = (name) => (modules[name] ??= require(name));

script.runInThisContext()(requireOnce, module, __dirname);
