import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDesk, SHOP } from "./desk.ts";

describe("dbsync doctor", () => {
  it("finds nothing where all is well, and writes nothing", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    const before = desk.digests();
    const { exitCode, stdout, stderr } = await desk.dbsync(["doctor", "a.db", "b.db"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Looked at 2 databases");
    expect(stdout).toContain("All is well.");
    expect(desk.digests()).toEqual(before);
  });

  it("looks at the machine alone where no pair is named", async () => {
    const desk = createDesk();
    const { exitCode, stdout } = await desk.dbsync(["doctor", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, databases: [], findings: [] });
  });

  it("tells each finding with its cure, as text and with --json", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} CREATE TABLE more (x)`);
    mkdirSync(desk.path(".stfolder"));
    const { exitCode, stdout } = await desk.dbsync(["doctor", "a.db", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Their tables are not the same: 1 difference stops a sync.");
    expect(stdout).toContain("→ See what, and how to level it: `dbsync schema a.db b.db`");
    expect(stdout).toContain("pair it with this one: dbsync sync PRIVATE SHARED");
    const json = await desk.dbsync(["doctor", "a.db", "b.db", "--json"]);
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      command: "doctor",
      ok: false,
      findings: expect.arrayContaining([
        {
          check: "content",
          severity: "problem",
          subject: "a.db and b.db",
          message: expect.any(String),
          cure: expect.any(String),
        },
      ]),
    });
  });
});
