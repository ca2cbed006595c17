import { spawnSync } from "node:child_process";
import { DatabaseSynchronizationEngine } from "@sync/core";
import Database from "better-sqlite3";
import { expect, test, vi } from "vitest";
import { collected } from "./databases.ts";
import { makePair } from "./sync-pair.ts";

// An application has databases of its own open in our process. Whatever is done with them beside it, none of its locks
// may go: closing any descriptor of a file drops all that the process holds on it (SQLITE_NOTES 1).
vi.setConfig({ testTimeout: 120_000 });

const ROWS = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO t SELECT i, printf('%.100c', 'x') FROM n`;

/** Another process does what the application's read transaction must keep it from. `kept`, or what happened instead. */
function tryElsewhere(path: string, mode: string): string {
  // In rollback mode nobody may commit; in WAL mode, nobody may empty the log that the reader reads.
  const attempt =
    mode === "wal"
      ? `db.pragma("wal_checkpoint(TRUNCATE)")[0].busy === 1 ? "kept" : "the log was emptied"`
      : `(db.exec("UPDATE t SET v = 'elsewhere' WHERE id = 1"), "it was written to")`;
  const program = `const db = require("better-sqlite3")(process.argv[1], { timeout: 0 });
    try { console.log(${attempt}); }
    catch (error) { console.log(error.code === "SQLITE_BUSY" ? "kept" : error.code); }`;
  return spawnSync(process.execPath, ["-e", program, path], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  }).stdout.trim();
}

test.each([
  ["wal", true],
  ["wal", false],
  ["delete", true],
  ["delete", false],
])(
  "in %s mode, with worker: %s, an application's read transactions keep their locks",
  async (mode, worker) => {
    const pair = makePair(ROWS);
    for (const path of [pair.a, pair.b]) {
      const db = new Database(path);
      db.pragma(`journal_mode = ${mode}`);
      db.close();
    }
    const engine = new DatabaseSynchronizationEngine({ worker, stateDir: pair.stateDir });
    await engine.sync(pair, { scan: "pages" });

    const writer = new Database(pair.a);
    const other = new Database(pair.b);
    // Something for the logs that the readers read.
    for (const db of [writer, other]) db.exec("UPDATE t SET v = 'before' WHERE id = 7");
    const readers = [pair.a, pair.b].map((path) => new Database(path, { readonly: true }));
    for (const db of readers) db.exec("BEGIN; SELECT count(*) FROM t");
    const keepsLocks = (after: string): void =>
      expect([after, ...[pair.a, pair.b].map((path) => tryElsewhere(path, mode))]).toEqual([
        after,
        "kept",
        "kept",
      ]);
    keepsLocks("the beginning");

    for (const scan of ["pages", "full"] as const) {
      await engine.diff(pair, { scan });
      await collected(engine.diffRows(pair, { scan }));
      keepsLocks(`diff, ${scan}`);
      // A reader keeps nobody from writing in WAL mode: there a change has to be carried over.
      if (mode === "wal") writer.exec(`UPDATE t SET v = '${scan}' WHERE id = 8`);
      await engine.sync(pair, { scan });
      keepsLocks(`sync, ${scan}`);
    }
    await engine.validate([pair.a, pair.b]);
    keepsLocks("validate");

    const copied = new Promise<void>((resolve, reject) => {
      void engine.startRealtimeSync(pair, {
        onReport: ({ tables }) => {
          if (mode !== "wal" || tables.some((table) => table.copied > 0)) resolve();
        },
        onError: reject,
      });
    });
    if (mode === "wal") writer.exec("UPDATE t SET v = 'live' WHERE id = 9");
    await copied;
    keepsLocks("live");
    await engine.stopRealtimeSync();
    keepsLocks("the end of live");
    await engine.close();
    keepsLocks("the engine's end");

    for (const db of readers) {
      db.exec("COMMIT");
      expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
      db.close();
    }
    writer.close();
    other.close();
    pair.remove();
  },
);
