import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { integrityOf } from "@sync/testkit";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { BACKUP_STEPS } from "../src/backup/options.ts";
import { MANY_ROWS, createBackupDesk, execute, openAs, rowsOf } from "./backup-desk.ts";
import { dumpRows, fileHashes, makeDatabase } from "./databases.ts";

// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

const ITEMS = "SELECT id, v FROM t ORDER BY id";

function makeTable(path: string, mode: string, prepare = ""): string {
  return makeDatabase(path, (db) => {
    if (prepare !== "") db.exec(prepare);
    db.pragma(`journal_mode = ${mode}`);
    db.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'old'), (2, 'old')",
    );
  });
}

const OLD = [
  [1, "old"],
  [2, "old"],
];
const EDIT = "UPDATE t SET v = 'new'; INSERT INTO t VALUES (3, 'new')";

describe.each(["wal", "delete"])("a restore in %s mode", (mode) => {
  it("is seen by an application that has the database open, and keeps what it replaced", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    const { backup } = await desk.take(path);
    const app = openAs(path, EDIT);
    const before = statSync(path).ino;
    const report = await desk.restore(path);
    expect(report).toMatchObject({ how: "in-place", from: backup, setAside: [], notices: [] });
    expect(app.prepare(ITEMS).raw().all()).toEqual(OLD);
    app.exec("UPDATE t SET v = 'on' WHERE id = 1");
    expect(statSync(path).ino).toBe(before);
    expect(rowsOf(path, "SELECT v FROM t WHERE id = 1")).toEqual([["on"]]);
    expect(rowsOf(path, "PRAGMA journal_mode")).toEqual([[mode]]);
    expect(rowsOf(report.replaced ?? "", ITEMS)).toEqual([
      [1, "new"],
      [2, "new"],
      [3, "new"],
    ]);
    // What was replaced is not the newest backup: restoring again gives the same.
    expect((await desk.restore(path)).from).toBe(backup);
  });

  it("can itself be taken back, from the copy it kept", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    await desk.take(path);
    execute(path, EDIT);
    const after = dumpRows(path);
    const { replaced } = await desk.restore(path);
    await desk.restore(path, { type: "file", path: replaced ?? "" });
    expect(dumpRows(path)).toEqual(after);
  });

  it.each([512, 65536])("puts back a backup with pages of %i bytes", async (size) => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode, `PRAGMA page_size = ${size}`);
    await desk.take(path);
    for (const name of ["x.db", "x.db-wal", "x.db-shm"]) rmSync(desk.path(name), { force: true });
    makeTable(path, mode);
    execute(path, EDIT);
    const report = await desk.restore(path);
    expect(report.how).toBe("in-place");
    expect(rowsOf(path, ITEMS)).toEqual(OLD);
    expect(rowsOf(path, "PRAGMA journal_mode")).toEqual([[mode]]);
    expect(integrityOf(path).problems).toEqual([]);
  });

  it("puts back a backup of another text encoding", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode, "PRAGMA encoding = 'UTF-16le'");
    await desk.take(path);
    for (const name of ["x.db", "x.db-wal", "x.db-shm"]) rmSync(desk.path(name), { force: true });
    makeTable(path, mode);
    execute(path, EDIT);
    await desk.restore(path);
    expect(rowsOf(path, ITEMS)).toEqual(OLD);
    expect(rowsOf(path, "PRAGMA encoding")).toEqual([["UTF-16le"]]);
  });

  it("puts a smaller backup into a larger database and the other way round", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    const small = await desk.take(path);
    execute(path, MANY_ROWS);
    const large = await desk.take(path);
    for (const { backup } of [small, large, small]) {
      await desk.restore(path, { type: "file", path: backup });
      expect(dumpRows(path)).toEqual(dumpRows(backup));
      expect(integrityOf(path).problems).toEqual([]);
    }
  });

  it.each([
    ["pages in the middle", 4096, 8192],
    ["the header", 0, 100],
    ["everything", 0, 1 << 20],
  ])("mends a database with damage to %s", async (_, from, to) => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    await desk.take(path);
    execute(path, EDIT);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, from, Math.min(to, bytes.length));
    writeFileSync(path, bytes);
    const report = await desk.restore(path);
    expect(report.how).toBe(from === 0 ? "new-file" : "in-place");
    expect(rowsOf(path, ITEMS)).toEqual(OLD);
    expect(rowsOf(path, "PRAGMA journal_mode")).toEqual([[mode]]);
    expect(integrityOf(path).problems).toEqual([]);
    // Byte by byte where SQLite cannot read it.
    if (from === 0) expect(readFileSync(report.replaced ?? "").equals(bytes)).toBe(true);
    const kept = (await desk.list(path)).backups.find(({ path: at }) => at === report.replaced);
    expect(kept?.manifest?.problems.length).toBeGreaterThan(0);
  });

  it("makes a database that is missing", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    await desk.take(path);
    for (const name of ["x.db", "x.db-wal", "x.db-shm"]) rmSync(desk.path(name), { force: true });
    const report = await desk.restore(path);
    expect(report).toMatchObject({ how: "new-file", replaced: null });
    expect(rowsOf(path, ITEMS)).toEqual(OLD);
    expect(rowsOf(path, "PRAGMA journal_mode")).toEqual([[mode]]);
  });

  it.each([
    ["is writing", "BEGIN IMMEDIATE"],
    [
      "keeps the database to itself",
      "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT; SELECT 1 FROM t",
    ],
  ])("is refused while a program %s", async (_, sql) => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), mode);
    await desk.take(path);
    execute(path, EDIT);
    const app = openAs(path, sql);
    await expect(desk.restore(path)).rejects.toMatchObject({ code: "SYNC_LOCKED" });
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(3);
  });

  it.each(BACKUP_STEPS.slice(4))(
    "killed at %s leaves the old or the new database, and the next one finishes",
    async (step) => {
      const desk = createBackupDesk();
      const path = makeTable(desk.path("x.db"), mode);
      execute(path, MANY_ROWS);
      const { backup } = await desk.take(path);
      execute(path, `${EDIT}; UPDATE big SET v = zeroblob(3000)`);
      const [oldRows, newRows] = [dumpRows(backup), dumpRows(path)];
      desk.killed("restore", path, step, step === "writing" ? 3 : 1);
      // What was replaced is kept and complete, before anything is written.
      const replaced = (await desk.list(path)).backups.filter(
        ({ manifest }) => manifest?.kind === "replaced",
      );
      expect(replaced).toMatchObject([{ problems: [] }]);
      expect(dumpRows(replaced[0]?.path ?? "")).toEqual(newRows);
      execute(path, "SELECT 1 FROM t");
      const left = dumpRows(path);
      expect([oldRows, newRows]).toContainEqual(left);
      expect(integrityOf(path).problems).toEqual([]);
      await desk.restore(path);
      expect(dumpRows(path)).toEqual(oldRows);
    },
  );
});

