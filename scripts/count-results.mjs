// count-results.mjs DIRECTORY FAILED_STEPS: prints `N passed, N failed` from vitest's JSON and ctest's log, and exits with
// 1 when anything failed. A step that failed without a failing test (a crash, a lint error) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory, failedSteps] = process.argv.slice(2);
const read = (name) => (existsSync(join(directory, name)) ? readFileSync(join(directory, name), 'utf8') : '');

function vitestCounts() {
  const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(read('vitest.json') || '{}');
  return { passed: numPassedTests, failed: numFailedTests };
}

function ctestCounts() {
  const counts = { passed: 0, failed: 0 };
  for (const [, failed, total] of read('native.log').matchAll(/(\d+) tests? failed out of (\d+)/g)) {
    counts.failed += Number(failed);
    counts.passed += Number(total) - Number(failed);
  }
  return counts;
}

const results = [vitestCounts(), ctestCounts()];
const passed = results.reduce((sum, counts) => sum + counts.passed, 0);
const failedTests = results.reduce((sum, counts) => sum + counts.failed, 0);
const failed = Math.max(failedTests, Number(failedSteps));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
