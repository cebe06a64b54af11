// Sets values through the Node addon until it is killed; writers.h has the contract. Arguments: ADDON, then the usual.
import { writeSync } from 'node:fs';

const [addon, directory, ...numbers] = process.argv.slice(2);
const [firstKey, keys, firstNumber] = numbers.slice(0, 3).map(Number);
const lengths = numbers[3].split(',').map(Number);
const target = { exports: {} };
process.dlopen(target, addon);
const region = target.exports.openRegion(directory);

const hex = (number, digits) => number.toString(16).padStart(digits, '0');

function makeValue(key, number, bytes) {
  const check = (key * 31 + number * 17 + bytes * 7) & 0xffff;
  const head = `${hex(key, 8)}:${hex(number, 8)}:${hex(bytes, 8)}:${hex(check, 4)}|`;
  return head.repeat(Math.ceil(bytes / head.length)).slice(0, bytes);
}

function set(key, number) {
  const name = `key-${key}`;
  const value = makeValue(key, number, lengths[number % lengths.length]);
  if (key % 4 === 0 && number % 8 === 5) region.delete(name);
  else if (number % 2 === 0) region.setString(name, value);
  else region.setBytes(name, Buffer.from(value, 'latin1'));
}

writeSync(1, 'ready\n');
for (let i = 0; i < keys * 64; i++) {
  const key = firstKey + (i % keys);
  try {
    set(key, firstNumber + i);
  } catch (error) {
    if (error.code !== 'no-space') throw error;
    continue;
  }
  writeSync(1, `${key} ${firstNumber + i}\n`);
}
setInterval(() => {}, 1_000_000);
