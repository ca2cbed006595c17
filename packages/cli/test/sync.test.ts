import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createDesk, createPair, PROGRAM, SHOP } from "./desk.ts";
import type { Desk } from "./desk.ts";

const ITEMS = "SELECT * FROM items ORDER BY id";

/** Edits of one side each, one that the later time decides, and one that nobody can decide. */
async function createEditedPair(): Promise<Desk> {
  const desk = createDesk();
  await createPair(desk);
  desk.database(
    "a.db",
    `UPDATE items SET name = 'mug', updated_at = '2025-01-02 08:00:00' WHERE id = 1;
     DELETE FROM items WHERE id = 3;
     UPDATE settings SET value = '9 to 19'`,
  );
  desk.database(
    "b.db",
    `UPDATE items SET name = 'jar', updated_at = '2025-01-02 09:00:00' WHERE id = 1;
     INSERT INTO items VALUES (4, 'lid', 1, '2025-01-02 09:00:00');
     UPDATE settings SET value = '8 to 17'`,
  );
  return desk;
}

describe("dbsync sync", () => {
  it("copies, decides, parks, and says so", async () => {
    const desk = await createEditedPair();
    const { exitCode, stdout, stderr } = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout).toMatch(/^items +\+1 ~1 +−1 +1 +·$/m);
    expect(stdout).toMatch(/^settings +· +· +· +1$/m);
    expect(stdout).toContain(
      "1 conflict was decided by last-write-wins:\n- items id=1, name: b won.",
    );
    expect(stdout).toContain("The value that lost is kept in the ledger.");
    expect(stdout).toContain("1 conflict waits for your decision:\n- settings name='hours':");
    expect(stdout).toContain("dbsync conflicts a.db b.db");
    expect(stdout).toContain("Both sides are equal, except for the row that waits.");
    expect(desk.rows("a.db", ITEMS)).toEqual(desk.rows("b.db", ITEMS));
    expect(desk.rows("a.db", "SELECT name FROM items ORDER BY id")).toEqual(
      ["jar", "pot", "lid"].map((name) => ({ name })),
    );
  });

  it("does nothing the second time", async () => {
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", "UPDATE items SET pieces = 1 WHERE id = 1");
    const first = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(first.stdout).toContain("Both sides are equal.");
    const before = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Nothing to do: both sides are in step.");
    expect(desk.digests()).toEqual(before);
  });

  it("takes the sides in either order", async () => {
    const desk = await createEditedPair();
    const { exitCode, stdout } = await desk.dbsync(["sync", "b.db", "a.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^items +−1 +\+1 ~1 +1 +·$/m);
    expect(stdout).toContain("- items id=1, name: a won.");
  });

  it("prints exactly the report with --json", async () => {
    const desk = await createEditedPair();
    const { exitCode, stdout, stderr } = await desk.dbsync(["sync", "a.db", "b.db", "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    const none = { inserted: 0, updated: 0, deleted: 0 };
    const idle = { toA: none, toB: none, copied: 0, agreed: 0, merged: 0, filtered: 0, held: 0 };
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: "sync",
      runId: expect.any(String),
      dryRun: false,
      firstRun: false,
      policy: "last-write-wins",
      direction: "two-way",
      tables: expect.arrayContaining([
        {
          ...idle,
          table: "items",
          toA: { inserted: 1, updated: 1, deleted: 0 },
          toB: { inserted: 0, updated: 0, deleted: 1 },
          copied: 2,
          conflicts: { resolved: 1, parked: 0 },
        },
        { ...idle, table: "settings", conflicts: { resolved: 0, parked: 1 } },
      ]),
      conflicts: { resolved: 1, parked: 1 },
      scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
      durationMs: expect.any(Number),
      renumbered: [],
      notices: [],
      leftOut: [],
    });
  });

  it("finds changes by the pages with --scan pages, once they are remembered, and by every row with --scan full", async () => {
    const desk = await createEditedPair();
    const scanned = async (how: string): Promise<unknown> => {
      const run = ["sync", "a.db", "b.db", "--json", "--scan", how, "--policy", "prefer-a"];
      // What `dbsync sync --json` prints is its documented contract.
      const { scan } = JSON.parse((await desk.dbsync(run)).stdout) as { scan: { method: string } };
      return scan.method;
    };
    expect([await scanned("pages"), await scanned("pages"), await scanned("full")]).toEqual([
      "full",
      "pages",
      "full",
    ]);
  });

  it("writes nothing with --dry-run, and says what it would do", async () => {
    const desk = await createEditedPair();
    const before = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "b.db", "--dry-run"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^items +\+1 ~1 +−1/m);
    expect(stdout).toContain("1 conflict would be decided by last-write-wins:");
    expect(stdout).toContain("Dry run: nothing was written.");
    expect(desk.digests()).toEqual(before);
    const { dryRun } = JSON.parse(
      (await desk.dbsync(["sync", "a.db", "b.db", "--dry-run", "--json"])).stdout,
    ) as { dryRun: boolean };
    expect(dryRun).toBe(true);
  });

  it("keeps no state for a dry run of a new pair", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} DELETE FROM items WHERE id = 1`);
    expect((await desk.dbsync(["sync", "a.db", "b.db", "--dry-run"])).exitCode).toBe(0);
    expect(existsSync(desk.path(".state"))).toBe(false);
  });

  it.each([
    ["prefer-a", "mug", "9 to 19", 0],
    ["prefer-b", "jar", "8 to 17", 0],
  ])("lets %s win", async (policy, name, hours, code) => {
    const desk = await createEditedPair();
    const { exitCode } = await desk.dbsync(["sync", "a.db", "b.db", "--policy", policy]);
    expect(exitCode).toBe(code);
    for (const side of ["a.db", "b.db"]) {
      expect(desk.rows(side, "SELECT name FROM items WHERE id = 1")).toEqual([{ name }]);
      expect(desk.rows(side, "SELECT value FROM settings")).toEqual([{ value: hours }]);
    }
  });

  it("asks one policy after the other with commas between them", async () => {
    const desk = await createEditedPair();
    const args = ["sync", "a.db", "b.db", "--policy", "manual,last-write-wins,prefer-a"];
    expect((await desk.dbsync(args)).exitCode).toBe(0);
    expect(desk.rows("b.db", "SELECT name FROM items WHERE id = 1")).toEqual([{ name: "jar" }]);
    expect(desk.rows("b.db", "SELECT value FROM settings")).toEqual([{ value: "9 to 19" }]);
  });

  it.each(["./my resolver #1 100%.mjs", "stock"])(
    "loads a resolver of yours: %s",
    async (policy) => {
      const desk = await createEditedPair();
      const resolver = `export const resolver = { apiVersion: 1, policy: {
      name: "mine", decide: () => ({ type: "take", side: "b", reason: "B knows best." }) } };`;
      const folder = desk.path("node_modules/sync-resolver-stock");
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, "package.json"),
        `{ "type": "module", "exports": { "import": "./a.js" } }`,
      );
      writeFileSync(join(folder, "a.js"), resolver);
      writeFileSync(desk.path("my resolver #1 100%.mjs"), resolver);
      const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "b.db", "--policy", policy]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain("2 conflicts were decided by mine:");
      expect(stdout).toContain("B knows best.");
    },
  );

  it("leaves every conflict to a person with --policy manual", async () => {
    const desk = await createEditedPair();
    const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "b.db", "--policy", "manual"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("2 conflicts wait for your decision:");
  });

  it("decides what was parked when another policy comes", async () => {
    const desk = await createEditedPair();
    await desk.dbsync(["sync", "a.db", "b.db"]);
    const again = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain("1 conflict waits for your decision:\n- settings name='hours'");
    expect(again.stdout).toContain("Nothing else to do");
    const decided = await desk.dbsync(["sync", "a.db", "b.db", "--policy", "prefer-a"]);
    expect(decided.exitCode).toBe(0);
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });

  it("makes a missing side with --create", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "new.db", "--create"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("This pair's first run");
    expect(desk.rows("new.db", ITEMS)).toEqual(desk.rows("a.db", ITEMS));
  });

  it("merges with --base and --out, and leaves its inputs alone", async () => {
    const desk = createDesk();
    desk.database("base.db", SHOP);
    desk.database("a.db", `${SHOP} UPDATE items SET pieces = 1 WHERE id = 1`);
    desk.database("b.db", `${SHOP} DELETE FROM items WHERE id = 3`);
    const before = desk.digests();
    const args = ["sync", "a.db", "b.db", "--base", "base.db", "--out", "merged.db"];
    const { exitCode, stdout } = await desk.dbsync(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("The merged database is merged.db; both sides are as they were.");
    expect(desk.rows("merged.db", "SELECT id, pieces FROM items")).toEqual([
      { id: 1n, pieces: 1n },
      { id: 2n, pieces: 5n },
    ]);
    const { "merged.db": _, ...after } = desk.digests();
    expect(after).toEqual(before);
    const again = await desk.dbsync(args);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toMatch(/^dbsync: SYNC_USAGE: .*merged\.db/);
  });

  it("takes --base in place of what is remembered", async () => {
    const desk = createDesk();
    desk.database("base.db", SHOP);
    desk.database("a.db", `${SHOP} DELETE FROM items WHERE id = 2`);
    desk.database("b.db", SHOP);
    const { exitCode } = await desk.dbsync(["sync", "a.db", "b.db", "--base", "base.db"]);
    expect(exitCode).toBe(0);
    expect(desk.rows("b.db", "SELECT id FROM items")).toEqual([{ id: 1n }, { id: 3n }]);
  });

  it("touches only the tables that --table names", async () => {
    const desk = await createEditedPair();
    const args = ["sync", "a.db", "b.db", "--table", "items", "--table", "notes"];
    const { exitCode, stdout } = await desk.dbsync(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Both sides are equal in the chosen tables.");
    const { tables } = JSON.parse((await desk.dbsync([...args, "--json"])).stdout) as {
      tables: { table: string }[];
    };
    expect(tables.map(({ table }) => table).toSorted()).toEqual(["items", "notes"]);
  });

  it("prints nothing with --quiet, except what waits", async () => {
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", "UPDATE items SET pieces = 1 WHERE id = 1");
    const args = ["sync", "a.db", "b.db", "--quiet"];
    expect(await desk.dbsync(args)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    desk.database("a.db", "UPDATE settings SET value = 'x'");
    desk.database("b.db", "UPDATE settings SET value = 'y'");
    const { exitCode, stdout } = await desk.dbsync(args);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^1 conflict waits for your decision:\n- settings/);
  });

  it("prints progress as objects on stderr with --progress ndjson, and none otherwise", async () => {
    const desk = await createEditedPair();
    const { stdout, stderr } = await desk.dbsync([
      "sync",
      "a.db",
      "b.db",
      "--json",
      "--progress",
      "ndjson",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ command: "sync" });
    const lines = stderr.split("\n").map((line) => JSON.parse(line) as unknown);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toEqual({
        phase: expect.stringMatching(/^(read|reconcile|write|verify|remember)$/),
        table: expect.any(String),
        done: expect.any(Number),
        total: expect.any(Number),
      });
    }
    expect((await desk.dbsync(["sync", "a.db", "b.db", "--progress", "none"])).stderr).toBe("");
  });

  it("keeps what it remembers in SYNC_STATE_DIR", async () => {
    const desk = createDesk();
    await createPair(desk);
    expect(readdirSync(join(desk.folder, ".state")).length).toBeGreaterThan(0);
  });
});

describe("the guards", () => {
  const MANY = `
    CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 40)
    INSERT INTO t SELECT i, 'x' || i FROM n`;

  async function createMany(): Promise<Desk> {
    const desk = createDesk();
    desk.database("a.db", MANY);
    desk.database("b.db", MANY);
    await desk.dbsync(["sync", "a.db", "b.db"]);
    return desk;
  }

  it("stop a run that would delete more than half of a table, until it is allowed", async () => {
    const desk = await createMany();
    desk.database("a.db", "DELETE FROM t WHERE id > 10");
    const before = desk.digests();
    const args = ["sync", "a.db", "b.db"];
    const { exitCode, stdout, stderr } = await desk.dbsync(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 12, stdout: "" });
    expect(stderr).toMatch(/^dbsync: SYNC_MAX_DELETE: .*30 of 40 rows.*\n {2}\S/);
    expect((await desk.dbsync([...args, "--max-delete", "74"])).exitCode).toBe(12);
    expect(desk.digests()).toEqual(before);
    expect((await desk.dbsync([...args, "--max-delete", "75"])).exitCode).toBe(0);
    expect(desk.rows("b.db", "SELECT count(*) AS n FROM t")).toEqual([{ n: 10n }]);
  });

  it.each([
    ["restored", "new"],
    ["accept", "x1"],
    ["forget", null],
  ])("stop when a side went back, until --lineage %s", async (choice, value) => {
    const desk = await createMany();
    const old = `UPDATE t SET x = 'x' || id WHERE id <= 5`;
    desk.database("a.db", "UPDATE t SET x = 'new' WHERE id <= 5");
    await desk.dbsync(["sync", "a.db", "b.db"]);
    desk.database("b.db", old);
    const before = desk.digests();
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(exitCode).toBe(12);
    expect(stderr).toMatch(/^dbsync: SYNC_LINEAGE: /);
    expect(stderr).toContain("--lineage restored");
    expect(desk.digests()).toEqual(before);
    const chosen = await desk.dbsync(["sync", "a.db", "b.db", "--lineage", choice]);
    expect(chosen.exitCode).toBe(value === null ? 1 : 0);
    const shown = desk.rows("a.db", "SELECT x FROM t WHERE id = 1");
    expect(shown).toEqual([{ x: value ?? "new" }]);
  });

  const signals = ["SIGINT", "SIGTERM"] as const;
  it.each(signals)("%s leaves both sides as they were", async (signal) => {
    const desk = createDesk();
    const empty = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)";
    desk.database(
      "a.db",
      `${empty}; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)
       INSERT INTO t SELECT i, hex(randomblob(16)) FROM n`,
    );
    desk.database("b.db", empty);
    const before = desk.digests();
    const args = [PROGRAM, "sync", "a.db", "b.db", "--progress", "ndjson"];
    const child = execa(process.execPath, args, {
      cwd: desk.folder,
      env: { SYNC_STATE_DIR: desk.path(".state"), FORCE_COLOR: undefined },
      reject: false,
    });
    child.stderr.once("data", () => child.kill(signal));
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(signal === "SIGINT" ? 130 : 143);
    expect(stderr).toContain("dbsync: SYNC_CANCELLED: ");
    expect(desk.digests()).toEqual(before);
    expect((await desk.dbsync(["sync", "a.db", "b.db"])).exitCode).toBe(0);
    expect(desk.rows("b.db", "SELECT count(*) AS n FROM t")).toEqual([{ n: 200_000n }]);
  });
});
