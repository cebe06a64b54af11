import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const load = createRequire(import.meta.url);

/** The names that sources import late from @redis/client. */
function lateNames(): readonly string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
  const imports = texts.flatMap((text) => [
    ...text.matchAll(/const \{([^}]*)\} = await import\('@redis\/client'\)/g),
  ]);
  return imports.flatMap(([, names = '']) => names.split(',').map((name) => name.trim().split(':')[0] ?? ''));
}

test('the Redis client in dist/ has every name that otto imports from it', () => {
  const names = lateNames();
  expect(names).toContain('createClient');
  expect(Object.keys(load(join(ROOT, 'dist/redis.js')))).toEqual(expect.arrayContaining([...names]));
});