describe("a restore", () => {
  it("waits for a reader in rollback mode no longer than it was told", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "delete");
    await desk.take(path);
    const app = openAs(path, "BEGIN; SELECT * FROM t");
    app.prepare("SELECT * FROM t").all();
    await expect(desk.restore(path)).rejects.toMatchObject({ code: "SYNC_LOCKED" });
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(2);
  });

  it("leaves a reader in WAL mode its rows until it is done", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal");
    await desk.take(path);
    const app = openAs(path, EDIT);
    app.exec("BEGIN");
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(3);
    await desk.restore(path);
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(3);
    app.exec("COMMIT");
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(2);
  });

  it("of pages of another size into a database in WAL mode that is open elsewhere is refused", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal", "PRAGMA page_size = 512");
    await desk.take(path);
    for (const name of ["x.db", "x.db-wal", "x.db-shm"]) rmSync(desk.path(name), { force: true });
    makeTable(path, "wal");
    const app = openAs(path, EDIT);
    await expect(desk.restore(path)).rejects.toMatchObject({ code: "SYNC_LOCKED" });
    expect(app.prepare("SELECT count(*) FROM t").pluck().get()).toBe(3);
  });

  it("never lets the log of a dead file meet the new one", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal");
    await desk.take(path);
    const app = new Database(path);
    app.exec(EDIT);
    // As a crash leaves it: a log that was not carried over, beside a file that cannot be opened.
    for (const suffix of ["", "-wal"]) copyFileSync(`${path}${suffix}`, `${path}.crashed${suffix}`);
    app.close();
    for (const suffix of ["", "-wal"]) copyFileSync(`${path}.crashed${suffix}`, `${path}${suffix}`);
    const bytes = readFileSync(path);
    bytes.fill(0, 0, 100);
    writeFileSync(path, bytes);
    const report = await desk.restore(path);
    expect(report.how).toBe("new-file");
    expect(rowsOf(path, ITEMS)).toEqual(OLD);
    expect(report.setAside.map((name) => name.slice(path.length))).toContainEqual(
      expect.stringMatching(/^\.replaced-.*-wal$/),
    );
    expect(existsSync(`${report.replaced ?? ""}-wal`)).toBe(true);
  });

  it("takes any sound database from a file, and says that nobody wrote down what it holds", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal");
    makeTable(desk.path("other.db"), "wal");
    const other = openAs(desk.path("other.db"), "INSERT INTO t VALUES (9, 'other, in its log')");
    const report = await desk.restore(path, { type: "file", path: desk.path("other.db") });
    expect(report).toMatchObject({
      manifest: null,
      notices: [expect.stringContaining("no manifest")],
    });
    expect(rowsOf(path, "SELECT v FROM t WHERE id = 9")).toEqual([["other, in its log"]]);
    expect(other.prepare("SELECT count(*) FROM t").pluck().get()).toBe(3);
    expect(
      readdirSync(dirname(report.replaced ?? "")).filter((name) => name.includes("part")),
    ).toEqual([]);
  });

  it.each([
    ["itself", "x.db", "SYNC_SAME_FILE"],
    ["a file that is missing", "none.db", "SYNC_DB_MISSING"],
    ["a text", "text.db", "SYNC_NOT_A_DATABASE"],
    ["a folder", "folder", "SYNC_NOT_A_FILE"],
    ["a damaged database", "damaged.db", "SYNC_CORRUPT"],
  ])("from %s is refused, and nothing is changed", async (_, name, code) => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "delete");
    writeFileSync(desk.path("text.db"), "no database, and long enough to be looked at ".repeat(30));
    mkdirSync(desk.path("folder"));
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(desk.path("damaged.db"), bytes);
    const before = fileHashes(path);
    await expect(desk.restore(path, { type: "file", path: desk.path(name) })).rejects.toMatchObject(
      { code },
    );
    expect(fileHashes(path)).toEqual(before);
    expect((await desk.list(path)).backups).toEqual([]);
  });

  it("of a database that has no backup, or no folder, says so", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal");
    await expect(desk.restore(path)).rejects.toMatchObject({ code: "SYNC_DB_MISSING" });
    await expect(desk.restore(join(desk.folder, "none", "x.db"))).rejects.toMatchObject({
      code: "SYNC_DB_MISSING",
    });
  });

  it("finds a backup by the name that the list gives", async () => {
    const desk = createBackupDesk();
    const path = makeTable(desk.path("x.db"), "wal");
    const { backup } = await desk.take(path);
    const name = backup.slice(dirname(backup).length + 1, -".sqlite".length);
    expect((await desk.restore(path, { type: "file", path: name })).from).toBe(backup);
  });
});
