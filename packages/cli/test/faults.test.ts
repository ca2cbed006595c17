import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDesk, createPair } from "./desk.ts";
import type { Desk } from "./desk.ts";

// Faults as they come: a disk that is full, a mount that is read-only, a lock, a hook that hangs, a log that
// cannot be written. Each time the same three things are asked: nothing is lost, the message says what it was
// and what to do, and once the fault is gone, both sides come together.

const driver = createRequire(import.meta.url).resolve("better-sqlite3");
const EDIT_A = "UPDATE items SET pieces = 11, updated_at = '2025-02-01 00:00:00' WHERE id = 1";
const EDIT_B = "INSERT INTO notes VALUES ('from b')";

/** A file system of its own that goes away with the test; skips the test where that is not allowed. */
function mounted(options: string, skip: (note: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "dbsync-fault-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (status !== 0) skip("only root may mount a file system");
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

function remount(folder: string, options: string): void {
  const { status } = spawnSync("mount", ["-o", `remount,${options}`, folder]);
  if (status !== 0) throw new Error(`${folder} could not be mounted again`);
}

/** Fills what is left, to the last block; the file can be deleted to make room. */
function fill(folder: string): string {
  const path = join(folder, "filler");
  const { status } = spawnSync("dd", ["if=/dev/zero", `of=${path}`, "bs=4096"], {
    stdio: "ignore",
  });
  if (status === 0) throw new Error("there was no end of room");
  return path;
}

/** A pair that was synced once, its b where the fault is, and an edit on each side. */
async function editedPair(desk: Desk, folder: string): Promise<string> {
  await createPair(desk);
  const b = join(folder, "b.db");
  copyFileSync(desk.path("b.db"), b);
  const first = await desk.dbsync(["sync", "a.db", b]);
  expect(first.exitCode).toBe(0);
  desk.database("a.db", EDIT_A);
  makeEdit(b, EDIT_B);
  return b;
}

function makeEdit(path: string, sql: string): void {
  const program = `require(${JSON.stringify(driver)})(process.argv[1]).exec(process.argv[2])`;
  const { status } = spawnSync(process.execPath, ["-e", program, path, sql]);
  if (status !== 0) throw new Error("the edit could not be made");
}

/** Both sides' bytes, before and after. */
function bytesOf(...paths: readonly string[]): string[] {
  return paths.map((path) => readFileSync(path).toString("base64"));
}

async function expectConverged(desk: Desk, b: string): Promise<void> {
  const healed = await desk.dbsync(["sync", "a.db", b]);
  expect({ exitCode: healed.exitCode, stderr: healed.stderr }).toEqual({ exitCode: 0, stderr: "" });
  const same = await desk.dbsync(["diff", "a.db", b]);
  expect(same.exitCode).toBe(0);
  expect(desk.rows("a.db", "SELECT pieces FROM items WHERE id = 1")).toEqual([{ pieces: 11n }]);
  expect(desk.rows("a.db", "SELECT body FROM notes ORDER BY body")).toEqual([
    { body: "from b" },
    { body: "opened" },
  ]);
}

/** Another process that holds `path` until the test is over, or it is told to let go. */
async function holdElsewhere(path: string, program: string): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `const db = require(process.argv[1])(process.argv[2]); ${program}; console.log("ready"); setInterval(() => {}, 1000);`,
      driver,
      path,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return async () => {
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  };
}

describe("a disk that is full", () => {
  it("under a side: nothing is changed, and with room again both come together", async ({
    skip,
  }) => {
    const folder = mounted("size=1m", skip);
    const desk = createDesk();
    const b = await editedPair(desk, folder);
    const filler = fill(folder);
    const before = bytesOf(desk.path("a.db"), b);
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", b]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_DISK_FULL");
    expect(stderr).toContain("Free some space");
    expect(bytesOf(desk.path("a.db"), b)).toEqual(before);
    rmSync(filler);
    await expectConverged(desk, b);
  });

  it("under the state: nothing is changed, and with room again both come together", async ({
    skip,
  }) => {
    const folder = mounted("size=2m", skip);
    const desk = createDesk();
    await createPair(desk);
    const env = { SYNC_STATE_DIR: join(folder, "state") };
    expect((await desk.dbsync(["sync", "a.db", "b.db"], { env })).exitCode).toBe(0);
    desk.database("a.db", EDIT_A);
    desk.database("b.db", EDIT_B);
    const filler = fill(folder);
    const before = bytesOf(desk.path("a.db"), desk.path("b.db"));
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db"], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_DISK_FULL");
    expect(bytesOf(desk.path("a.db"), desk.path("b.db"))).toEqual(before);
    rmSync(filler);
    const healed = await desk.dbsync(["sync", "a.db", "b.db"], { env });
    expect(healed.exitCode).toBe(0);
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });

  it("under the log: the run goes through, and says so once", async ({ skip }) => {
    const folder = mounted("size=16k", skip);
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", EDIT_A);
    fill(folder);
    const env = { SYNC_LOG_FILE: join(folder, "sync.log") };
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db"], { env });
    expect(exitCode).toBe(0);
    expect(stderr.match(/log/gi)?.length ?? 0).toBeGreaterThan(0);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });

  it("under a backup: a schema is not levelled without one", async ({ skip }) => {
    const folder = mounted("size=64k", skip);
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", "CREATE TABLE more (x)");
    fill(folder);
    const before = bytesOf(desk.path("a.db"), desk.path("b.db"));
    const env = { SYNC_BACKUP_ROOT: folder };
    const { exitCode, stderr } = await desk.dbsync(["schema", "a.db", "b.db", "--apply", "b"], {
      env,
    });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_DISK_FULL");
    expect(bytesOf(desk.path("a.db"), desk.path("b.db"))).toEqual(before);
  });
});

