import { mkdirSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { loadConfig } from "../src/index.ts";
import { NOTES, createDesk, errorOf } from "./desk.ts";

vi.setConfig({ testTimeout: 60_000 });

describe("a manager's backups", () => {
  it("go where the config says, are told, and are put back", async () => {
    const desk = createDesk();
    mkdirSync(desk.path("data"));
    mkdirSync(desk.path("kept"));
    const database = desk.database("data/x.db", NOTES);
    const { manager, events } = desk.manager({ backup: { root: desk.path("kept"), maxCount: 2 } });
    const reports = [];
    for (let nth = 0; nth < 3; nth++) reports.push(await manager.backup(database));
    expect(reports.every(({ backup }) => backup.startsWith(desk.path("kept")))).toBe(true);
    expect(reports[2]?.removed).toEqual([reports[0]?.backup]);
    desk.database("data/x.db", "DELETE FROM notes");
    const { replaced } = await manager.restore(database, { type: "latest" });
    expect(desk.rows("data/x.db", "SELECT body FROM notes")).toEqual([["one"]]);
    const [list] = await manager.backups(database);
    expect(list?.backups.map(({ path }) => path)).toContain(replaced);
    expect(events.map(({ event }) => event)).toEqual([
      "backup_created",
      "backup_created",
      "backup_created",
      "restore_complete",
    ]);
    expect(events[0]?.fields).toMatchObject({
      database,
      backup: reports[0]?.backup,
      kind: "backup",
    });
  });

  it("are taken of both sides before each run of a pair that says so, and a run without one is none", async () => {
    const desk = createDesk();
    mkdirSync(desk.path("kept"));
    mkdirSync(desk.path("data"));
    for (const name of ["data/a.db", "data/b.db"]) desk.database(name, NOTES);
    const pair = { a: desk.path("data/a.db"), b: desk.path("data/b.db"), backupBeforeSync: true };
    const { manager, events } = desk.manager({
      backup: { root: desk.path("kept") },
      pairs: { notes: pair },
    });
    await manager.sync("notes", { dryRun: true });
    expect(events.filter(({ event }) => event === "backup_created")).toEqual([]);
    desk.database("data/a.db", "UPDATE notes SET pieces = 2");
    await manager.sync("notes");
    const lists = await manager.backups();
    expect(lists.map(({ backups }) => backups.map(({ manifest }) => manifest?.kind))).toEqual([
      ["before-sync"],
      ["before-sync"],
    ]);
    const wrong = desk.manager({ backup: { root: desk.path("none") }, pairs: { notes: pair } });
    desk.database("data/a.db", "UPDATE notes SET pieces = 3");
    expect((await errorOf(async () => wrong.manager.sync("notes"))).code).toBe("SYNC_USAGE");
    expect(desk.rows("data/b.db", "SELECT pieces FROM notes")).toEqual([[1]]);
  });

  it.each([
    [{ GH_COPILOT_BACKUP_ROOT: "/x" }, "/x", "GH_COPILOT_BACKUP_ROOT"],
    [{ GH_COPILOT_BACKUP_ROOT: "/x", SYNC_BACKUP_ROOT: "/y" }, "/y", "SYNC_BACKUP_ROOT"],
    [{}, null, null],
  ])("have their root from %j", async (env, root, variable) => {
    const { configValues } = await import("../src/index.ts");
    const desk = createDesk();
    const loaded = await loadConfig({ cwd: desk.folder, env: { ...env, SYNC_MAX_BACKUPS: "7" } });
    expect(loaded.settings.backup).toEqual({ root, maxCount: 7, maxAgeDays: null });
    const value = configValues(loaded).find(({ key }) => key === "backup.root");
    expect(value).toMatchObject({ value: root, where: variable });
  });

  it("keep at least one, and a number is wanted", async () => {
    const desk = createDesk();
    for (const text of ["0", "many"]) {
      const env = { SYNC_MAX_BACKUPS: text };
      expect((await errorOf(async () => loadConfig({ cwd: desk.folder, env }))).code).toBe(
        "SYNC_USAGE",
      );
    }
  });
});
