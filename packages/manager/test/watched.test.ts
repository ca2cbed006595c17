import { rmSync } from "node:fs";
import { SyncError } from "@sync/model";
import { describe, expect, it } from "vitest";
import { NOTES, createDesk, errorOf } from "./desk.ts";

describe("a watched pair", () => {
  it("is told by name, by paths and by one database, and the log knows from when to when", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.database(name, NOTES);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db") };
    const { manager, events } = desk.manager({ pairs: { shop: pair } });
    expect(manager.watcherOf("shop")).toBeNull();
    const watch = manager.startWatch(["shop"], { socket: "/run/x.sock" });
    const watcher = { pid: process.pid, socket: "/run/x.sock", pairs: [{ name: "shop", ...pair }] };
    expect(manager.watchers()).toMatchObject([watcher]);
    for (const what of ["shop", [pair.b, pair.a], [pair.b]] as const) {
      expect(manager.watcherOf(what)).toMatchObject(watcher);
    }
    watch.end();
    watch.end();
    expect(manager.watcherOf("shop")).toBeNull();
    const about = { pair: "shop", ...pair };
    expect(events).toMatchObject([
      { event: "watch_start", fields: about },
      { event: "watch_stop", fields: about },
    ]);
  });

  it("has one watcher at a time, and nothing is noted of a second one", async () => {
    const desk = createDesk();
    const pair = [desk.path("a.db"), desk.path("b.db")] as const;
    const first = desk.manager({}).manager.startWatch([pair]);
    const { manager, events } = desk.manager({});
    const error = await errorOf(() => manager.startWatch([pair]));
    expect(error.code).toBe("SYNC_WATCHED");
    expect(error.message).toContain(String(process.pid));
    expect(events).toEqual([]);
    first.end();
    manager.startWatch([pair]).end();
  });
});

describe("a watched pair that fails again and again", () => {
  it("is news once for each reason, and again when it works", async () => {
    const desk = createDesk();
    desk.database("a.db", NOTES);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db") };
    const { manager, events } = desk.manager({ pairs: { shop: pair } });
    const watch = manager.startWatch(["shop"]);
    const news = async (): Promise<string[]> => {
      const seen = events.length;
      await errorOf(async () => {
        await manager.sync("shop");
        throw new SyncError("SYNC_USAGE", "it went well");
      });
      return events.slice(seen).map(({ event, level }) => `${level} ${event}`);
    };
    expect(await news()).toEqual(["info sync_start", "error sync_error"]);
    expect(await news()).toEqual(["debug sync_start", "debug sync_error"]);
    desk.write("b.db", "no database, but a text that is longer than a hundred bytes ".repeat(9));
    expect(await news()).toEqual(["info sync_start", "error sync_error"]);
    expect(await news()).toEqual(["debug sync_start", "debug sync_error"]);
    rmSync(pair.b);
    desk.database("b.db", NOTES);
    expect(await news()).toEqual(["info sync_start", "info sync_complete"]);
    watch.end();
    rmSync(pair.b);
    expect(await news()).toEqual(["info sync_start", "error sync_error"]);
    expect(await news()).toEqual(["info sync_start", "error sync_error"]);
  });

  it("is backed up before its first run, and then once an hour", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.database(name, NOTES);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), backupBeforeSync: true };
    let nowMs = 1_700_000_000_000;
    const { manager, events } = desk.manager({ pairs: { shop: pair } }, { now: () => nowMs });
    const backups = (): number => events.filter(({ event }) => event === "backup_created").length;
    const watch = manager.startWatch(["shop"]);
    await manager.sync("shop");
    nowMs += 3_599_000;
    await manager.sync("shop");
    expect(backups()).toBe(2);
    nowMs += 1000;
    await manager.sync("shop");
    expect(backups()).toBe(4);
    watch.end();
    await manager.sync("shop");
    await manager.sync("shop");
    expect(backups()).toBe(8);
  });
});
