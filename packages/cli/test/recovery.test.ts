import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, it, vi } from "vitest";
import { createDesk, createPair } from "./desk.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Page 2 holds the items. */
function damageItems(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096, 8192);
  writeFileSync(path, bytes);
}

// The drill of docs/recovery.md, as one story: stop, inspect, validate, restore, resume.
it("a live pair of which one side is damaged is brought back, and loses only what nobody else had", async () => {
  const desk = createDesk();
  await createPair(desk);
  expect((await desk.dbsync(["backup", "b.db"])).exitCode).toBe(0);
  // Edits of both sides since the backup, which every side has.
  desk.database(
    "a.db",
    "UPDATE items SET pieces = 11, updated_at = '2025-02-01 00:00:00' WHERE id = 1; DELETE FROM items WHERE id = 3",
  );
  desk.database("b.db", "INSERT INTO items VALUES (4, 'bowl', 1, '2025-02-01 00:00:00')");
  expect((await desk.dbsync(["sync", "a.db", "b.db"])).exitCode).toBe(0);
  expect((await desk.dbsync(["watch", "a.db", "b.db", "--detach"])).exitCode).toBe(0);
  try {
    damageItems(desk.path("b.db"));
    // One that nobody else has, in a table that can still be written; and one of the good side.
    desk.database("b.db", "UPDATE settings SET value = 'only in b'");
    desk.database(
      "a.db",
      "UPDATE items SET pieces = 6, updated_at = '2025-03-01 00:00:00' WHERE id = 2",
    );
    const run = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("SYNC_CORRUPT") });
    const early = await desk.dbsync(["restore", "b.db", "--latest", "--yes"]);
    expect(early.stderr).toMatch(/SYNC_WATCHED[^]*dbsync stop/);
  } finally {
    expect((await desk.dbsync(["stop"])).exitCode).toBe(0);
  }
  const log = await desk.dbsync(["log", "--event", "sync_error,conflict_skip"]);
  expect(log.stdout).toMatch(/sync_error .*SYNC_CORRUPT|SYNC_CORRUPT/);
  const found = await desk.dbsync(["validate", "b.db"]);
  expect(found).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/items|page 2/i) });
  const restored = await desk.dbsync(["restore", "b.db", "--latest", "--yes", "--json"]);
  const { replaced } = JSON.parse(restored.stdout) as { replaced: string };
  expect(restored.exitCode).toBe(0);
  const resumed = await desk.dbsync(["sync", "a.db", "b.db"]);
  expect(resumed).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await desk.dbsync(["validate", "a.db", "b.db"])).toMatchObject({ exitCode: 0 });
  const items = "SELECT id, pieces FROM items ORDER BY id";
  const expected = [
    { id: 1n, pieces: 11n },
    { id: 2n, pieces: 6n },
    { id: 4n, pieces: 1n },
  ];
  expect([desk.rows("a.db", items), desk.rows("b.db", items)]).toEqual([expected, expected]);
  // Lost on both sides, since b alone had it; it stands in the copy that the report names.
  expect(desk.rows("b.db", "SELECT value FROM settings")).toEqual([{ value: "9 to 17" }]);
  expect(desk.rows(relative(desk.folder, replaced), "SELECT value FROM settings")).toEqual([
    { value: "only in b" },
  ]);
});

it("the report of a restore names the copy in which lost edits stand", async () => {
  const desk = createDesk();
  await createPair(desk);
  await desk.dbsync(["backup", "b.db"]);
  desk.database("b.db", "UPDATE settings SET value = 'only in b'");
  const { stdout } = await desk.dbsync(["restore", "b.db", "--latest", "--yes"]);
  const [, command = ""] = /^ {2}dbsync (diff .*)$/m.exec(stdout) ?? [];
  const diff = await desk.dbsync(command.split(" "));
  expect(diff.stdout).toMatch(/value: '9 to 17' → 'only in b'/);
});
