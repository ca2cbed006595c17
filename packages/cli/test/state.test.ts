import { mkdirSync, renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDesk, createPair } from "./desk.ts";

describe("dbsync state", () => {
  it("lists pairs, moves one along with its database, exports, forgets and imports it", async () => {
    const desk = createDesk();
    await createPair(desk);
    const list = await desk.dbsync(["state", "list"]);
    expect(list).toMatchObject({ exitCode: 0, stderr: "" });
    expect(list.stdout).toContain(desk.path("a.db"));
    expect(list.stdout).toMatch(
      /1 run that changed something, .*; 0 open conflicts; 0 ledger entries/,
    );
    mkdirSync(desk.path("z"));
    renameSync(desk.path("a.db"), desk.path("z/a.db"));
    expect(await desk.dbsync(["state"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("state move"),
    });
    const moved = await desk.dbsync(["state", "move", "a.db", "z/a.db"]);
    expect(moved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("1 pair goes on") });
    desk.database("z/a.db", "DELETE FROM items WHERE id = 3");
    expect((await desk.dbsync(["sync", "z/a.db", "b.db"])).exitCode).toBe(0);
    expect(desk.rows("b.db", "SELECT count(*) AS n FROM items")).toEqual([{ n: 2n }]);
    const exported = await desk.dbsync(["state", "export", "z/a.db", "b.db", "pair.state"]);
    expect(exported).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("dbsync state import pair.state"),
    });
    expect(await desk.dbsync(["state", "forget", "z/a.db", "b.db"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect((await desk.dbsync(["state", "forget", "z/a.db", "b.db", "--yes"])).stdout).toMatch(
      /^Forgotten: /,
    );
    expect((await desk.dbsync(["state", "import", "pair.state"])).exitCode).toBe(0);
    const { stdout } = await desk.dbsync(["sync", "z/a.db", "b.db", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ firstRun: false });
    const json = JSON.parse((await desk.dbsync(["state", "list", "--json"])).stdout) as object;
    expect(json).toMatchObject({
      command: "state",
      pairs: [{ a: desk.path("z/a.db"), isThere: true }],
    });
  });
});
