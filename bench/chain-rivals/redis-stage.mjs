// Reads b:<n> and writes c:<n>, in Redis's own protocol.
import { createConnection } from 'node:net';

const [path, parts] = process.argv.slice(2);
const connection = createConnection(path);
const answers = connection[Symbol.asyncIterator]();

/** The bytes of one answer: `head` is its first line, `wanted(head)` how many bytes follow. */
async function answer(wanted) {
  let chunks = [];
  let bytes = 0;
  let target = Number.POSITIVE_INFINITY;
  let start = 0;
  while (bytes < target) {
    const { value } = await answers.next();
    chunks.push(value);
    bytes += value.length;
    if (target !== Number.POSITIVE_INFINITY) continue;
    const head = Buffer.concat(chunks);
    const end = head.indexOf('\r\n');
    if (end < 0) continue;
    start = end + 2;
    target = start + wanted(head.toString('latin1', 1, end));
    chunks = [head];
  }
  return Buffer.concat(chunks).subarray(start);
}

for (let n = 0; n < Number(parts); n++) {
  connection.write(`*2\r\n$3\r\nGET\r\n$3\r\nb:${n}\r\n`);
  const value = (await answer((length) => Number(length) + 2)).subarray(0, -2);
  connection.write(`*3\r\n$3\r\nSET\r\n$3\r\nc:${n}\r\n$${value.length}\r\n`);
  connection.write(value);
  connection.write('\r\n');
  await answer(() => 0);
}
connection.end();
