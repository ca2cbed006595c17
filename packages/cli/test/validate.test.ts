import { describe, expect, it } from "vitest";
import { createDesk, SHOP } from "./desk.ts";

describe("dbsync validate", () => {
  it("finds one sound database clean, and writes nothing", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    const before = desk.digests();
    const { exitCode, stdout, stderr } = await desk.dbsync(["validate", "a.db"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^items +3 +[0-9a-f]{12}$/m);
    expect(stdout).toContain("The database is sound.");
    expect(desk.digests()).toEqual(before);
  });

  it("says that there was nothing to look at", async () => {
    const desk = createDesk();
    desk.database("a.db", "");
    const { exitCode, stdout } = await desk.dbsync(["validate", "a.db"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("The database is sound, without a table.");
  });

  it("finds two equal databases clean", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    const { exitCode, stdout } = await desk.dbsync(["validate", "a.db", "b.db"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^items +3 +3 +same$/m);
    expect(stdout).toContain("Both databases are sound and hold the same rows.");
  });

  it("says what differs", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} UPDATE items SET pieces = 0 WHERE id = 2`);
    const { exitCode, stdout } = await desk.dbsync(["validate", "a.db", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^items +3 +3 +differs$/m);
    expect(stdout).toMatch(/^settings +1 +1 +same$/m);
    expect(stdout).toContain("Both databases are sound, and they differ.");
  });

  it("counts rows that point at nothing", async () => {
    const desk = createDesk();
    desk.database(
      "a.db",
      `PRAGMA foreign_keys = OFF;
       CREATE TABLE p (id INTEGER PRIMARY KEY);
       CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));
       INSERT INTO c VALUES (1, 7), (2, 8)`,
    );
    const { exitCode, stdout } = await desk.dbsync(["validate", "a.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("2 rows of c point at a row of p that does not exist");
  });

  it("prints exactly the report with --json, for the tables that --table names", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} INSERT INTO notes VALUES ('later')`);
    const args = ["validate", "a.db", "b.db", "--json"];
    const { exitCode, stdout, stderr } = await desk.dbsync(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    const side = (db: string): object => ({
      db: expect.stringContaining(db),
      integrity: [],
      foreignKeys: [],
      tables: expect.arrayContaining([
        { table: "items", rows: 3, digest: expect.stringMatching(/^[0-9a-f]{32,}$/) },
      ]),
    });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: "validate",
      ok: expect.any(Boolean),
      sides: [side("a.db"), side("b.db")],
      differences: [expect.stringContaining("notes")],
    });
    const items = await desk.dbsync([...args, "--table", "items"]);
    expect(items.exitCode).toBe(0);
    expect(JSON.parse(items.stdout)).toMatchObject({ differences: [] });
  });
});
