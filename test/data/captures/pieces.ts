interface Parser {
  push(chunk: Buffer): void;
  end(): void;
}

/** Gives a parser bytes in pieces of these lengths (the rest in one piece), each of which is overwritten when it is read. */
export function pushInPieces(parser: Parser, bytes: Buffer, lengths: readonly number[]): void {
  let at = 0;
  for (const length of lengths) {
    const chunk = Buffer.from(bytes.subarray(at, at + length));
    parser.push(chunk);
    // Nothing may be kept of it.
    chunk.fill('#');
    at += length;
  }
  if (at < bytes.length) parser.push(bytes.subarray(at));
  parser.end();
}
