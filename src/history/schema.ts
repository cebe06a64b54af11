/** PRAGMA user_version of otto.db. A change that older versions of otto cannot read raises it. */
export const INDEX_VERSION = 1;

/** Stores of tasks that may have had another one than their run. Made when it is first needed: indexes of version 1 may lack it. */
export const STORES_TABLE = `
CREATE TABLE IF NOT EXISTS task_stores (
  task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
  store   TEXT NOT NULL,
  reason  TEXT NOT NULL
);
`;

/** Times are ISO 8601 in UTC, so that they read well and sort as text. docs/history.md describes the columns. */
export const SCHEMA = `
CREATE TABLE projects (
  id        INTEGER PRIMARY KEY,
  folder    TEXT NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  directory TEXT NOT NULL
);
CREATE TABLE runs (
  id          INTEGER PRIMARY KEY,
  project_id  INTEGER NOT NULL REFERENCES projects (id),
  run         TEXT NOT NULL,
  directory   TEXT NOT NULL,
  ottofile    TEXT NOT NULL,
  command     TEXT NOT NULL,
  store       TEXT NOT NULL,
  result      TEXT NOT NULL,
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  duration_ms REAL,
  UNIQUE (project_id, run)
);
CREATE INDEX runs_by_name ON runs (run);
CREATE TABLE tasks (
  id          INTEGER PRIMARY KEY,
  run_id      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  result      TEXT NOT NULL,
  outcome     TEXT,
  started_at  TEXT,
  duration_ms REAL,
  directory   TEXT NOT NULL
);
CREATE INDEX tasks_by_run ON tasks (run_id);
CREATE INDEX tasks_by_name ON tasks (name);
CREATE TABLE "values" (
  task_id  INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  key      TEXT NOT NULL,
  type     TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  xxh128   TEXT NOT NULL,
  store    TEXT NOT NULL,
  PRIMARY KEY (task_id, position)
) WITHOUT ROWID;
${STORES_TABLE}
PRAGMA user_version = ${INDEX_VERSION};
`;
