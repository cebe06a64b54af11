/**
 * SQLite takes values of up to 1,000,000,000 bytes, but better-sqlite3 no more than a string of Node may have characters, on Node 20 too. The limit is one
 * for a whole row: some bytes are left for what stands beside the value.
 */
export const LARGEST_IN_DATABASE_BYTES = 2 ** 29 - 16 * 1024;

/** In the run's directory. */
export const DATABASE_NAME = 'values.db';

/** Where values lie that the database does not take, beside it; `file` names them from the database's directory. */
export const LARGE_DIRECTORY = 'values.large';

/**
 * `task_data` is for hands as much as for otto (docs/stores.md). The rest is otto's own:
 *
 * - `otto_tasks` has the tasks whose values may be changed now.
 * - `otto_keys` gives keys their order: a table of its own, because INSERT OR REPLACE by hand makes a new row. `own` is null for what was set
 *   by hand; for what otto has set it is the number of the file with a copy of the value, or 0.
 *
 * Otto itself never updates a value in `task_data`, so that the last trigger is for hands alone. Inside a trigger the words OR IGNORE do not count when
 * the statement outside says OR REPLACE: hence NOT EXISTS.
 */
export const SCHEMA = `
CREATE TABLE task_data (
  task TEXT NOT NULL,
  key TEXT NOT NULL CONSTRAINT "a key is text of 1 to 2048 bytes without NUL" CHECK (
    typeof(key) = 'text' AND length(CAST(key AS BLOB)) BETWEEN 1 AND 2048 AND instr(CAST(key AS BLOB), x'00') = 0),
  value,
  type TEXT CONSTRAINT "a type is string, bytes, json or raw, or NULL" CHECK (type IN ('string', 'bytes', 'json', 'raw')),
  file TEXT CONSTRAINT "a file is ${LARGE_DIRECTORY}/NAME, and value is NULL then" CHECK (
    file IS NULL OR value IS NULL AND file GLOB '${LARGE_DIRECTORY}/?*' AND file NOT GLOB '*/*/*' AND file NOT GLOB '*/.*'
    AND typeof(file) = 'text' AND instr(CAST(file AS BLOB), x'00') = 0),
  PRIMARY KEY (task, key)
);
CREATE TABLE otto_tasks (task TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE otto_keys (
  position INTEGER PRIMARY KEY,
  task TEXT NOT NULL,
  key TEXT NOT NULL,
  own INTEGER,
  UNIQUE (task, key)
);
${guard('otto_insert', 'INSERT', 'NEW')}
${guard('otto_update', 'UPDATE', 'NEW')}
${guard('otto_update_old', 'UPDATE', 'OLD')}
${guard('otto_delete', 'DELETE', 'OLD')}
CREATE TRIGGER otto_inserted AFTER INSERT ON task_data BEGIN
  INSERT INTO otto_keys (task, key) SELECT NEW.task, NEW.key
    WHERE NOT EXISTS (SELECT 1 FROM otto_keys WHERE task = NEW.task AND key = NEW.key);
  UPDATE otto_keys SET own = NULL WHERE task = NEW.task AND key = NEW.key AND own IS NOT NULL;
END;
CREATE TRIGGER otto_deleted AFTER DELETE ON task_data BEGIN
  DELETE FROM otto_keys WHERE task = OLD.task AND key = OLD.key;
END;
CREATE TRIGGER otto_renamed AFTER UPDATE OF task, key ON task_data
WHEN NEW.task IS NOT OLD.task OR NEW.key IS NOT OLD.key BEGIN
  DELETE FROM otto_keys WHERE task = OLD.task AND key = OLD.key;
  INSERT INTO otto_keys (task, key) SELECT NEW.task, NEW.key
    WHERE NOT EXISTS (SELECT 1 FROM otto_keys WHERE task = NEW.task AND key = NEW.key);
END;
CREATE TRIGGER otto_updated AFTER UPDATE OF value, type, file ON task_data BEGIN
  UPDATE otto_keys SET own = NULL WHERE task = NEW.task AND key = NEW.key AND own IS NOT NULL;
  UPDATE task_data SET type = NULL WHERE task = NEW.task AND key = NEW.key
    AND NEW.value IS NOT OLD.value AND type IS NOT NULL
    AND NOT (type = 'json' AND typeof(value) = 'text' AND json_valid(value));
END;
`;

function guard(name: string, change: 'INSERT' | 'UPDATE' | 'DELETE', row: 'NEW' | 'OLD'): string {
  return `CREATE TRIGGER ${name} BEFORE ${change} ON task_data
WHEN NOT EXISTS (SELECT 1 FROM otto_tasks WHERE task = ${row}.task) BEGIN
  SELECT RAISE(ABORT, 'no task of this name runs now: a task sets values under its own name, $OTTO_TASK, until it ends');
END;`;
}