describe("a mount that is read-only", () => {
  it("under a side: nothing is changed, and what only reads still works", async ({ skip }) => {
    const folder = mounted("size=1m", skip);
    const desk = createDesk();
    const b = await editedPair(desk, folder);
    remount(folder, "ro");
    const before = bytesOf(desk.path("a.db"), b);
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", b]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_PERMISSION");
    expect((await desk.dbsync(["diff", "a.db", b])).exitCode).toBe(1);
    expect((await desk.dbsync(["validate", b])).exitCode).toBe(0);
    expect((await desk.dbsync(["schema", "a.db", b])).exitCode).toBe(0);
    expect((await desk.dbsync(["doctor", "a.db", b])).stdout).toContain("is mounted read-only");
    expect(bytesOf(desk.path("a.db"), b)).toEqual(before);
    remount(folder, "rw");
    await expectConverged(desk, b);
  });

  it("under the state: nothing is changed, and the message names what to set", async ({ skip }) => {
    const folder = mounted("size=1m", skip);
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", EDIT_A);
    remount(folder, "ro");
    const before = bytesOf(desk.path("a.db"), desk.path("b.db"));
    const env = { SYNC_STATE_DIR: join(folder, "state") };
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db"], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("SYNC_PERMISSION");
    expect(stderr).toContain("SYNC_STATE_DIR");
    expect(bytesOf(desk.path("a.db"), desk.path("b.db"))).toEqual(before);
  });
});

describe("a database that another process holds", () => {
  it.each(["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])(
    "by %s: nothing is changed, and once it lets go both come together",
    async (lock) => {
      const desk = createDesk();
      const folder = join(desk.folder, "other");
      mkdirSync(folder);
      const b = await editedPair(desk, folder);
      const letGo = await holdElsewhere(b, `db.exec("${lock}")`);
      const before = bytesOf(desk.path("a.db"), b);
      const env = { SYNC_BUSY_TIMEOUT_MS: "100" };
      const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", b], { env });
      expect(exitCode).toBe(11);
      expect(stderr).toContain("SYNC_LOCKED");
      expect(bytesOf(desk.path("a.db"), b)).toEqual(before);
      await letGo();
      await expectConverged(desk, b);
    },
  );
});

describe("the log", () => {
  it.each([
    ["is a folder", (desk: Desk) => (mkdirSync(desk.path("sync.log")), desk.path("sync.log"))],
    [
      "lies below a file",
      (desk: Desk) => (writeFileSync(desk.path("file"), ""), join(desk.path("file"), "sync.log")),
    ],
    ["is a device that is always full", () => "/dev/full"],
  ])("that %s stops nothing, and is told once", async (_, place) => {
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", EDIT_A);
    const env = { SYNC_LOG_FILE: place(desk) };
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db"], { env });
    expect(exitCode).toBe(0);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });

  it("whose hook never answers keeps neither the run nor the program from ending", async () => {
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", EDIT_A);
    const manager = createRequire(import.meta.url).resolve("@sync/manager/package.json");
    const program = `const { SyncManager } = await import(${JSON.stringify(`file://${join(dirname(manager), "dist/index.js")}`)});
      let heard = 0;
      const manager = new SyncManager({ config: { stateDir: ".state", log: { file: "hook.log" } },
        logHook: () => { heard += 1; return new Promise(() => {}); } });
      const report = await manager.sync(["a.db", "b.db"]);
      await manager.close();
      console.log(JSON.stringify({ heard, copied: report.tables[0].copied }));`;
    writeFileSync(desk.path("hook.mjs"), program);
    const { status, stdout } = spawnSync(process.execPath, ["hook.mjs"], {
      cwd: desk.folder,
      encoding: "utf8",
      timeout: 50_000,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ copied: 1 });
    const logged = readFileSync(desk.path("hook.log"), "utf8");
    expect(logged).toContain("sync_complete");
    expect(logged).toContain("log_hook_error");
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });
});
