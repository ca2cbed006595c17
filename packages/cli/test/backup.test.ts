import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHOP, createDesk, createPair } from "./desk.ts";

const ITEMS = "SELECT id, pieces FROM items ORDER BY id";

describe("dbsync backup, backups and restore", () => {
  it("take a backup, list it, and put it back; the next run brings it forward", async () => {
    const desk = createDesk();
    await createPair(desk);
    const taken = await desk.dbsync(["backup", "b.db"]);
    expect(taken).toMatchObject({ exitCode: 0, stderr: "" });
    expect(taken.stdout).toMatch(/^b\.db: 3 tables, 5 rows, [\d.]+ kB\.$/m);
    expect(taken.stdout).toContain("SYNC_BACKUP_ROOT");
    desk.database("a.db", "UPDATE items SET pieces = 11 WHERE id = 1");
    await desk.dbsync(["sync", "a.db", "b.db"]);
    desk.database("b.db", "UPDATE items SET pieces = -1");
    const listed = await desk.dbsync(["backups", "b.db"]);
    expect(listed.stdout).toMatch(/^ {2}ok {5} {2}\d{8}T\d{9}Z .* backup$/m);
    const restored = await desk.dbsync(["restore", "b.db", "--latest", "--yes"]);
    expect(restored).toMatchObject({ exitCode: 0, stderr: "" });
    expect(restored.stdout).toMatch(/1 row of items went on since/);
    expect(restored.stdout).toMatch(/dbsync diff b\.db \S+\.sqlite --rows/);
    expect(desk.rows("b.db", ITEMS)).toEqual([
      { id: 1n, pieces: 10n },
      { id: 2n, pieces: 5n },
      { id: 3n, pieces: 7n },
    ]);
    const { exitCode } = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(exitCode).toBe(0);
    expect(desk.rows("b.db", ITEMS)).toEqual(desk.rows("a.db", ITEMS));
    expect(desk.rows("b.db", ITEMS)[0]).toEqual({ id: 1n, pieces: 11n });
    const log = await desk.dbsync(["log", "--event", "backup_created,restore_complete"]);
    expect(
      log.stdout.split("\n").filter((line) => /backup_created|restore_complete/.test(line)),
    ).toHaveLength(2);
  });

  it("print documents with --json", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    const taken = JSON.parse((await desk.dbsync(["backup", "a.db", "--json"])).stdout) as {
      backup: string;
    };
    expect(taken).toMatchObject({
      schemaVersion: 1,
      command: "backup",
      database: "a.db",
      manifest: { kind: "backup", tables: expect.any(Array), problems: [] },
    });
    const { stdout } = await desk.dbsync(["backups", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "backups",
      databases: [{ backups: [{ path: taken.backup, problems: [] }] }],
    });
    const restored = await desk.dbsync([
      "restore",
      "a.db",
      "--from",
      taken.backup,
      "--yes",
      "--json",
    ]);
    expect(JSON.parse(restored.stdout)).toMatchObject({
      command: "restore",
      how: "in-place",
      pairs: [],
    });
  });

  it("find a damaged backup, and do not put it back", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    const { backup } = JSON.parse((await desk.dbsync(["backup", "a.db", "--json"])).stdout) as {
      backup: string;
    };
    truncateSync(backup, 5000);
    const before = desk.digests();
    expect(await desk.dbsync(["backups"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("damaged"),
    });
    const { exitCode, stderr } = await desk.dbsync(["restore", "a.db", "--latest", "--yes"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_CORRUPT");
    expect(desk.digests()).toEqual(before);
  });

  it("say what is wrong: no choice, nobody to ask, no backup, a bad root, a damaged database", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    expect(await desk.dbsync(["restore", "a.db"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--latest"),
    });
    expect(await desk.dbsync(["restore", "a.db", "--latest"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect(await desk.dbsync(["restore", "a.db", "--latest", "--yes"])).toMatchObject({
      exitCode: 10,
    });
    expect(await desk.dbsync(["backups", "a.db"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("There is no backup"),
    });
    mkdirSync(desk.path("inside"));
    const inside = { env: { SYNC_BACKUP_ROOT: "inside" } };
    expect(await desk.dbsync(["backup", "a.db"], inside)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("own folder"),
    });
    const missing = { env: { SYNC_BACKUP_ROOT: desk.path("none") } };
    expect(await desk.dbsync(["backup", "a.db"], missing)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("There is no folder"),
    });
    const bytes = readFileSync(desk.path("a.db"));
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(desk.path("a.db"), bytes);
    expect(await desk.dbsync(["backup", "a.db"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("damaged"),
    });
  });
});
