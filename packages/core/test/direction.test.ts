import { chmodSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { Direction } from "@sync/model";
import { afterEach, describe, expect, it } from "vitest";
import { fileHashes } from "./databases.ts";
import { inboxOf, queryState, traceOf } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const NOTES = `CREATE TABLE note (id INTEGER PRIMARY KEY, text, tag);
  INSERT INTO note VALUES (1, 'one', 'x'), (2, 'two', 'x'), (3, 'three', 'x'), (4, 'four', 'x'), (5, 'five', 'x')`;

function notes(side: "a" | "b"): string[] {
  return pair
    .rows(side, "SELECT id || ' ' || text || ' ' || tag AS row FROM note ORDER BY id")
    .map((row) => (row as { row: string }).row);
}

const NEVER = policyOf(() => {
  throw new Error("nobody is to be asked");
});

/** Both directions, with the side that is read and the one that is written. */
const WAYS = [
  ["a-to-b", "a", "b"],
  ["b-to-a", "b", "a"],
] as const satisfies readonly (readonly [Direction, "a" | "b", "a" | "b"])[];

describe.each(WAYS)("%s", (direction, source, target) => {
  it("carries edits, new rows and deletions one way, holds the target's own, and tells a row that both changed once", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(
      source,
      "UPDATE note SET text = 'ONE' WHERE id = 1; DELETE FROM note WHERE id = 2; INSERT INTO note VALUES (6, 'six', 's'); UPDATE note SET text = 'S' WHERE id = 3",
    );
    pair.edit(
      target,
      "UPDATE note SET tag = 't' WHERE id = 3; UPDATE note SET tag = 't' WHERE id = 4; DELETE FROM note WHERE id = 5; INSERT INTO note VALUES (7, 'seven', 't')",
    );
    const before = notes(source);
    const { report, outcomes } = await pair.sync({ direction, policy: NEVER });
    expect(notes(source)).toEqual(before);
    expect(notes(target)).toEqual(["1 ONE x", "3 three t", "4 four t", "6 six s", "7 seven t"]);
    expect(report.tables[0]).toMatchObject({ copied: 3, held: 4, merged: 0 });
    expect(outcomes).toMatchObject([
      { key: { id: 3n }, outcome: "skip", policy: "direction", winner: target, disputed: [] },
    ]);
    expect(inboxOf(pair)).toEqual([]);
    const again = await pair.sync({ direction, policy: NEVER });
    expect(again.outcomes).toEqual([]);
    expect(again.report.tables[0]).toMatchObject({ copied: 0, held: 4 });
    pair.edit(source, "UPDATE note SET text = 'SS' WHERE id = 3");
    expect((await pair.sync({ direction })).outcomes).toHaveLength(1);
    expect((await pair.sync({ direction })).outcomes).toHaveLength(0);
    pair.edit(target, "UPDATE note SET tag = 'tt' WHERE id = 3");
    expect((await pair.sync({ direction })).outcomes).toHaveLength(1);
    await pair.sync();
    expect(notes(source)).toEqual(["1 ONE x", "3 SS tt", "4 four t", "6 six s", "7 seven t"]);
    expect(notes(target)).toEqual(notes(source));
  });

  it("says nothing of a row that has all that the source changed, and more", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(source, "UPDATE note SET text = 'same' WHERE id = 1");
    pair.edit(target, "UPDATE note SET text = 'same', tag = 'own' WHERE id = 1");
    const { report, outcomes } = await pair.sync({ direction });
    expect(outcomes).toEqual([]);
    expect(report.tables[0]).toMatchObject({ held: 1, agreed: 0 });
  });

  it("on the first run copies what only the source has, and keeps the target's rows", async () => {
    pair = makePair(NOTES);
    pair.edit(
      source,
      "INSERT INTO note VALUES (6, 'six', 's'); UPDATE note SET text = 'S' WHERE id = 1",
    );
    pair.edit(target, "INSERT INTO note VALUES (7, 'seven', 't')");
    const { report, outcomes } = await pair.sync({ direction, policy: NEVER });
    expect(report.firstRun).toBe(true);
    expect(report.tables[0]).toMatchObject({ copied: 1, agreed: 4, held: 2 });
    expect(outcomes).toMatchObject([
      { key: { id: 1n }, kind: "insert/insert", disputed: ["text"] },
    ]);
    expect(notes(target)).toEqual([
      "1 one x",
      "2 two x",
      "3 three x",
      "4 four x",
      "5 five x",
      "6 six s",
      "7 seven t",
    ]);
    pair.edit(source, "DELETE FROM note WHERE id = 2");
    await pair.sync({ direction });
    expect(notes(target)).not.toContain("2 two x");
  });

  it("beside held rows a second run begins no write transaction and leaves no trace", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(target, "UPDATE note SET text = 't' WHERE id IN (1, 2)");
    pair.edit(source, "UPDATE note SET text = 's' WHERE id IN (2, 3)");
    await pair.sync({ direction });
    const versions = (["a", "b"] as const).map((side) => pair.open(side));
    const seen = versions.map((db) => db.pragma("data_version"));
    const trace = fileHashes(pair.a, pair.b);
    await pair.sync({ direction });
    expect(versions.map((db) => db.pragma("data_version"))).toEqual(seen);
    expect(fileHashes(pair.a, pair.b)).toEqual(trace);
  });

  it("rows without a key: the target gets the source's number, unless it changed its own", async () => {
    pair = makePair(
      "CREATE TABLE bag (v); INSERT INTO bag VALUES ('both'), ('both'), ('s'), ('t'), ('gone')",
    );
    await pair.sync();
    pair.edit(source, "INSERT INTO bag VALUES ('s'), ('both'); DELETE FROM bag WHERE v = 'gone'");
    pair.edit(target, "INSERT INTO bag VALUES ('t'), ('own'); DELETE FROM bag WHERE v = 'both'");
    const { report } = await pair.sync({ direction });
    expect(report.tables[0]).toMatchObject({ copied: 2, held: 3 });
    const counts = (side: "a" | "b"): unknown =>
      pair.rows(side, "SELECT v, count(*) AS n FROM bag GROUP BY v ORDER BY v");
    expect(counts(target)).toEqual([
      { v: "own", n: 1n },
      { v: "s", n: 2n },
      { v: "t", n: 2n },
    ]);
    expect((await pair.sync({ direction })).report.tables[0]).toMatchObject({ copied: 0, held: 3 });
    await pair.sync();
    expect(counts(source)).toEqual(counts(target));
    expect(counts(source)).toContainEqual({ v: "both", n: 3n });
  });

  it("a row that would break a constraint of the target waits, and nobody is asked", async () => {
    pair = makePair("CREATE TABLE u (id INTEGER PRIMARY KEY, mail TEXT UNIQUE)");
    await pair.sync();
    pair.edit(source, "INSERT INTO u VALUES (1, 'x'), (2, 'y')");
    pair.edit(target, "INSERT INTO u VALUES (3, 'x')");
    const asked: string[] = [];
    const policy = policyOf(({ kind }) => {
      asked.push(kind);
      return { type: "take", side: target };
    });
    const { report } = await pair.sync({ direction, policy });
    expect(asked).toEqual([]);
    expect(report.tables[0]).toMatchObject({ copied: 1, held: 1, conflicts: { parked: 1 } });
    expect(inboxOf(pair)).toMatchObject([{ kind: "unique" }]);
    pair.edit(target, "DELETE FROM u WHERE id = 3");
    await pair.sync({ direction });
    expect(inboxOf(pair)).toEqual([]);
    expect(pair.rows(target, "SELECT count(*) AS n FROM u")).toEqual([{ n: 2n }]);
  });

  it("what points at a row that is another one on the target waits, too", async () => {
    pair = makePair(
      "CREATE TABLE c (id INTEGER PRIMARY KEY, name); CREATE TABLE o (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c)",
    );
    await pair.sync();
    pair.edit(source, "INSERT INTO c VALUES (1, 'Ada'); INSERT INTO o VALUES (1, 1)");
    pair.edit(target, "INSERT INTO c VALUES (1, 'Grace')");
    const { report } = await pair.sync({ direction });
    expect(pair.rows(target, "SELECT * FROM o")).toEqual([]);
    expect(report.conflicts.parked).toBe(1);
  });

  it("leaves a conflict that waits for a person where it is, and closes it when the sides agree", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(source, "UPDATE note SET text = 's' WHERE id = 1");
    pair.edit(target, "UPDATE note SET text = 't' WHERE id = 1");
    await pair.sync();
    const [waiting] = inboxOf(pair);
    const { report, outcomes } = await pair.sync({ direction });
    expect(inboxOf(pair)).toEqual([waiting]);
    expect(report.conflicts.parked).toBe(1);
    expect(outcomes).toEqual([]);
    pair.edit(source, "UPDATE note SET text = 't' WHERE id = 1");
    await pair.sync({ direction });
    expect(inboxOf(pair)).toEqual([]);
  });

  it("what it held becomes a conflict like any other once both directions run", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(source, "UPDATE note SET text = 's' WHERE id = 1");
    pair.edit(target, "UPDATE note SET text = 't' WHERE id = 1");
    await pair.sync({ direction });
    expect(queryState(pair, "SELECT status FROM sync_conflict")).toEqual([{ status: "held" }]);
    const asked: unknown[] = [];
    const policy = policyOf((conflict) => {
      asked.push(conflict.disputed);
      return { type: "take", side: source };
    });
    await pair.sync({ policy });
    expect(asked).toEqual([["text"]]);
    expect(notes(target)).toEqual(notes(source));
    expect(queryState(pair, "SELECT status FROM sync_conflict")).toEqual([{ status: "resolved" }]);
  });

  it("never writes to the source, also where it may not be written", async () => {
    pair = makePair(NOTES, "delete");
    pair.edit(source, "INSERT INTO note VALUES (6, 'six', 's')");
    pair.edit(target, "UPDATE note SET text = 't' WHERE id = 1");
    chmodSync(pair[source], 0o444);
    const hash = fileHashes(pair[source]);
    await pair.sync({ direction });
    expect(fileHashes(pair[source])).toEqual(hash);
    expect(notes(target)).toContain("6 six s");
  });

  it("rows that change underfoot are looked at again", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit(source, "UPDATE note SET text = 's' WHERE id IN (1, 2)");
    let isDone = false;
    const { report, outcomes } = await pair.sync({
      direction,
      onStep: (step) => {
        if (step !== "planned" || isDone) return;
        isDone = true;
        pair.edit(target, "UPDATE note SET text = 'underfoot' WHERE id = 1");
      },
    });
    expect(notes(target).slice(0, 2)).toEqual(["1 underfoot x", "2 s x"]);
    expect(report.tables[0]).toMatchObject({ copied: 1, held: 1 });
    expect(outcomes).toHaveLength(1);
  });

  it("with --out only the result differs: the target's copy with the source's changes", async () => {
    pair = makePair(NOTES);
    const base = `${dirname(pair.a)}/base.db`;
    const out = `${dirname(pair.a)}/out.db`;
    await pair.sync({ out: base });
    pair.edit(source, "UPDATE note SET text = 's' WHERE id = 1");
    pair.edit(target, "UPDATE note SET text = 't' WHERE id = 2");
    const hashes = fileHashes(pair.a, pair.b);
    await pair.sync({ direction, base, out });
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
    const db = new Database(out, { readonly: true });
    const texts = db.prepare("SELECT text FROM note ORDER BY id").pluck().all();
    db.close();
    expect(texts).toEqual(["s", "t", "three", "four", "five"]);
  });

  it("a target that went back is brought forward with `restored`; a source that did stops the run", async () => {
    pair = makePair(NOTES);
    await pair.sync();
    pair.edit("a", "UPDATE note SET text = 'new' WHERE id <= 4");
    await pair.sync();
    const old =
      "UPDATE note SET text = CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' WHEN 3 THEN 'three' ELSE 'four' END WHERE id <= 4";
    pair.edit(target, old);
    await pair.sync({ direction, lineage: "restored", policy: NEVER });
    expect(notes(target)).toEqual(notes(source));
    expect(notes(target)[0]).toBe("1 new x");
    pair.edit(source, old);
    const trace = traceOf(pair);
    await expect(pair.sync({ direction, lineage: "restored" })).rejects.toMatchObject({
      code: "SYNC_LINEAGE",
    });
    expect(trace[pair.a]).toEqual(traceOf(pair)[pair.a]);
    expect(trace[pair.b]).toEqual(traceOf(pair)[pair.b]);
  });

  it("makes a missing target, and never a missing source", async () => {
    pair = makePair(NOTES, "delete");
    rmSync(pair[target]);
    await pair.sync({ direction, create: true });
    expect(notes(target)).toEqual(notes(source));
    rmSync(pair[source]);
    await expect(pair.sync({ direction, create: true })).rejects.toMatchObject({
      code: "SYNC_DB_MISSING",
    });
    expect(notes(target)).toHaveLength(5);
  });
});

it("a direction that is none is refused", async () => {
  pair = makePair(NOTES);
  // What a program without types may hand over.
  const direction = "sideways" as Direction;
  await expect(pair.sync({ direction })).rejects.toMatchObject({ code: "SYNC_USAGE" });
});
