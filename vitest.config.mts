import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts', 'test/support/guard.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
