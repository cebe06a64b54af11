// Writes schema/ottofile.schema.json from the keys that the parser reads: node scripts/write-schema.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { outputFiles } = await build({
  entryPoints: [join(root, 'src/ottofile/json-schema.ts')],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
});
const module = { exports: {} };
new Function('module', 'exports', 'require', outputFiles[0].text)(
  module,
  module.exports,
  createRequire(import.meta.url),
);
mkdirSync(join(root, 'schema'), { recursive: true });
const text = JSON.stringify(module.exports.ottofileJsonSchema(), null, 2);
writeFileSync(join(root, 'schema/ottofile.schema.json'), `${text}\n`);
