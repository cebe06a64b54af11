import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { attempt } from '../../base/io-failure.ts';

/** What a command has made goes to the file that --out names, or to stdout: without --out, and for `-`. */
export function writeOut(text: string, file: string | null, write: (text: string) => void): void {
  if (file === null || file === '-') write(text);
  else attempt('write', resolve(file), () => writeFileSync(file, text));
}
