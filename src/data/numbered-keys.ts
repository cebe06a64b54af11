import type { Native, NumberedMethods, Region } from './native.ts';

/** A region that is used less often than this has no numbers: making them costs more than they give. */
const USES_WITHOUT = 64;
/** As many as the addon has numbers for. */
const MOST_KEYS = 1024;
/** UTF-16 units. Longer keys are not kept. */
const LONGEST_KEY = 128;

/**
 * Makes a region's gets and sets of the same keys faster: bringing a key over to C++ and looking it up there is most of what
 * a small value costs, and finding its number in a Map costs a fraction of that. Changes nothing else.
 */
export function numberKeys(native: Native, region: Region): void {
  const numbers = new Map<string, number>();
  const { getString, has, setString, setNumber } = region;
  let uses = 0;
  let methods: NumberedMethods | undefined;

  /** Of a key that has no number yet. It was just used, so it is a valid one. */
  function learn(key: string): void {
    if (uses < USES_WITHOUT) {
      uses++;
      return;
    }
    if (numbers.size === MOST_KEYS || numbers.has(key) || key.length > LONGEST_KEY) return;
    if (methods === undefined) {
      const { number, getString, has, setString, setNumber } = native.numberedMethods(region);
      methods = { number, getString, has, setString, setNumber };
    }
    const number = methods.number(key);
    if (number !== undefined) numbers.set(key, number);
  }

  const faster: Pick<Region, 'getString' | 'has' | 'setString' | 'setNumber'> = {
    getString(key) {
      const number = numbers.get(key);
      if (number !== undefined && methods !== undefined) return methods.getString(number);
      const value = getString(key);
      learn(key);
      return value;
    },
    has(key) {
      const number = numbers.get(key);
      if (number !== undefined && methods !== undefined) return methods.has(number);
      const found = has(key);
      learn(key);
      return found;
    },
    setString(key, value) {
      const number = numbers.get(key);
      if (number !== undefined && methods !== undefined) return methods.setString(number, value);
      setString(key, value);
      learn(key);
    },
    setNumber(key, value) {
      const number = numbers.get(key);
      if (number !== undefined && methods !== undefined) return methods.setNumber(number, value);
      setNumber(key, value);
      learn(key);
    },
  };
  for (const [name, value] of Object.entries(faster)) {
    Object.defineProperty(region, name, { value, writable: true, configurable: true });
  }
}
