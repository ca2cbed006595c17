import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import Database from "better-sqlite3";
import { diffDatabases } from "../src/engine/diff.ts";
import { listConflicts } from "../src/engine/inbox.ts";
import { validateDatabases } from "../src/engine/validate.ts";
import { locateState } from "../src/state/location.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const NOTES =
  "CREATE TABLE note (id TEXT PRIMARY KEY, text UNIQUE); INSERT INTO note VALUES ('1', 'x'), ('2', 'y'), ('3', 'z')";

/** Writes over bytes of a closed database. */
function overwrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

/** Where the root page of a table or index begins. */
function rootOf(path: string, name: string): number {
  const db = new Database(path, { readonly: true });
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(name);
  const size = db.pragma("page_size", { simple: true }) as number;
  db.close();
  return (Number(root) - 1) * size;
}

describe("a side that is damaged is blamed by its name", () => {
  it("where an index does not lead to its rows any more", async () => {
    pair = makePair(NOTES, "delete");
    await pair.sync();
    pair.edit("b", "UPDATE note SET text = 'other' WHERE id = '2'");
    const start = rootOf(pair.a, "sqlite_autoindex_note_1");
    // The index says of key '2' that its row has another number: after the sizes and types, the key's byte, then it.
    overwrite(pair.a, (bytes) => {
      const cell = start + bytes.readUInt16BE(start + 8 + 2);
      expect(bytes.subarray(cell + 4, cell + 6)).toEqual(Buffer.from([0x32, 2]));
      bytes[cell + 5] = 0x7f;
    });
    const before = readFileSync(pair.b);
    const made = pair.sync();
    await expect(made).rejects.toMatchObject({ code: "SYNC_CORRUPT" });
    await expect(made).rejects.toThrow(pair.a);
    expect(readFileSync(pair.b).equals(before)).toBe(true);
  });

  it("where the header names a format of a later SQLite", async () => {
    pair = makePair(NOTES, "delete");
    overwrite(pair.a, (bytes) => void (bytes[47] = 9));
    await expect(diffDatabases(pair)).rejects.toMatchObject({ code: "SYNC_CORRUPT" });
  });

  it("in a search index, which validate reports as a finding", async () => {
    pair = makePair("CREATE VIRTUAL TABLE doc USING fts5(text); INSERT INTO doc VALUES ('one')");
    const db = pair.open("a").unsafeMode();
    db.exec("UPDATE doc_config SET v = 99 WHERE k = 'version'");
    db.close();
    const { ok, sides } = await validateDatabases([pair.a]);
    expect(ok).toBe(false);
    expect(sides[0]?.integrity.join("\n")).toContain("invalid fts5 file format");
  });
});

it("an emptied file with a log beside it is not opened: SQLite would delete the log", async () => {
  pair = makePair(NOTES);
  // An application that stays open keeps the log.
  pair.open("a").exec("INSERT INTO note VALUES ('4', 'only in the log')");
  const log = statSync(`${pair.a}-wal`).size;
  expect(log).toBeGreaterThan(0);
  truncateSync(pair.a, 0);
  for (const look of [
    async () => diffDatabases(pair),
    async () => pair.sync({ dryRun: true }),
    async () => pair.sync(),
  ]) {
    await expect(look()).rejects.toMatchObject({ code: "SYNC_CORRUPT" });
  }
  expect(statSync(`${pair.a}-wal`).size).toBe(log);
});

describe("a note of ours that cannot be read is the state's fault", () => {
  it.each([
    ["is no JSON", "UPDATE sync_table SET shape = 'oops'"],
    ["is other JSON", "UPDATE sync_table SET shape = '{\"columns\": 1}'"],
  ])("where a table's shape %s", async (_, sql) => {
    pair = makePair(NOTES);
    await pair.sync();
    editState(sql);
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    expect((await pair.sync({ lineage: "forget" })).report.firstRun).toBe(true);
  });

  it("where a column of ours has another name", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    editState(`ALTER TABLE "written:note" RENAME COLUMN "⟨sync⟩ side" TO "⟨sync⟩ sid"`);
    pair.edit("a", "UPDATE note SET text = 'a' WHERE id = '1'");
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    expect((await pair.sync({ lineage: "forget" })).report.firstRun).toBe(true);
  });

  it.each([
    ["sync_table", "NOCASE"],
    ["base:note", "BINARY"],
  ])("where %s names a collation that nobody has", async (table, collation) => {
    pair = makePair(NOTES);
    await pair.sync();
    editState(
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${collation}', 'NONE') WHERE name = '${table}'`,
    );
    pair.edit("a", "UPDATE note SET text = 'a' WHERE id = '1'");
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    expect((await pair.sync({ lineage: "forget" })).report.firstRun).toBe(true);
  });

  it("where the root page of an empty index is a table's, which SQLite's check passes over", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    const { stateFile } = locateState(pair.stateDir, pair.a, pair.b);
    const db = new Database(stateFile);
    db.exec("DELETE FROM sync_signature; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const root = rootOf(stateFile, "sqlite_autoindex_sync_signature_1");
    overwrite(stateFile, (bytes) => {
      expect(bytes[root]).toBe(0x0a);
      bytes[root] = 0x0d;
    });
    pair.edit("a", "UPDATE note SET text = 'a' WHERE id = '1'");
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    expect((await pair.sync({ lineage: "forget" })).report.firstRun).toBe(true);
  });

  it("where both databases have another text encoding by now: forgetting begins anew", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    for (const side of ["a", "b"] as const) {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${pair[side]}${suffix}`, { force: true });
      pair.edit(side, `PRAGMA encoding = 'UTF-16le'; ${NOTES}`);
    }
    pair.edit("a", "UPDATE note SET text = 'a' WHERE id = '1'");
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    expect((await pair.sync({ lineage: "forget" })).report.firstRun).toBe(true);
  });

  it("where a conflict's table has another name", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit("a", "UPDATE note SET text = 'a' WHERE id = '1'");
    pair.edit("b", "UPDATE note SET text = 'b' WHERE id = '1'");
    await pair.sync();
    editState("UPDATE sync_table SET name = 'nose'; UPDATE sync_conflict SET tbl = 'nose'");
    const call = { pair, stateDir: pair.stateDir, busyTimeoutMs: 1000 };
    expect(() => listConflicts(call, {})).toThrow(
      expect.objectContaining({ code: "SYNC_STATE_DAMAGED" }),
    );
  });
});

function editState(sql: string): void {
  const db = new Database(locateState(pair.stateDir, pair.a, pair.b).stateFile);
  db.unsafeMode();
  db.exec(sql);
  db.close();
}
