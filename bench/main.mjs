// `npm run bench`: bundles the TypeScript beside this file and runs it. The bundle lies in bench/dist, so that the packages
// it compares with are found in bench/node_modules.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

await build({
  entryPoints: [
    join(here, 'suite.ts'),
    join(here, 'parts/in-process-child.ts'),
    join(here, 'parts/growth-child.ts'),
  ],
  outdir: join(here, 'dist'),
  outbase: here,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(join(here, 'dist/suite.mjs')).href);
process.exitCode = await main(process.argv.slice(2));
