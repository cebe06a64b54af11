import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/data/installation.ts';

/** otto as it is installed where install scripts are off: nothing is compiled. */
export class BareOtto implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'otto-bare-'));
  readonly cli = join(this.#root, 'dist/cli.js');

  /** `sqlite`: the binding of SQLite is there all the same, as it comes without a compiler. */
  constructor({ sqlite }: { readonly sqlite: boolean }) {
    for (const name of ['dist', 'bin', 'binding.gyp', 'package.json'])
      cpSync(join(packageRoot, name), join(this.#root, name), { recursive: true });
    if (!sqlite) return;
    mkdirSync(join(this.#root, 'node_modules'));
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path'])
      symlinkSync(join(packageRoot, 'node_modules', name), join(this.#root, 'node_modules', name));
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
