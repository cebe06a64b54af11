import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Footer } from '../../src/cli/footer.ts';
import { ScreenEmulator } from '../support/screen-emulator.ts';

function rig(width = 20): { screen: ScreenEmulator; footer: Footer } {
  const screen = new ScreenEmulator(width);
  const footer = new Footer((bytes) =>
    // As a terminal's driver does.
    screen.write(
      Buffer.from(bytes as string)
        .toString()
        .replaceAll('\n', '\r\n'),
    ),
  );
  return { screen, footer };
}

/** What is written in one turn is followed by the line. */
const turn = (): Promise<void> => Promise.resolve();

describe('the line at the foot', () => {
  test('comes again below what is written, and changes in place', async () => {
    const { screen, footer } = rig();
    footer.set('one');
    footer.above('a\n');
    footer.above(Buffer.from('b\n'));
    await turn();
    expect(screen.lines).toEqual(['a', 'b', 'one']);
    footer.set('two');
    expect(screen.lines).toEqual(['a', 'b', 'two']);
    footer.set('');
    expect(screen.lines).toEqual(['a', 'b']);
  });

  test('waits for the end of an unfinished line', async () => {
    const { screen, footer } = rig();
    footer.set('one');
    footer.above('name? ');
    footer.set('two');
    await turn();
    expect(screen.lines).toEqual(['name?']);
    footer.above('otto\n');
    await turn();
    expect(screen.lines).toEqual(['name? otto', 'two']);
  });

  test('takes one row, however wide it turns out to be', () => {
    const { screen, footer } = rig(5);
    footer.set('much too wide');
    expect(screen.rows).toHaveLength(1);
    expect(screen.wraps).toBe(true);
  });

  test.each([
    ['', ['next']],
    ['left', ['left', 'next']],
    ['exactly twenty wide.', ['exactly twenty wide.', 'next']],
  ])('leaves what somebody else has written (%j)', (words, lines) => {
    const { screen, footer } = rig();
    screen.write(words);
    footer.takeBack(20);
    footer.above('next\n');
    const rows = screen.rows.map(({ cells }) => cells.join('').trimEnd());
    expect(rows.slice(0, -1)).toEqual(lines);
  });

  test('is erased for good when otto ends in the middle', () => {
    const { screen, footer } = rig();
    footer.set('one');
    footer.erase();
    expect(screen.lines).toEqual([]);
  });
});

test('whatever is written and shown, the terminal holds in the end what it held without the line', async () => {
  const anyStep = fc.oneof(
    fc.record({ write: fc.string({ unit: fc.constantFrom('x', '宽', 'é', '\n'), maxLength: 12 }) }),
    fc.record({ line: fc.string({ unit: fc.constantFrom('s', '宽'), maxLength: 30 }) }),
    fc.record({ pause: fc.constant(true) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 40 }), async (steps) => {
      const { screen, footer } = rig(10);
      const plain = new ScreenEmulator(10);
      for (const step of steps) {
        if ('write' in step) {
          footer.above(step.write);
          plain.write(step.write.replaceAll('\n', '\r\n'));
        } else if ('line' in step) footer.set(step.line);
        else await turn();
      }
      footer.set('');
      await turn();
      expect(screen.lines).toEqual(plain.lines);
    }),
  );
});
