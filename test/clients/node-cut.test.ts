import { describe, expect, test } from 'vitest';
import { runOttofile } from '../support/python-project.ts';

const script = (directory: string): string => `
tasks:
  make:
    python: |
      OUTPUT["text"] = "x" * 18_000_000
      OUTPUT["bytes"] = b"x" * 18_000_000
      OUTPUT["small"] = "x" * 1000
  last:
    before: [make]
    node: |
      const fs = require('node:fs');
      const read = (key) => {
        try {
          const value = INPUT['make.' + key];
          console.log(key, value.length, value.at(-1));
        } catch (error) {
          console.log(key, error.message.replace(/^.*\\//, ''));
        }
      };
      const views = [INPUT.view('make.text'), INPUT.view('make.bytes')];
      for (const key of ['text', 'bytes', 'small']) read(key);
      // History has to have the values before they are damaged.
      const json = process.env.OTTO_RUN_DIR + '/tasks/make/output.make.json';
      const kept = () => fs.existsSync(json) && fs.readFileSync(json, 'utf8').match(/"xxh128"/g);
      while ((kept() || []).length !== 2);
      const directory = ${directory};
      for (const name of fs.readdirSync(directory)) {
        const file = directory + '/' + name;
        if (fs.statSync(file).size === 18e6) fs.truncateSync(file, 17_999_990);
      }
      for (const key of ['text', 'bytes']) read(key);
      console.log(...views.map((view) => view.at(-1)));
`;

describe.each([
  ['files', "process.env.OTTO_RUN_DIR + '/tasks/make/values'"],
  ['shm', "process.env.OTTO_SHM_DIR + '/make'"],
])('in the store %s', (store, directory) => {
  test('a value whose file was cut within its last page is an error, not a value with zeros', () => {
    const { lines } = runOttofile(script(directory), store);
    const cut = expect.stringMatching(
      /^(text|bytes) \d+(\.value)? was cut short: it has 17999990 bytes, not the 18000000 /,
    );
    expect(lines).toEqual(['text 18000000 x', 'bytes 18000000 120', 'small 1000 x', cut, cut, '0 0']);
  });
});
