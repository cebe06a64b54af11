import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Builds what the tests drive before any of them starts: the native part when its sources have changed, then the bundles.
 * So `npx vitest run` never tests something older than what it reads.
 */
export default function buildOnce(): void {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  for (const script of ['scripts/install.mjs', 'scripts/build.mjs']) {
    execFileSync(process.execPath, [script], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  }
}
