import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TaskName } from '../../../src/base/task-name.ts';
import { bytesOf } from '../../../src/data/entry-bytes.ts';
import { SqliteRig, TASK } from './rig.ts';

/** What a task does with `sqlite3 "$OTTO_DB"` itself. */

let rig: SqliteRig;
beforeEach(async () => {
  rig = await SqliteRig.start();
});
afterEach(() => rig.end());

describe('what is set by hand', () => {
  test('has the type of its storage class', async () => {
    rig.insert(
      "'text', 'zwölf'",
      "'empty', ''",
      "'blob', x'00ff41'",
      "'int', 9223372036854775807",
      "'negative', -5",
      "'true', TRUE",
      "'float', 0.1",
      "'whole float', 5.0",
      "'large float', 1e300",
      "'small float', 5e-324",
      "'minus zero', -0.0",
      "'null', NULL",
      "'not a number', 0.0 / 0",
    );
    expect((await rig.sealed()).map((line) => line.replace('\0\ufffd', '(bytes)'))).toEqual([
      'text raw zwölf',
      'empty raw ',
      'blob bytes (bytes)A',
      'int json 9223372036854775807',
      'negative json -5',
      'true json 1',
      'float json 0.1',
      'whole float json 5.0',
      'large float json 1e+300',
      'small float json 5e-324',
      'minus zero json -0.0',
      'null json null',
      'not a number json null',
    ]);
  });

  test('is JSON when its type says so, and compact', async () => {
    rig.hands(`INSERT INTO task_data (task, key, value, type) VALUES
      ('${TASK}', 'big', '100000000000000000000000000000001', 'json'),
      ('${TASK}', 'list', '[1, "a b",  {"x": 1.50}]', 'json'),
      ('${TASK}', 'number', 7, 'json');`);
    expect(await rig.sealed()).toEqual([
      'big json 100000000000000000000000000000001',
      'list json [1,"a b",{"x":1.50}]',
      'number json 7',
    ]);
  });

  test.each([
    ['9e999, NULL', 'it is infinite'],
    ["'{a: 1}', 'json'", 'it is not JSON text'],
    ["x'5b5d', 'json'", 'it is a BLOB'],
    ["CAST(x'22ff22' AS TEXT), 'json'", 'not valid UTF-8'],
  ])('is refused where it means nothing: %s', async (value, words) => {
    await rig.put('good', '1');
    rig.hands(`INSERT INTO task_data (task, key, value, type) VALUES ('${TASK}', 'bad', ${value});`);
    const refusal = { failure: { kind: 'value', key: 'bad', detail: expect.stringContaining(words) } };
    await expect(rig.get('bad')).rejects.toMatchObject(refusal);
    await expect(rig.seal()).rejects.toMatchObject(refusal);
  });

  test('may be any bytes', async () => {
    rig.insert(
      "'nul', CAST(x'6100620a' AS TEXT)",
      "'invalid', CAST(x'ff00fe' AS TEXT)",
      "'large', CAST(zeroblob(200000) AS TEXT)",
    );
    const values = await rig.seal();
    const bytes = await Promise.all(values.map(bytesOf));
    expect(bytes.map((data) => data.toString('latin1', 0, 8))).toEqual([
      'a\0b\n',
      '\xff\0\xfe',
      '\0'.repeat(8),
    ]);
    expect(values.map(({ type, bytes: length, source }) => [type, length, source.kind])).toEqual([
      ['raw', 4, 'memory'],
      ['raw', 3, 'memory'],
      ['raw', 200_000, 'file'],
    ]);
  });

  test('takes the place of what otto has set, small and large', async () => {
    await rig.put('small', 'old');
    await rig.put('large', 'x'.repeat(300_000));
    await rig.put('list', '[1,2]', 'json');
    rig.insert("'small', 'new'", "'large', 'short'", "'list', 'no list'");
    expect(await rig.get('large')).toBe('short');
    expect(await rig.sealed()).toEqual(['small raw new', 'large raw short', 'list raw no list']);
  });

  test('changes with UPDATE: JSON stays JSON while it is some', async () => {
    for (const key of ['same', 'text', 'sum']) await rig.put(key, '5', 'json');
    await rig.put('bytes', Buffer.from([0xff]), 'bytes');
    await rig.put('large', 'y'.repeat(300_000));
    const update = (key: string, value: string) =>
      rig.hands(`UPDATE task_data SET value = ${value} WHERE task = '${TASK}' AND key = '${key}';`);
    update('same', "'[6]'");
    update('text', "'six'");
    update('sum', 'value + 1');
    update('bytes', "'text'");
    update('large', "substr(value, 1, 70000) || 'z'");
    const all = await rig.sealed();
    expect(all.slice(0, 4)).toEqual(['same json [6]', 'text raw six', 'sum json 6', 'bytes raw text']);
    expect(all[4]).toBe(`large raw ${'y'.repeat(70_000)}z`);
  });

  test('leaves keys in the order in which they were first set', async () => {
    await rig.put('a', '1');
    rig.insert("'b', 2");
    await rig.put('c', '3');
    rig.insert("'a', 'by hand'");
    await rig.put('b', 'by otto');
    rig.hands(`DELETE FROM task_data WHERE key = 'c';
      INSERT INTO task_data (task, key, value) VALUES ('${TASK}', 'd', 4);
      INSERT INTO task_data (task, key, value) VALUES ('${TASK}', 'c', 5);
      UPDATE task_data SET key = 'e' WHERE key = 'a';
      INSERT INTO task_data (task, key, value) VALUES ('${TASK}', 'd', 6)
        ON CONFLICT (task, key) DO UPDATE SET value = excluded.value;`);
    expect(await rig.sealed()).toEqual(['b string by otto', 'd json 6', 'c json 5', 'e raw by hand']);
  });

  test('by ten programs at once is all there', async () => {
    const programs = Array.from({ length: 10 }, (_, at) => {
      const rows = Array.from(
        { length: 100 },
        (_row, key) => `INSERT INTO task_data (task, key, value) VALUES ('${TASK}', '${at}.${key}', ${key});`,
      );
      const child = spawn('sqlite3', ['-bail', '-cmd', '.timeout 60000', rig.database], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      child.stdin?.end(rows.join('\n'));
      return once(child, 'exit');
    });
    for (let at = 0; at < 100; at++) await rig.put(`otto.${at}`, '1');
    expect((await Promise.all(programs)).map(([code]) => code)).toEqual(Array(10).fill(0));
    expect(await rig.seal()).toHaveLength(1100);
  });
});

describe('whoever sets by hand what does not count is told', () => {
  const OTHER = 'other' as TaskName;
  const NO_TASK = 'no task of this name runs now';

  test('for a task that there is not', async () => {
    const { code, stderr } = rig.hand("INSERT INTO task_data (task, key, value) VALUES ('nobody', 'k', 1);");
    expect(code).not.toBe(0);
    expect(stderr).toContain(NO_TASK);
    expect(rig.hands('SELECT count(*) FROM task_data;')).toBe('0');
  });

  test.each([
    ['INSERT', `INSERT INTO task_data (task, key, value) VALUES ('${TASK}', 'late', 1);`],
    ['REPLACE', `INSERT OR REPLACE INTO task_data (task, key, value) VALUES ('${TASK}', 'k', 1);`],
    ['UPDATE', "UPDATE task_data SET value = 'late';"],
    ['UPDATE of the task', "UPDATE task_data SET task = 'other';"],
    ['DELETE', 'DELETE FROM task_data;'],
  ])('for a task that has ended: %s', async (_what, sql) => {
    await rig.open(OTHER);
    await rig.put('k', 'v');
    await rig.seal();
    const { code, stderr } = rig.hand(sql);
    expect(code).not.toBe(0);
    expect(stderr).toContain(NO_TASK);
    expect(rig.hands('SELECT task, key, value FROM task_data;')).toBe(`${TASK}|k|v`);
  });

  test.each([
    ['empty', "''"],
    ['with NUL', "'a' || char(0)"],
    ['too long', 'hex(zeroblob(1025))'],
    ['a BLOB', "x'61'"],
    ['NULL', 'NULL'],
  ])('under a key that is none: %s', async (_what, key) => {
    expect(rig.hand(`INSERT INTO task_data (task, key, value) VALUES ('${TASK}', ${key}, 1);`).code).not.toBe(
      0,
    );
    expect(await rig.seal()).toEqual([]);
  });

  test('a key that is not valid UTF-8 fails its task', async () => {
    rig.insert("CAST(x'61ff' AS TEXT), 1");
    await expect(rig.seal()).rejects.toMatchObject({
      failure: { kind: 'value', detail: 'a key must be valid UTF-8' },
    });
  });
});

describe('what tasks set shows by hand', () => {
  test('strings as TEXT, bytes as BLOB, JSON as its text', async () => {
    await rig.put('string', "it's\n");
    await rig.put('bytes', Buffer.from([0, 255]), 'bytes');
    await rig.put('big', '100000000000000000000000000000001', 'json');
    await rig.put('raw text', 'ü', 'raw');
    await rig.put('raw bytes', Buffer.from([0xff]), 'raw');
    await rig.put('nul', 'a\0b');
    await rig.seal();
    expect(
      rig.hands('SELECT key, typeof(value), quote(value), type FROM task_data WHERE key <> "nul";'),
    ).toBe(
      [
        "string|text|'it''s\n'|string",
        "bytes|blob|X'00FF'|bytes",
        "big|text|'100000000000000000000000000000001'|json",
        "raw text|text|'ü'|raw",
        "raw bytes|blob|X'FF'|raw",
      ].join('\n'),
    );
    expect(rig.hands("SELECT hex(value), typeof(value) FROM task_data WHERE key = 'nul';")).toBe(
      '610062|text',
    );
  });

  test('also of a task that did not have to run, and those cannot be changed', async () => {
    const old = 'old' as TaskName;
    await rig.open(old);
    await rig.backend.restore(old, [
      { key: 'x', type: 'string', bytes: 3, source: { kind: 'memory', data: Buffer.from('abc') } },
    ]);
    expect(rig.hands('SELECT task, key, value FROM task_data;')).toBe('old|x|abc');
    expect(rig.hand("UPDATE task_data SET value = 'new' WHERE task = 'old';").code).not.toBe(0);
  });
});
