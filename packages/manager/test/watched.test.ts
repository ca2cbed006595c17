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
