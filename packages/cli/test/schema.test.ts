import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { createDesk, SHOP } from "./desk.ts";

const MORE = `${SHOP}
  ALTER TABLE items ADD COLUMN colour TEXT NOT NULL DEFAULT 'white';
  CREATE TABLE shelves (id INTEGER PRIMARY KEY, place TEXT);
  CREATE VIEW few AS SELECT name FROM items WHERE pieces < 6;`;

describe("dbsync schema", () => {
  it("finds two equal schemas clean, and writes nothing", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} DELETE FROM items`);
    const before = desk.digests();
    const { exitCode, stdout, stderr } = await desk.dbsync(["schema", "a.db", "b.db"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Both databases define the same.");
    expect(desk.digests()).toEqual(before);
  });

  it("says what differs and prints what would level it", async () => {
    const desk = createDesk();
    desk.database("a.db", MORE);
    desk.database("b.db", SHOP);
    const before = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["schema", "a.db", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("- table `items`: column `colour` is only in a");
    expect(stdout).toContain(
      `ALTER TABLE "items" ADD COLUMN colour TEXT NOT NULL DEFAULT 'white';`,
    );
    expect(stdout).toContain("To add to b what it lacks (dbsync schema a.db b.db --apply b):");
    expect(stdout).toContain("They differ: 3 differences, 2 of which stop a sync.");
    expect(desk.digests()).toEqual(before);
  });

  it("adds with --apply after a backup, and then the two can be synced", async () => {
    const desk = createDesk();
    desk.database("a.db", MORE);
    desk.database("b.db", SHOP);
    const stopped = await desk.dbsync(["sync", "a.db", "b.db"]);
    expect(stopped.exitCode).toBe(12);
    expect(stopped.stderr).toContain("dbsync schema A B");
    const old = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["schema", "a.db", "b.db", "--apply", "b"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Done on b:");
    const backup = /as it was before: (.+)$/m.exec(stdout)?.[1] ?? "";
    // The copy is whole, and of before.
    const copy = new Database(backup, { readonly: true });
    expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(
      copy.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'shelves'").pluck().get(),
    ).toBe(0);
    copy.close();
    expect(desk.digests()["a.db"]).toBe(old["a.db"]);
    expect(desk.rows("b.db", "SELECT DISTINCT colour FROM items")).toEqual([{ colour: "white" }]);
    expect((await desk.dbsync(["sync", "a.db", "b.db"])).exitCode).toBe(0);
    const again = await desk.dbsync(["schema", "a.db", "b.db", "--apply", "b"]);
    expect(again.stdout).toContain("b lacks nothing that can be added: nothing was written.");
    expect(again.stdout).not.toContain("as it was before");
  });

  it("refuses as a whole where rows are in the way, and leaves the side byte for byte", async () => {
    const desk = createDesk();
    desk.database("a.db", `${MORE} CREATE UNIQUE INDEX one ON notes (body)`);
    desk.database("b.db", `${SHOP} INSERT INTO notes VALUES ('opened')`);
    const before = desk.digests();
    const { exitCode, stderr } = await desk.dbsync(["schema", "a.db", "b.db", "--apply", "b"]);
    expect(exitCode).toBe(12);
    expect(stderr).toContain("UNIQUE constraint failed: notes.body. Nothing was changed.");
    expect(desk.digests()).toMatchObject(before);
  });

  it("prints exactly the report with --json, for the tables that --table names", async () => {
    const desk = createDesk();
    desk.database("a.db", MORE);
    desk.database("b.db", SHOP);
    const args = ["schema", "a.db", "b.db", "--json", "--table", "shelves"];
    const { exitCode, stdout, stderr } = await desk.dbsync(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: "schema",
      a: expect.stringContaining("a.db"),
      b: expect.stringContaining("b.db"),
      same: false,
      differences: [
        {
          kind: "table",
          table: "shelves",
          subject: null,
          onlyIn: "a",
          stopsSync: true,
          message: "table `shelves` is only in a",
          next: expect.any(String),
        },
      ],
      steps: {
        a: [],
        b: [
          {
            type: "create-table",
            table: "shelves",
            subject: null,
            adds: true,
            sql: ["CREATE TABLE shelves (id INTEGER PRIMARY KEY, place TEXT)"],
            note: "",
          },
        ],
      },
      applied: null,
    });
  });

  it("compares what a sync could not even open together", async () => {
    const desk = createDesk();
    desk.database("a.db", `${SHOP} CREATE VIEW v AS SELECT * FROM main.items`);
    desk.database("b.db", `PRAGMA encoding = 'UTF-16le'; ${SHOP}`);
    const { exitCode, stdout } = await desk.dbsync(["schema", "a.db", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("- the text encoding is UTF-8 in a and UTF-16le in b");
    expect(stdout).toContain("- view `v` is only in a");
  });
});
