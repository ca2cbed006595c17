import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { integrityOf } from "@sync/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readManifest } from "../src/backup/manifest.ts";
import { MANY_ROWS, createBackupDesk, execute, openAs, rowsOf } from "./backup-desk.ts";
import { dumpRows, dumpSchema, fileHashes, makeDatabase } from "./databases.ts";

// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

const WRITER = fileURLToPath(new URL("backup-writer.mjs", import.meta.url));
const SHOP = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, pieces);
  CREATE TABLE note (text); CREATE INDEX by_name ON item (name);
  INSERT INTO item VALUES (1, 'cup', 10), (2, 'pot', 5.5), (3, 'jug', NULL); INSERT INTO note VALUES ('x'), ('x')`;

function makeShop(path: string, mode = "wal"): string {
  return makeDatabase(path, (db) => {
    db.pragma(`journal_mode = ${mode}`);
    db.exec(SHOP);
  });
}

describe.each(["wal", "delete"])("a backup of a database in %s mode", (mode) => {
  it("is one file that holds the same, with a manifest that says what", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"), mode);
    const report = await desk.take(shop);
    expect(dumpRows(report.backup)).toEqual(dumpRows(shop));
    expect(dumpSchema(report.backup)).toEqual(dumpSchema(shop));
    expect(rowsOf(report.backup, "PRAGMA journal_mode")).toEqual([["delete"]]);
    const [sha256] = fileHashes(report.backup);
    expect(report.manifest).toMatchObject({
      schemaVersion: 1,
      kind: "backup",
      source: shop,
      sha256,
      bytes: readFileSync(report.backup).length,
      journalMode: mode,
      encoding: "UTF-8",
      pageSize: 4096,
      tables: [
        { table: "item", rows: 3 },
        { table: "note", rows: 2 },
      ],
      problems: [],
    });
    expect(readManifest(report.backup.replace(/sqlite$/, "json"))).toEqual(report.manifest);
    expect(readdirSync(dirname(report.backup)).filter((name) => name.endsWith(".part"))).toEqual(
      [],
    );
    const { backups } = await desk.list(shop);
    expect(backups).toEqual([{ path: report.backup, manifest: report.manifest, problems: [] }]);
  });

  it("is one state of it while another process writes without a pause", async () => {
    const desk = createBackupDesk();
    const shop = makeDatabase(desk.path("shop.db"), (db) => {
      db.pragma(`journal_mode = ${mode}`);
      db.exec(MANY_ROWS);
      db.exec(
        "CREATE TABLE account (id INTEGER PRIMARY KEY, amount); INSERT INTO account VALUES (1, 1000), (2, 0)",
      );
    });
    const writer = spawn(process.execPath, [WRITER, shop], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void writer.kill("SIGKILL"));
    await once(writer.stdout, "data");
    const report = await desk.take(shop, { busyTimeoutMs: 20_000 });
    writer.kill("SIGKILL");
    await once(writer, "exit");
    // Its journal may be hot: only a connection that may write can read now.
    const moved = openAs(shop).prepare("SELECT amount FROM account WHERE id = 2").pluck().get();
    expect(integrityOf(report.backup)).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
    const [sum, amount] = rowsOf(
      report.backup,
      "SELECT sum(amount), max(id = 2) * total(amount) FILTER (WHERE id = 2) FROM account",
    )[0] as [number, number];
    expect(sum).toBe(1000);
    expect(amount).toBeGreaterThan(0);
    // Somebody wrote in the meantime.
    expect(moved).toBeGreaterThan(amount);
  });

  it("changes nothing of the database", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"), mode);
    const before = fileHashes(shop);
    await desk.take(shop);
    expect(fileHashes(shop)).toEqual(before);
  });

  it.each(["copying", "copied", "named"] as const)(
    "that is killed at %s does not count, and the next one tidies up",
    async (step) => {
      const desk = createBackupDesk();
      const shop = makeShop(desk.path("shop.db"), mode);
      await desk.take(shop);
      desk.killed("take", shop, step);
      expect(
        (await desk.list(shop)).backups.filter(({ problems }) => problems.length === 0),
      ).toHaveLength(1);
      const later = await desk.take(shop);
      const names = readdirSync(dirname(later.backup));
      expect(names.filter((name) => name.includes(".part"))).toEqual([]);
      expect((await desk.restore(shop)).from).toBe(later.backup);
    },
  );
});

describe("where backups go", () => {
  it("databases of one name in two folders do not mix", async () => {
    const desk = createBackupDesk();
    for (const name of ["x", "y"]) mkdirSync(desk.path(name));
    const [one, other] = [makeShop(desk.path("x/shop.db")), makeShop(desk.path("y/shop.db"))];
    const [first, second] = [await desk.take(one), await desk.take(other)];
    expect(dirname(first.backup)).not.toBe(dirname(second.backup));
    expect(basename(dirname(first.backup))).toMatch(/^shop\.db-[0-9a-f]{12}$/);
    expect((await desk.list(one)).backups.map(({ path }) => path)).toEqual([first.backup]);
  });

  it("a database is the same by a link to it", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    symlinkSync(shop, desk.path("link.db"));
    const { backup } = await desk.take(desk.path("link.db"));
    expect((await desk.list(shop)).backups.map(({ path }) => path)).toEqual([backup]);
  });

  it("names never leave the root", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path(".. $(x) ü.db"));
    const { backup } = await desk.take(shop);
    expect(dirname(dirname(backup))).toBe(desk.root);
  });

  it.each([
    [
      "is missing",
      (root: string) => rmSync(root, { recursive: true }),
      "SYNC_USAGE",
      /There is no folder/,
    ],
    [
      "is a file",
      (root: string) => {
        rmSync(root, { recursive: true });
        writeFileSync(root, "");
      },
      "SYNC_USAGE",
      /is not a folder/,
    ],
  ])("a root that %s is a clear error", async (_, spoil, code, message) => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    spoil(desk.root);
    await expect(desk.take(shop)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    await expect(desk.restore(shop)).rejects.toMatchObject({ code });
  });

  it.each(["", "inside"])(
    "the database's own folder, or one in it, is refused (%s)",
    async (sub) => {
      const desk = createBackupDesk();
      const shop = makeShop(desk.path("shop.db"));
      const path = join(dirname(shop), sub);
      mkdirSync(path, { recursive: true });
      await expect(desk.take(shop, { root: { path, isChosen: true } })).rejects.toMatchObject({
        code: "SYNC_USAGE",
        message: expect.stringContaining("own folder") as string,
        next: expect.stringContaining("SYNC_BACKUP_ROOT") as string,
      });
      expect(readdirSync(path).filter((name) => name.startsWith("shop.db-"))).not.toContainEqual(
        expect.stringMatching(/^shop\.db-[0-9a-f]{12}$/),
      );
    },
  );

  it("our own default is made", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const path = join(dirname(shop), "state", "backups");
    const { backup } = await desk.take(shop, { root: { path, isChosen: false } });
    expect(backup.startsWith(path)).toBe(true);
  });

  it("is not a folder that somebody made a link of", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const { backup } = await desk.take(shop);
    const folder = dirname(backup);
    rmSync(folder, { recursive: true });
    mkdirSync(join(desk.folder, "elsewhere"));
    symlinkSync(join(desk.folder, "elsewhere"), folder);
    await expect(desk.take(shop)).rejects.toMatchObject({ code: "SYNC_USAGE" });
    expect(readdirSync(join(desk.folder, "elsewhere"))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)(
    "a root that may not be written is a clear error",
    async () => {
      const desk = createBackupDesk();
      const shop = makeShop(desk.path("shop.db"));
      chmodSync(desk.root, 0o500);
      onTestFinished(() => chmodSync(desk.root, 0o700));
      await expect(desk.take(shop)).rejects.toMatchObject({ code: "SYNC_PERMISSION" });
    },
  );
});

describe("a backup that is looked at later", () => {
  it.each([
    ["truncated", (path: string) => truncateSync(path, 4096), /bytes/],
    [
      "changed in one byte",
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[5000] = (bytes[5000] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      /SHA-256/,
    ],
    [
      "without its manifest",
      (path: string) => rmSync(path.replace(/sqlite$/, "json")),
      /no manifest/,
    ],
    [
      "a link",
      (path: string) => {
        copyFileSync(path, `${path}.copy`);
        rmSync(path);
        symlinkSync(`${path}.copy`, path);
      },
      /link/,
    ],
  ])("%s is found out, and is not put back", async (_, spoil, problem) => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const { backup } = await desk.take(shop);
    spoil(backup);
    const { backups } = await desk.list(shop);
    expect(backups[0]?.problems.join()).toMatch(problem);
    const before = fileHashes(shop);
    await expect(desk.restore(shop)).rejects.toMatchObject({
      code: expect.stringMatching(/^SYNC_(CORRUPT|DB_MISSING)$/) as string,
    });
    expect(fileHashes(shop)).toEqual(before);
  });

  it("is not replaced by an older one without a word, but that one is named", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const older = await desk.take(shop);
    const newer = await desk.take(shop);
    truncateSync(newer.backup, 100);
    await expect(desk.restore(shop)).rejects.toMatchObject({
      code: "SYNC_CORRUPT",
      next: expect.stringContaining(`--from ${older.backup}`) as string,
    });
    expect((await desk.restore(shop, { type: "file", path: older.backup })).from).toBe(
      older.backup,
    );
  });

  it.each([
    ["no JSON", "{"],
    ["another tool's", `{"schemaVersion": 1, "tool": "other"}`],
    ["a list", "[]"],
    ["one with a path", `{"file": "../../../etc/passwd"}`],
  ])("with a manifest that is %s does not count", async (_, text) => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const { backup } = await desk.take(shop);
    writeFileSync(backup.replace(/sqlite$/, "json"), text);
    expect((await desk.list(shop)).backups[0]?.problems[0]).toMatch(/no manifest/);
  });

  it("whose manifest names another database is not put back", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const { backup, manifest } = await desk.take(shop);
    writeFileSync(
      backup.replace(/sqlite$/, "json"),
      JSON.stringify({ ...manifest, source: "/etc/../other.db" }),
    );
    await expect(desk.restore(shop)).rejects.toMatchObject({ code: "SYNC_CORRUPT" });
  });

  it("says of a damaged database what is wrong with it", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"), "delete");
    const bytes = readFileSync(shop);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(shop, bytes);
    const { manifest } = await desk.take(shop);
    expect(manifest.problems.length).toBeGreaterThan(0);
    expect((await desk.list(shop)).backups[0]?.problems[0]).toMatch(/damaged when it was taken/);
  });
});

describe("how many stay", () => {
  it("the newest of each kind, and nothing that is not ours", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const limits = { maxCount: 2, maxAgeDays: null };
    const first = await desk.take(shop, { limits });
    writeFileSync(join(dirname(first.backup), "mine.sqlite"), "mine");
    writeFileSync(join(dirname(first.backup), "20200101T000000000Z.sqlite"), "looks like one");
    const asked = [await desk.take(shop, { limits }), await desk.take(shop, { limits })];
    expect(asked.map(({ removed }) => removed)).toEqual([[], [first.backup]]);
    for (let nth = 0; nth < 4; nth++) await desk.take(shop, { limits, kind: "before-sync" });
    const names = readdirSync(dirname(first.backup)).filter((name) => name.endsWith(".sqlite"));
    expect(names).toHaveLength(2 + 2 + 2 + 1);
    expect(asked.every(({ backup }) => existsSync(backup))).toBe(true);
  });

  it("old ones go by their age, but never the only good one", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"), "delete");
    const limits = { maxCount: 5, maxAgeDays: 1 };
    const good = await desk.take(shop, { limits });
    const bytes = readFileSync(shop);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(shop, bytes);
    const days = (count: number): number => 1_767_348_000_000 + count * 86_400_000;
    const damaged = await desk.take(shop, { limits, nowMs: days(3) });
    expect(damaged.removed).toEqual([]);
    const later = await desk.take(shop, { limits, nowMs: days(6) });
    expect(later.removed).toEqual([damaged.backup]);
    expect(existsSync(good.backup)).toBe(true);
  });

  it("none goes where the one that would stay is broken", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const limits = { maxCount: 1, maxAgeDays: null };
    const first = await desk.take(shop);
    const second = await desk.take(shop);
    const third = await desk.take(shop, { kind: "before-sync" });
    for (const { backup } of [second, third]) truncateSync(backup, 10);
    // The copy of what is replaced is of a damaged database, and not one to keep instead.
    const bytes = readFileSync(shop);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(shop, bytes);
    const { removed } = await desk.take(shop, { limits });
    expect(removed).not.toContain(first.backup);
    expect(existsSync(first.backup)).toBe(true);
  });
});

describe("a backup that cannot be taken", () => {
  it("of a missing database, of something else, of one that is kept locked", async () => {
    const desk = createBackupDesk();
    await expect(desk.take(desk.path("none.db"))).rejects.toMatchObject({
      code: "SYNC_DB_MISSING",
    });
    writeFileSync(
      desk.path("text.db"),
      "not a database, but long enough to be looked at as one ".repeat(20),
    );
    await expect(desk.take(desk.path("text.db"))).rejects.toMatchObject({
      code: "SYNC_NOT_A_DATABASE",
    });
    const shop = makeShop(desk.path("shop.db"), "delete");
    openAs(shop, "BEGIN EXCLUSIVE");
    await expect(desk.take(shop)).rejects.toMatchObject({ code: "SYNC_LOCKED" });
    expect((await desk.list(shop)).backups).toEqual([]);
  });

  it("because it was cancelled leaves nothing", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    execute(shop, MANY_ROWS);
    const throwIfCancelled = (): void => {
      throw new Error("cancelled");
    };
    await expect(desk.take(shop, {}, { throwIfCancelled })).rejects.toThrow(/cancelled/);
    const [folder = ""] = readdirSync(desk.root);
    expect(readdirSync(join(desk.root, folder))).toEqual(["lock.sqlite"]);
  });

  it("of a database whose application keeps it open is no matter", async () => {
    const desk = createBackupDesk();
    const shop = makeShop(desk.path("shop.db"));
    const app = openAs(shop);
    const insert = app.prepare("INSERT INTO note VALUES (?)");
    insert.run("in the log only");
    const { backup } = await desk.take(shop);
    expect(rowsOf(backup, "SELECT count(*) FROM note")).toEqual([[3]]);
    insert.run("and on");
    expect(
      new Database(shop, { readonly: true }).prepare("SELECT count(*) FROM note").pluck().get(),
    ).toBe(4);
  });
});
