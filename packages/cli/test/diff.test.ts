import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createDesk, PROGRAM, SHOP } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** b has another name and another count for two rows, one row more and one less. */
function createDifferent(): Desk {
  const desk = createDesk();
  desk.database("a.db", SHOP);
  desk.database(
    "b.db",
    `${SHOP}
     UPDATE items SET name = 'mug', pieces = 11 WHERE id = 1;
     DELETE FROM items WHERE id = 3;
     INSERT INTO items VALUES (9007199254740993, 'lid', NULL, NULL);
     INSERT INTO notes VALUES ('opened')`,
  );
  return desk;
}

describe("dbsync diff", () => {
  it("finds no difference between equal databases", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    const { exitCode, stdout, stderr } = await desk.dbsync(["diff", "a.db", "b.db"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("No difference: both hold the same rows (3 tables, 5 rows).");
  });

  it("counts what differs, table by table", async () => {
    const desk = createDifferent();
    const before = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["diff", "a.db", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^items +1 +1 +1 +1$/m);
    expect(stdout).toMatch(/^notes +· +1 +· +1$/m);
    expect(stdout).not.toMatch(/^settings/m);
    expect(stdout).toContain("They differ: 1 row only in a, 2 rows only in b and 1 row changed.");
    expect(desk.digests()).toEqual(before);
  });

  it("shows each row with --rows", async () => {
    const { exitCode, stdout } = await createDifferent().dbsync(["diff", "a.db", "b.db", "--rows"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("  id=1  changed\n    name: 'cup' → 'mug'\n    pieces: 10 → 11\n");
    expect(stdout).toContain("  id=3  only in a\n    name: 'jug', pieces: 7,");
    expect(stdout).toContain("  id=9007199254740993  only in b\n    name: 'lid', pieces: NULL,");
    expect(stdout).toContain("notes\n  body='opened'  only in b\n");
  });

  it("prints exactly the report with --json", async () => {
    const { exitCode, stdout, stderr } = await createDifferent().dbsync([
      "diff",
      "a.db",
      "b.db",
      "--json",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    const report: unknown = JSON.parse(stdout);
    expect(report).toEqual({
      schemaVersion: 1,
      command: "diff",
      a: expect.stringContaining("a.db"),
      b: expect.stringContaining("b.db"),
      same: false,
      tables: expect.arrayContaining([
        { table: "items", onlyInA: 1, onlyInB: 1, changed: 1, same: 1 },
        { table: "notes", onlyInA: 0, onlyInB: 1, changed: 0, same: 1 },
        { table: "settings", onlyInA: 0, onlyInB: 0, changed: 0, same: 1 },
      ]),
      scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
    });
  });

  it("finds the same by --scan pages, and says so", async () => {
    const desk = createDifferent();
    const reports = await Promise.all(
      ["full", "pages"].map(async (scan) => {
        const args = ["diff", "a.db", "b.db", "--json", "--scan", scan];
        const { stdout } = await desk.dbsync(args);
        // The document that the test above describes.
        return JSON.parse(stdout) as { tables: unknown; scan: { method: string } };
      }),
    );
    const [full, pages] = reports;
    expect(pages?.tables).toEqual(full?.tables);
    expect(reports.map(({ scan }) => scan.method)).toEqual(["full", "pages"]);
  });

  it("prints one row a line with --ndjson, without loss", async () => {
    const desk = createDifferent();
    desk.database("a.db", "ALTER TABLE settings ADD extra");
    desk.database("b.db", "ALTER TABLE settings ADD extra; UPDATE settings SET extra = 1.0");
    const { exitCode, stdout } = await desk.dbsync(["diff", "a.db", "b.db", "--ndjson"]);
    expect(exitCode).toBe(1);
    const lines = stdout.split("\n").map((line) => JSON.parse(line) as unknown);
    expect(lines).toContainEqual({
      table: "items",
      key: { id: { integer: "9007199254740993" } },
      a: null,
      b: { id: { integer: "9007199254740993" }, name: "lid", pieces: null, updated_at: null },
      changed: [],
    });
    expect(lines).toContainEqual({
      table: "settings",
      key: { name: "hours" },
      a: { name: "hours", value: "9 to 17", extra: null },
      b: { name: "hours", value: "9 to 17", extra: { real: "1.0" } },
      changed: ["extra"],
    });
  });

  it("prints SQL that turns a into b with --sql", async () => {
    const desk = createDifferent();
    const { exitCode, stdout } = await desk.dbsync(["diff", "a.db", "b.db", "--sql"]);
    expect(exitCode).toBe(1);
    const db = new Database(desk.path("a.db"));
    db.exec(stdout);
    db.close();
    expect((await desk.dbsync(["diff", "a.db", "b.db"])).exitCode).toBe(0);
  });

  it("exits 0 with --sql and --ndjson when nothing differs", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    expect((await desk.dbsync(["diff", "a.db", "b.db", "--sql"])).exitCode).toBe(0);
    expect(await desk.dbsync(["diff", "a.db", "b.db", "--ndjson"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("looks only at the tables that --table names", async () => {
    const desk = createDifferent();
    const settings = ["diff", "a.db", "b.db", "--table", "settings"];
    expect((await desk.dbsync(settings)).exitCode).toBe(0);
    const { exitCode, stdout } = await desk.dbsync([...settings, "--table", "notes", "--json"]);
    expect(exitCode).toBe(1);
    const { tables } = JSON.parse(stdout) as { tables: { table: string }[] };
    expect(tables.map(({ table }) => table).toSorted()).toEqual(["notes", "settings"]);
  });

  it("ends quietly when its reader goes away", async () => {
    const desk = createDesk();
    const rows = (first: number): string => `
      CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
      WITH RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n LIMIT 50000)
      INSERT INTO t SELECT i, hex(randomblob(20)) FROM n`;
    desk.database("a.db", rows(1));
    desk.database("b.db", rows(100_001));
    const child = execa(process.execPath, [PROGRAM, "diff", "a.db", "b.db", "--ndjson"], {
      cwd: desk.folder,
      reject: false,
      buffer: false,
    });
    child.stdout.once("data", () => child.stdout.destroy());
    let messages = "";
    child.stderr.on("data", (chunk: Buffer) => (messages += chunk.toString()));
    expect((await child).exitCode).toBe(0);
    expect(messages).toBe("");
  });

  it("colours where it is asked to, and nowhere else", async () => {
    const desk = createDifferent();
    const args = ["diff", "a.db", "b.db", "--rows"];
    const escape = "\u001B[";
    expect((await desk.dbsync(args)).stdout).not.toContain(escape);
    expect((await desk.dbsync(args, { env: { FORCE_COLOR: "1" } })).stdout).toContain(escape);
    const both = { env: { FORCE_COLOR: "1", NO_COLOR: "1" } };
    expect((await desk.dbsync(args, both)).stdout).not.toContain(escape);
  });

  it("takes paths relative to where npm start was called", async () => {
    const desk = createDifferent();
    const env = { INIT_CWD: desk.folder, npm_lifecycle_event: "start" };
    const result = await desk.dbsync(["diff", "a.db", "b.db"], { env, cwd: "/" });
    expect(result.exitCode).toBe(1);
    const inTest = { ...env, npm_lifecycle_event: "test" };
    expect((await desk.dbsync(["diff", "a.db", "b.db"], { env: inTest, cwd: "/" })).exitCode).toBe(
      10,
    );
  });
});
