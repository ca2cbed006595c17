import { afterEach, describe, expect, it } from "vitest";
import { fileHashes } from "./databases.ts";
import { inboxOf } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair, TestSyncOptions } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const COMMON: TestSyncOptions = { view: { schemaDrift: "common" } };
const NOTES = `CREATE TABLE note (id INTEGER PRIMARY KEY, text);
  INSERT INTO note VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four')`;

function notes(side: "a" | "b", columns = "*"): unknown[] {
  return pair.rows(side, `SELECT ${columns} FROM note ORDER BY id`);
}

async function inStep(sql = NOTES): Promise<void> {
  pair = makePair(sql);
  await pair.sync();
}

/** Whoever has the column first, and who gets it later. */
const WAYS = [
  ["a", "b"],
  ["b", "a"],
] as const;

describe("by default", () => {
  it("stops before anything is written, and names both ways out", async () => {
    await inStep();
    pair.edit("a", "ALTER TABLE note ADD COLUMN tag; UPDATE note SET text = 'x' WHERE id = 1");
    const hashes = fileHashes(pair.a, pair.b);
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
      next: expect.stringMatching(/dbsync schema A B.*--apply.*schemaDrift: "common"/) as unknown,
    });
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });
});

describe.each(WAYS)("a column that only %s has", (first, later) => {
  it("is left out, and told; everything else goes both ways", async () => {
    await inStep();
    pair.edit(
      first,
      "ALTER TABLE note ADD COLUMN tag TEXT DEFAULT 'none'; UPDATE note SET tag = 'own', text = 'ONE' WHERE id = 1; INSERT INTO note VALUES (5, 'five', 'own')",
    );
    pair.edit(
      later,
      "UPDATE note SET text = 'TWO' WHERE id = 2; DELETE FROM note WHERE id = 3; INSERT INTO note VALUES (6, 'six')",
    );
    const { report } = await pair.sync(COMMON);
    expect(report.notices).toEqual([
      `The column \`note.tag\` is only in ${first}, and left out until ${later} has it.`,
    ]);
    expect(notes(later, "text")).toEqual(
      ["ONE", "TWO", "four", "five", "six"].map((text) => ({ text })),
    );
    expect(notes(first)).toEqual([
      { id: 1n, text: "ONE", tag: "own" },
      { id: 2n, text: "TWO", tag: "none" },
      { id: 4n, text: "four", tag: "none" },
      { id: 5n, text: "five", tag: "own" },
      { id: 6n, text: "six", tag: "none" },
    ]);
    const again = await pair.sync(COMMON);
    expect(again.report.tables[0]).toMatchObject({ copied: 0, agreed: 0 });
  });

  it("brings its values over once the other side has it, without a new first run", async () => {
    await inStep();
    pair.edit(
      first,
      "ALTER TABLE note ADD COLUMN tag TEXT; UPDATE note SET tag = 'old' WHERE id <= 3",
    );
    await pair.sync(COMMON);
    pair.edit(
      later,
      "ALTER TABLE note ADD COLUMN tag TEXT DEFAULT 'new'; UPDATE note SET tag = 'edited' WHERE id = 4; DELETE FROM note WHERE id = 3",
    );
    const { report, outcomes } = await pair.sync({ ...COMMON, policy: PREFER_A });
    expect(report.firstRun).toBe(false);
    expect(report.notices).toEqual([]);
    // Row 4: NULL on the older side is its value, and the newer side's was edited: both changed it.
    expect(outcomes.map(({ key }) => key)).toEqual([{ id: 4n }]);
    const four = first === "a" ? null : "edited";
    expect(notes(first)).toEqual([
      { id: 1n, text: "one", tag: "old" },
      { id: 2n, text: "two", tag: "old" },
      { id: 4n, text: "four", tag: first === "a" ? null : later === "a" ? "edited" : four },
    ]);
    expect(notes(later)).toEqual(notes(first));
  });

  it("with the same default on both sides, edits of either go over", async () => {
    await inStep();
    pair.edit(
      first,
      "ALTER TABLE note ADD COLUMN n INTEGER NOT NULL DEFAULT 7; UPDATE note SET n = 1 WHERE id = 1",
    );
    await pair.sync(COMMON);
    pair.edit(
      later,
      "ALTER TABLE note ADD COLUMN n INTEGER NOT NULL DEFAULT 7; UPDATE note SET n = 2 WHERE id = 2",
    );
    const { outcomes } = await pair.sync(COMMON);
    expect(outcomes).toEqual([]);
    expect(notes(first, "n")).toEqual([1n, 2n, 7n, 7n].map((n) => ({ n })));
    expect(notes(later, "n")).toEqual(notes(first, "n"));
  });

  it("a dry run says what a run does, also when the column has just come", async () => {
    await inStep();
    pair.edit(
      first,
      "ALTER TABLE note ADD COLUMN tag; UPDATE note SET tag = 'old', text = 'x' WHERE id = 1",
    );
    for (const prepare of ["", "ALTER TABLE note ADD COLUMN tag; DELETE FROM note WHERE id = 2"]) {
      if (prepare !== "") pair.edit(later, prepare);
      const hashes = fileHashes(pair.a, pair.b);
      const dry = await pair.sync({ ...COMMON, dryRun: true });
      expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
      const wet = await pair.sync(COMMON);
      expect(dry.report.tables).toEqual(wet.report.tables);
      expect(dry.report.firstRun).toBe(false);
    }
    expect(notes(later)).toEqual(notes(first));
    expect(notes(first)).toHaveLength(3);
  });

  it("that is dropped on the other side keeps its values, and gives them back when it comes again", async () => {
    await inStep(NOTES.replace("text);", "text, tag);").replace(/'\)/g, "', 'kept')"));
    pair.edit(later, "ALTER TABLE note DROP COLUMN tag; UPDATE note SET text = 'x' WHERE id = 1");
    await pair.sync(COMMON);
    expect(notes(first, "text, tag")[0]).toEqual({ text: "x", tag: "kept" });
    pair.edit(later, "ALTER TABLE note ADD COLUMN tag");
    await pair.sync(COMMON);
    expect(notes(later, "tag")).toEqual([1, 2, 3, 4].map(() => ({ tag: "kept" })));
    for (const side of ["a", "b"] as const) pair.edit(side, "ALTER TABLE note DROP COLUMN tag");
    pair.edit(first, "UPDATE note SET text = 'y' WHERE id = 2");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 1 });
  });

  it("and that took another's place is no drift: a renamed column stops the run", async () => {
    await inStep();
    pair.edit(later, "ALTER TABLE note RENAME COLUMN text TO body");
    await expect(pair.sync(COMMON)).rejects.toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
      details: { table: "note", side: later, from: "text", to: "body" },
    });
  });

  it("may have constraints of its own, but no others may differ", async () => {
    await inStep();
    pair.edit(
      first,
      "ALTER TABLE note ADD COLUMN rank INTEGER CHECK (rank > 0); CREATE UNIQUE INDEX by_rank ON note (rank)",
    );
    pair.edit(later, "INSERT INTO note VALUES (5, 'five'), (6, 'six')");
    await pair.sync(COMMON);
    expect(notes(first)).toHaveLength(6);
    pair.edit(later, "CREATE UNIQUE INDEX by_text ON note (text)");
    await expect(pair.sync(COMMON)).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
  });

  it("is refused where a row could not be inserted without it, and where a row is told by it", async () => {
    await inStep(
      "CREATE TABLE note (id INTEGER PRIMARY KEY, text); CREATE TABLE bag (v); INSERT INTO bag VALUES (1)",
    );
    pair.edit(
      first,
      "DROP TABLE note; CREATE TABLE note (id INTEGER PRIMARY KEY, text, must TEXT NOT NULL)",
    );
    await expect(pair.sync(COMMON)).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    pair.edit(
      first,
      "DROP TABLE note; CREATE TABLE note (id INTEGER, part, text, PRIMARY KEY (id, part))",
    );
    await expect(pair.sync(COMMON)).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    pair.edit(
      first,
      "DROP TABLE note; CREATE TABLE note (id INTEGER PRIMARY KEY, text); ALTER TABLE bag ADD COLUMN w",
    );
    await expect(pair.sync(COMMON)).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
  });

  it("a conflict that waits stays, before and after the column comes", async () => {
    await inStep();
    pair.edit("a", "UPDATE note SET text = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE note SET text = 'B' WHERE id = 1");
    await pair.sync();
    const [waiting] = inboxOf(pair);
    pair.edit(first, "ALTER TABLE note ADD COLUMN tag; UPDATE note SET tag = 'old'");
    await pair.sync(COMMON);
    expect(inboxOf(pair).map(({ id }) => id)).toEqual([waiting?.id]);
    pair.edit(later, "ALTER TABLE note ADD COLUMN tag");
    await pair.sync(COMMON);
    expect(inboxOf(pair).map(({ id }) => id)).toEqual([waiting?.id]);
    expect(notes(later, "tag").slice(1)).toEqual([2, 3, 4].map(() => ({ tag: "old" })));
    await pair.sync({ ...COMMON, policy: PREFER_A });
    expect(notes("b")).toEqual(notes("a"));
    expect(notes("b")[0]).toEqual({ id: 1n, text: "A", tag: "old" });
  });

  it("a table that only one side has is left out, and told; once the other has it, its rows go over", async () => {
    await inStep();
    pair.edit(
      first,
      "CREATE TABLE more (id INTEGER PRIMARY KEY, v); INSERT INTO more VALUES (1, 'x')",
    );
    const { report } = await pair.sync(COMMON);
    expect(report.notices).toEqual([
      `The table \`more\` is only in ${first}, and left out until ${later} has it.`,
    ]);
    await expect(pair.sync({ ...COMMON, tables: ["more"] })).rejects.toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
    });
    pair.edit(later, "CREATE TABLE more (id INTEGER PRIMARY KEY, v)");
    await pair.sync(COMMON);
    expect(pair.rows(later, "SELECT * FROM more")).toEqual([{ id: 1n, v: "x" }]);
    pair.edit(later, "DROP TABLE more");
    await pair.sync(COMMON);
    pair.edit(later, "CREATE TABLE more (id INTEGER PRIMARY KEY, v)");
    await pair.sync(COMMON);
    expect(pair.rows(first, "SELECT * FROM more")).toEqual([{ id: 1n, v: "x" }]);
    expect(pair.rows(later, "SELECT * FROM more")).toEqual([{ id: 1n, v: "x" }]);
  });
});

it("two columns that came at once under one name with other defaults are conflicts where rows differ", async () => {
  await inStep();
  pair.edit("a", "ALTER TABLE note ADD COLUMN n DEFAULT 1; UPDATE note SET n = 5 WHERE id = 2");
  pair.edit(
    "b",
    "ALTER TABLE note ADD COLUMN n DEFAULT 2; UPDATE note SET n = 5 WHERE id = 2; UPDATE note SET n = NULL WHERE id = 3",
  );
  const asked: unknown[] = [];
  const policy = policyOf(({ key, disputed }) => {
    asked.push([key["id"], disputed]);
    return { type: "park" };
  });
  await pair.sync({ policy });
  expect(asked).toEqual([
    [1n, ["n"]],
    [3n, ["n"]],
    [4n, ["n"]],
  ]);
});
