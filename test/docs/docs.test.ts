import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matches, runSession, sessionsOf } from './console.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const withSessions = documents
  .map((name) => ({ name, sessions: sessionsOf(readFileSync(join(ROOT, name), 'utf8')) }))
  .filter(({ sessions }) => sessions.length > 0);

describe.each(withSessions)('$name shows what otto prints', ({ name, sessions }) => {
  test.each(sessions.map((session) => [session.line, session] as const))('line %i', (_line, session) => {
    for (const { step, printed } of runSession(session)) {
      if (matches(step.expected, printed)) continue;
      expect(printed, `${name}:${step.line} $ ${step.command}`).toBe(`${step.expected.join('\n')}\n`);
    }
  });
});

test('the documents hold examples', () => {
  expect(withSessions.flatMap(({ sessions }) => sessions).length).toBeGreaterThan(10);
});

describe('the pattern of expected output', () => {
  test('matches itself, and any text for …', () => {
    expect(matches(['a.b', 'took … ms'], 'a.b\ntook 12.5 ms\n')).toBe(true);
    expect(matches(['first', '…', 'last'], 'first\n1\n2\nlast\n')).toBe(true);
  });
  test('does not match other text', () => {
    expect(matches(['a.b'], 'aXb\n')).toBe(false);
    expect(matches(['a'], 'a\nb\n')).toBe(false);
    expect(matches([], 'a\n')).toBe(false);
  });
});
