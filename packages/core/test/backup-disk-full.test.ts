import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { MANY_ROWS, createBackupDesk, execute } from "./backup-desk.ts";
import { fileHashes, makeDatabase } from "./databases.ts";

vi.setConfig({ testTimeout: 60_000 });

/** File systems of our own; only root may make them. */
const small = mkdtempSync(join(tmpdir(), "sync-small-"));
const mount = (options: string): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", small]).status === 0;
const canMount = mount("size=2m");
if (!canMount) console.warn("A full disk is not tested: this user may not mount a file system.");

afterAll(() => {
  if (canMount) spawnSync("umount", [small]);
  rmSync(small, { recursive: true, force: true });
});

const ROOT = { root: { path: small, isChosen: true } } as const;

/** Files that take room, in the folder of a database's backups. */
function leftovers(): string[] {
  const names = readdirSync(small, { recursive: true, encoding: "utf8" });
  return names.filter(
    (name) => /\.(?:sqlite|part|json)/.test(name) && !name.endsWith("lock.sqlite"),
  );
}

describe.runIf(canMount)("a backup folder", () => {
  it("that is full is a clear error, and nothing is left there", async () => {
    const desk = createBackupDesk();
    const path = makeDatabase(desk.path("x.db"), (db) => db.exec(MANY_ROWS));
    await expect(desk.take(path, ROOT)).rejects.toMatchObject({ code: "SYNC_DISK_FULL" });
    expect(leftovers()).toEqual([]);
  });

  it("without room for what would be replaced keeps a restore from changing anything", async () => {
    const desk = createBackupDesk();
    const path = makeDatabase(desk.path("x.db"), (db) =>
      db.exec("CREATE TABLE t (v); INSERT INTO t VALUES (1)"),
    );
    const { backup } = await desk.take(path, ROOT);
    execute(path, MANY_ROWS);
    const before = fileHashes(path);
    await expect(desk.restore(path, { type: "latest" }, ROOT)).rejects.toMatchObject({
      code: "SYNC_DISK_FULL",
    });
    expect(fileHashes(path)).toEqual(before);
    expect(
      leftovers()
        .map((name) => join(small, name))
        .filter((name) => name.endsWith("sqlite")),
    ).toEqual([backup]);
    // What cannot be opened is copied byte by byte, and needs the same room.
    writeFileSync(path, Buffer.alloc(4 << 20, 1));
    await expect(desk.restore(path, { type: "latest" }, ROOT)).rejects.toMatchObject({
      code: "SYNC_DISK_FULL",
    });
    expect(leftovers().filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("that is read-only is a clear error", async () => {
    const desk = createBackupDesk();
    const path = makeDatabase(desk.path("y.db"), (db) => db.exec("CREATE TABLE t (v)"));
    await desk.take(path, ROOT);
    mount("remount,ro");
    try {
      await expect(desk.take(path, ROOT)).rejects.toMatchObject({ code: "SYNC_PERMISSION" });
      await expect(desk.restore(path, { type: "latest" }, ROOT)).rejects.toMatchObject({
        code: "SYNC_PERMISSION",
      });
    } finally {
      mount("remount,rw");
    }
  });
});
