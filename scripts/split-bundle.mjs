import { transform } from 'esbuild';

/**
 * Bundles that share modules: `esbuild` splits ECMAScript modules only, and the launcher needs one script that `vm.Script` can take. So
 * what the splitting gives is made CommonJS, chunk by chunk, and put together again: the chunks of the common way into one text, every
 * other one into a file that is loaded when it is first asked for.
 */
const CHUNK = {
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
};

/** Chunks call each other `./name.js`; everything else is a module of Node or a file beside the bundle. */
const REGISTRY = `const loaded={};
const load=(name)=>{
if(loaded[name]!==undefined)return loaded[name].exports;
const chunk=chunks[name]??(cold.has(name)?require(__dirname+'/cli'+name.slice(1)):undefined);
if(chunk===undefined)return require(name);
const module=loaded[name]={exports:{}};
chunk(module.exports,load,module);
return module.exports};
load(`;

/**
 * Splits the output of a build with `splitting`. `common` are the entry points whose chunks belong to the common way; `directory` is where the
 * names of cold files begin, as the bundle sees them. Returns the body of a function of `require`, `module` and `__dirname`,
 * and the other files by name.
 */
export async function splitBundle({ outputFiles, metafile }, { outdir, entry, common }) {
  const chunks = new Map(outputFiles.map(({ path, text }) => [path.slice(outdir.length + 1), text]));
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [path.slice(path.lastIndexOf('/') + 1), output]),
  );
  const hot = closure(outputs, [entry, ...common]);
  const bodies = new Map(
    await Promise.all([...chunks].map(async ([name, text]) => [name, await asFunction(text)])),
  );
  const entryName = [...outputs].find(([, { entryPoint }]) => entryPoint === entry)[0];
  const cold = [...bodies.keys()].filter((name) => !hot.has(name));
  const inline = [...hot].map((name) => `"./${name}":${bodies.get(name)}`).join(',\n');
  const text = `const chunks={${inline}};\nconst cold=new Set(${JSON.stringify(cold.map((name) => `./${name}`))});\n${REGISTRY}"./${entryName}");`;
  return { text, files: new Map(cold.map((name) => [name, `module.exports=${bodies.get(name)};\n`])) };
}

/** The chunks that these entry points need at once. */
function closure(outputs, entries) {
  const found = new Set(
    [...outputs].filter(([, { entryPoint }]) => entries.includes(entryPoint)).map(([name]) => name),
  );
  for (const name of found)
    for (const { path, kind } of outputs.get(name)?.imports ?? [])
      if (kind === 'import-statement' && outputs.has(baseName(path))) found.add(baseName(path));
  return found;
}

const baseName = (path) => path.slice(path.lastIndexOf('/') + 1);

/** `import()` becomes `require`: code that is started through a vm.Script cannot use it. */
async function asFunction(text) {
  const { code } = await transform(text, { ...CHUNK, supported: { 'dynamic-import': false } });
  return `function(exports,require,module){${withoutCopies(code)}}`;
}

/** Only names are imported from Node's modules, so that they need no copy of all that there is. */
export const withoutCopies = (code) => code.replace(/__toESM\(require\(("node:[\w/]+")\)\)/g, 'require($1)');
