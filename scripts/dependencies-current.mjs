// Exits with 0 when node_modules holds what package-lock.json asks for. npm has no such question: `npm ls` looks at
// package.json only, and `npm ci` always starts anew (a minute, where better-sqlite3 has to be compiled).
import { readFileSync } from 'node:fs';

const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

function isCurrent() {
  const wanted = Object.entries(packages('package-lock.json')).filter(([path]) => path !== '');
  const present = packages('node_modules/.package-lock.json');
  return wanted.every(
    ([path, { version, optional }]) =>
      (present[path] ?? { version: optional && version }).version === version,
  );
}

try {
  process.exitCode = isCurrent() ? 0 : 1;
} catch {
  process.exitCode = 1;
}
