import { describe, expect, it } from "vitest";
import { createDesk, createPair } from "./desk.ts";
import type { Desk } from "./desk.ts";

const ITEMS = "SELECT id, name FROM items ORDER BY id";

async function createEditedPair(): Promise<Desk> {
  const desk = createDesk();
  await createPair(desk);
  desk.database(
    "a.db",
    "UPDATE items SET name = 'mug' WHERE id IN (1, 2); DELETE FROM items WHERE id = 3",
  );
  desk.database(
    "b.db",
    "UPDATE items SET name = 'jar' WHERE id = 1; INSERT INTO items (id, name) VALUES (4, 'lid')",
  );
  return desk;
}

describe("dbsync sync --direction", () => {
  it("a-to-b carries one side's changes, tells once which row was kept, and says what stays", async () => {
    const desk = await createEditedPair();
    const source = desk.rows("a.db", ITEMS);
    const command = ["sync", "a.db", "b.db", "--direction", "a-to-b"];
    const { exitCode, stdout } = await desk.dbsync(command);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^items +· +~1 −1 +2$/m);
    expect(stdout).toContain(
      "1 row that both sides changed is kept as b has it:\n- items id=1, name",
    );
    expect(stdout).toContain("b has what a changed, except in the 2 rows that b changed itself");
    expect(stdout).not.toContain("ledger");
    expect(desk.rows("a.db", ITEMS)).toEqual(source);
    const again = await desk.dbsync(command);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).not.toContain("is kept as b has it");
    expect(again.stdout).toContain("Nothing to do");
    const json = await desk.dbsync([...command, "--json"]);
    const report = JSON.parse(json.stdout) as { direction: string; tables: { held: number }[] };
    expect(report.direction).toBe("a-to-b");
    expect(report.tables.map(({ held }) => held)).toContain(2);
  });

  it("mirror stops with 12 off a terminal and says what it would do; --yes does it, and undo gives it back", async () => {
    const desk = await createEditedPair();
    const command = ["sync", "a.db", "b.db", "--direction", "mirror"];
    const before = desk.digests();
    const stopped = await desk.dbsync(command);
    expect(stopped.exitCode).toBe(12);
    expect(stopped.stdout).toBe("");
    expect(stopped.stderr).toContain("SYNC_MIRROR");
    expect(stopped.stderr).toContain("2 rows overwritten and 2 rows deleted");
    expect(desk.digests()).toEqual(before);
    const done = await desk.dbsync([...command, "--yes"]);
    expect({ exitCode: done.exitCode, stderr: done.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(desk.rows("b.db", ITEMS)).toEqual(desk.rows("a.db", ITEMS));
    const again = await desk.dbsync(command);
    expect(again.exitCode).toBe(0);
    await desk.dbsync(["undo", "last", "a.db", "b.db"]);
    expect(desk.rows("b.db", ITEMS)).toEqual(
      ["jar", "pot", "jug", "lid"].map((name, index) => ({ id: BigInt(index + 1), name })),
    );
  });

  it("refuses a word that is no direction", async () => {
    const desk = createDesk();
    const { exitCode, stderr } = await desk.dbsync(["sync", "a.db", "b.db", "--direction", "both"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("two-way");
  });
});
