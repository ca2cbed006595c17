import { copyFileSync, openSync, closeSync, readSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

// Cases sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

let pair: TestPair;
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO t SELECT i, 'old' FROM n`;

function content(side: "a" | "b"): string[] {
  const rows = pair.rows(side, "SELECT id || ' ' || v AS row FROM t ORDER BY id");
  return rows.map((row) => (row as { row: string }).row);
}

/** A copy of `b` that goes on by itself and never sees what we wrote to `b` afterwards, in the place of `b`. */
async function forkOf(mode: string): Promise<void> {
  pair = makePair(TABLE, mode);
  await pair.sync();
  await pair.release();
  const fork = `${pair.b}.fork`;
  copyFileSync(pair.b, fork);
  pair.edit("a", "UPDATE t SET v = 'pushed' WHERE id <= 4; DELETE FROM t WHERE id = 9");
  await pair.sync();
  await pair.release();
  const db = new Database(fork);
  db.exec("UPDATE t SET v = 'of the fork' WHERE id = 7; INSERT INTO t VALUES (20, 'of the fork')");
  db.close();
  for (const suffix of ["-wal", "-shm"]) rmSync(`${pair.b}${suffix}`, { force: true });
  renameSync(fork, pair.b);
}

describe.each(["wal", "delete"])("a fork that never saw our last push, in %s mode", (mode) => {
  it("is noticed, and nothing is written", async () => {
    await forkOf(mode);
    const before = [content("a"), content("b")];
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_LINEAGE",
      details: { side: "b", rowsBack: 5, rowsWritten: 5 },
    });
    expect([content("a"), content("b")]).toEqual(before);
  });

  it("is brought forward as restored, and keeps its own edits", async () => {
    await forkOf(mode);
    await pair.sync({ lineage: "restored" });
    expect(content("b")).toEqual(content("a"));
    expect(content("a")).toEqual([
      "1 pushed",
      "2 pushed",
      "3 pushed",
      "4 pushed",
      "5 old",
      "6 old",
      "7 of the fork",
      "8 old",
      "10 old",
      "20 of the fork",
    ]);
  });

  it("is taken at its word as accepted: what we had pushed is gone", async () => {
    await forkOf(mode);
    await pair.sync({ lineage: "accept" });
    expect(content("a")).toEqual(content("b"));
    expect(content("a")).toEqual(expect.arrayContaining(["1 old", "7 of the fork", "9 old"]));
  });

  it("is united as forgotten: nothing is deleted, and what differs waits", async () => {
    await forkOf(mode);
    const { report } = await pair.sync({ lineage: "forget" });
    expect(report.conflicts.parked).toBe(5);
    expect(content("a")).toEqual(expect.arrayContaining(["1 pushed", "9 old", "20 of the fork"]));
    expect(content("b")).toEqual(expect.arrayContaining(["1 old", "9 old", "20 of the fork"]));
  });
});

/** The change counter in a file's header (fileformat.html, offset 24). */
function changeCounter(path: string): number {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(4);
    readSync(file, bytes, 0, 4, 24);
    return bytes.readUInt32BE(0);
  } finally {
    closeSync(file);
  }
}

describe("a smaller change counter in rollback mode", () => {
  it("is no sign of an older copy: a file that was compacted and edited on goes through", async () => {
    pair = makePair(TABLE, "delete");
    await pair.sync();
    for (let nth = 0; nth < 5; nth++) pair.edit("a", `UPDATE t SET v = 'new ${nth}' WHERE id <= 3`);
    await pair.sync();
    for (let nth = 0; nth < 5; nth++) pair.edit("b", `UPDATE t SET v = 'b ${nth}' WHERE id = 8`);
    await pair.sync();
    await pair.release();
    const [before, compact] = [changeCounter(pair.b), `${pair.b}.compact`];
    pair.edit("b", `VACUUM INTO '${compact}'`);
    // Over the file, so that even its identity stays.
    copyFileSync(compact, pair.b);
    pair.edit("b", "UPDATE t SET v = 'edited on' WHERE id = 10");
    expect(changeCounter(pair.b)).toBeLessThan(before);
    await pair.sync();
    expect(content("a")).toEqual(content("b"));
    expect(content("a").at(-1)).toBe("10 edited on");
  });
});
