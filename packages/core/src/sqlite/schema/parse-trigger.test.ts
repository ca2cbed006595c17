import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { triggerWrites } from "./parse-trigger.ts";

/** As SQLite stores it, which proves that it is a legal trigger. */
function stored(sql: string): string {
  const db = new Database(":memory:");
  db.exec(
    'CREATE TABLE t (a, "begin", "end"); CREATE TABLE [log] (a); CREATE TABLE "begin" (a, "end"); CREATE TABLE "od""d ]" (a);',
  );
  db.exec(sql);
  return String(db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").pluck().get());
}

test.each([
  ["CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END", ["log"]],
  ["CREATE TRIGGER x AFTER INSERT ON main.t BEGIN INSERT INTO log VALUES (1); END", ["log"]],
  [
    "CREATE TRIGGER x INSERT ON t FOR EACH ROW BEGIN INSERT OR REPLACE INTO [log] SELECT 1; END",
    ["log"],
  ],
  [
    "CREATE TRIGGER x DELETE ON t BEGIN REPLACE INTO log VALUES (replace('a', 'b', 'c')); END",
    ["log"],
  ],
  [
    "CREATE TRIGGER x DELETE ON t BEGIN UPDATE OR IGNORE `log` SET a = 1; UPDATE log SET a = 2; UPDATE LOG SET a = 3; END",
    ["log"],
  ],
  [
    "CREATE TRIGGER x DELETE ON t BEGIN UPDATE log SET a = t.a FROM t; DELETE FROM 't'; END",
    ["log", "t"],
  ],
  [
    'CREATE TRIGGER x DELETE ON t BEGIN INSERT INTO "od""d ]" VALUES (CASE WHEN 1 THEN \'; INSERT INTO no\' ELSE 2 END); END',
    ['od"d ]'],
  ],
  [
    "CREATE TRIGGER x DELETE ON t BEGIN SELECT CASE WHEN old.a THEN RAISE(ABORT, 'DELETE FROM t;') END; END",
    [],
  ],
  [
    "CREATE TRIGGER x DELETE ON t /* BEGIN DELETE FROM no; */ BEGIN -- INSERT INTO no\n SELECT 1; DELETE FROM log; END",
    ["log"],
  ],
  [
    "CREATE TRIGGER x UPDATE OF a, begin ON t WHEN new.begin > (SELECT max(a) FROM log) BEGIN DELETE FROM log; END",
    ["log"],
  ],
  ["CREATE TRIGGER begin INSERT ON begin BEGIN UPDATE begin SET end = 1; END", ["begin"]],
  [
    'CREATE TRIGGER "x ON t BEGIN" INSERT ON t WHEN new."end" = \'BEGIN DELETE FROM t\' BEGIN DELETE FROM log; END',
    ["log"],
  ],
  [
    "CREATE TRIGGER x INSERT ON t BEGIN INSERT INTO log VALUES (1) ON CONFLICT DO NOTHING; INSERT INTO t (a) VALUES (1); END",
    ["log", "t"],
  ],
])("%s", (sql, writes) => {
  expect(triggerWrites(stored(sql))).toEqual(writes);
});
