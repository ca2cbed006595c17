import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SyncWatcher } from "../src/index.ts";
import type { RunOptions, WatchedPair } from "../src/index.ts";
import { NOTES, counting, createDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

const INSERT = (id: number, body = "x"): string => `INSERT INTO notes VALUES (${id}, '${body}')`;

/** Waits until both databases hold the same, and a row of this id. */
async function expectInAll(desk: Desk, names: readonly string[], id: number): Promise<void> {
  await vi.waitFor(
    () => {
      for (const name of names) {
        expect(desk.rows(name, `SELECT count(*) FROM notes WHERE id = ${id}`)).toEqual([[1]]);
      }
    },
    { timeout: 50_000, interval: 10 },
  );
}

describe("a watched pair", () => {
  it.each(["wal", "delete"])(
    "is synchronized when either side changes, in %s mode",
    async (mode) => {
      const desk = createDesk();
      for (const name of ["a.db", "b.db"])
        desk.sql(name, `PRAGMA journal_mode = ${mode}; ${NOTES}`);
      await desk.watch([["a.db", "b.db"]]);
      desk.sql("a.db", INSERT(1));
      await expectInAll(desk, ["a.db", "b.db"], 1);
      desk.sql("b.db", INSERT(2));
      await expectInAll(desk, ["a.db", "b.db"], 2);
    },
  );

  it("is synchronized once at the beginning: nobody knows what happened before", async () => {
    const desk = createDesk();
    desk.sql("a.db", `${NOTES} ${INSERT(1)}`);
    desk.sql("b.db", NOTES);
    await desk.watch([["a.db", "b.db"]]);
    await expectInAll(desk, ["a.db", "b.db"], 1);
  });

  it("hears of writes to a WAL that somebody keeps open, who never touches the file itself", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, `PRAGMA journal_mode = wal; ${NOTES}`);
    const open = new Database(desk.path("a.db"));
    onTestFinished(() => void open.close());
    await desk.watch([["a.db", "b.db"]]);
    for (const id of [1, 2, 3]) {
      open.exec(INSERT(id));
      await expectInAll(desk, ["a.db", "b.db"], id);
    }
  });

  it("does not wake itself: reading makes and removes journals, and its own commits end soon", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, `PRAGMA journal_mode = wal; ${NOTES}`);
    const target = counting(desk.manager);
    const watched = await desk.watch([["a.db", "b.db"]], { target });
    desk.sql("a.db", INSERT(1));
    await expectInAll(desk, ["a.db", "b.db"], 1);
    await watched.settled();
    const runs = target.runs.length;
    // At the beginning, for the edit, for our own commit, and once more where times were too young.
    expect(runs).toBeLessThanOrEqual(6);
    const db = new Database(desk.path("a.db"), { readonly: true });
    db.prepare("SELECT * FROM notes").all();
    db.close();
    await watched.settled();
    expect(target.runs.length - runs).toBeLessThanOrEqual(1);
  });

  it("survives whatever happens to its files", async () => {
    const desk = createDesk();
    for (const name of ["in/a.db", "b.db"]) desk.sql(name, `PRAGMA journal_mode = wal; ${NOTES}`);
    const watched = await desk.watch([["in/a.db", "b.db"]], { pollMs: 100 });
    const both = ["in/a.db", "b.db"];
    const expectSeen = async (id: number): Promise<void> => {
      desk.sql("in/a.db", INSERT(id));
      await expectInAll(desk, both, id);
    };
    await expectSeen(1);
    // Replaced by rename, as Syncthing, Dropbox and editors do.
    desk.sql("in/new", `VACUUM`);
    rmSync(desk.path("in/new"));
    desk.sql("in/a.db", `VACUUM INTO '${desk.path("in/new")}'`);
    desk.sql("in/new", INSERT(2));
    renameSync(desk.path("in/new"), desk.path("in/a.db"));
    for (const tail of ["-wal", "-shm"]) rmSync(desk.path(`in/a.db${tail}`), { force: true });
    await expectInAll(desk, both, 2);
    await expectSeen(3);
    // From WAL to rollback, and back.
    desk.sql("in/a.db", "PRAGMA journal_mode = delete");
    await expectSeen(4);
    desk.sql("in/a.db", "PRAGMA journal_mode = wal");
    await expectSeen(5);
    // Away with its folder, and back.
    renameSync(desk.path("in"), desk.path("away"));
    await watched.until(() => watched.events.some(({ type }) => type === "failed"));
    renameSync(desk.path("away"), desk.path("in"));
    await watched.until(() => watched.events.at(-1)?.type === "run");
    await expectSeen(6);
    // Another folder in its place.
    desk.sql("in/a.db", `VACUUM INTO '${desk.path("copy.db")}'`);
    rmSync(desk.path("in"), { recursive: true });
    mkdirSync(desk.path("in"));
    renameSync(desk.path("copy.db"), desk.path("in/a.db"));
    await expectSeen(7);
    expect(watched.events.filter(({ type }) => type === "recovered").length).toBeGreaterThan(0);
  });

  it("is found through links, also where its folder is one", async () => {
    const desk = createDesk();
    desk.sql("real/a.db", NOTES);
    desk.sql("b.db", NOTES);
    symlinkSync(desk.path("real/a.db"), desk.path("a.db"));
    await desk.watch([["a.db", "b.db"]]);
    desk.sql("real/a.db", INSERT(1));
    await expectInAll(desk, ["a.db", "b.db"], 1);
  });

  it("is found by the poll where no event comes", async () => {
    const desk = createDesk();
    desk.sql("a.db", NOTES);
    // Its folder is not there when the watch begins, so nobody can listen to it.
    await desk.watch([["a.db", "later/b.db"]], { pollMs: 50 });
    desk.sql("later/b.db", `${NOTES} ${INSERT(1)}`);
    await expectInAll(desk, ["a.db", "later/b.db"], 1);
  });
});

describe("pairs that share databases", () => {
  it("carry an edit on from pair to pair until all are equal, and then rest", async () => {
    const desk = createDesk();
    const names = ["a.db", "b.db", "c.db", "d.db"];
    for (const name of names) desk.sql(name, NOTES);
    const target = counting(desk.manager);
    const watched = await desk.watch(
      [
        ["a.db", "b.db"],
        ["b.db", "c.db"],
        ["c.db", "d.db"],
      ],
      { target },
    );
    desk.sql("a.db", INSERT(1));
    await expectInAll(desk, names, 1);
    desk.sql("d.db", INSERT(2));
    await expectInAll(desk, names, 2);
    await watched.settled();
    expect(target.atOnce.most).toBeLessThanOrEqual(2);
  });

  it("settle in a ring: what did something ends after as many runs as there are pairs", async () => {
    const desk = createDesk();
    const names = ["a.db", "b.db", "c.db"];
    for (const name of names) desk.sql(name, NOTES);
    const ring = [
      ["a.db", "b.db"],
      ["b.db", "c.db"],
      ["c.db", "a.db"],
    ] as const;
    const target = counting(desk.manager);
    const watched = await desk.watch(ring, { target });
    await watched.until(() => watched.events.filter(({ type }) => type === "run").length >= 3);
    await watched.settled();
    const before = watched.events.length;
    desk.sql("a.db", INSERT(1));
    await expectInAll(desk, names, 1);
    await watched.settled();
    const runs = watched.events
      .slice(before)
      .flatMap((event) => (event.type === "run" ? event : []));
    const working = runs.filter(({ report }) =>
      report.tables.some(({ copied, agreed }) => copied + agreed > 0),
    );
    expect(working.length).toBeLessThanOrEqual(ring.length);
    // Each of them is heard of again once by each of its two pairs, and once more when times are old enough.
    expect(runs.length).toBeLessThanOrEqual(4 * ring.length);
    expect(watched.events.every(({ type }) => type !== "failed")).toBe(true);
    // Runs of pairs that share a database take turns.
    expect(target.atOnce.most).toBe(1);
  });

  it("of a hub are all served, however busy one of them is", async () => {
    const desk = createDesk();
    for (const name of ["hub.db", "a.db", "b.db"]) desk.sql(name, NOTES);
    await desk.watch([
      ["a.db", "hub.db"],
      ["b.db", "hub.db"],
    ]);
    let id = 10;
    const busy = setInterval(() => desk.sql("a.db", INSERT((id += 1))), 1);
    onTestFinished(() => clearInterval(busy));
    await expectInAll(desk, ["hub.db"], 20);
    desk.sql("b.db", INSERT(1));
    await expectInAll(desk, ["hub.db", "a.db"], 1);
    clearInterval(busy);
    await expectInAll(desk, ["b.db"], id);
  });
});

describe("a burst", () => {
  it("is few runs, and a constant writer does not keep its edits from the other side", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, `PRAGMA journal_mode = wal; ${NOTES}`);
    const open = new Database(desk.path("a.db"));
    onTestFinished(() => void open.close());
    const target = counting(desk.manager);
    // The quiet that would end the burst never comes: only the ceiling cuts it.
    await desk.watch([["a.db", "b.db"]], { target, debounceMs: 3_600_000, maxWaitMs: 100 });
    let id = 0;
    const writer = setInterval(() => open.exec(INSERT((id += 1))), 1);
    onTestFinished(() => clearInterval(writer));
    await expectInAll(desk, ["b.db"], 5);
    clearInterval(writer);
    await expectInAll(desk, ["b.db"], id);
    expect(target.runs.length).toBeLessThan(id);
  });
});

describe("a pair that fails", () => {
  it("is told once, does not hold up others, and says when it is well again", async () => {
    const desk = createDesk();
    for (const name of ["c.db", "d.db", "a.db"]) desk.sql(name, NOTES);
    const watched = await desk.watch(
      [
        ["a.db", "b.db"],
        ["c.db", "d.db"],
      ],
      { concurrency: 1 },
    );
    await watched.until(() => watched.events.some(({ type }) => type === "failed"));
    const [status] = watched.watcher.status();
    expect(status).toMatchObject({
      state: "backing-off",
      retryMs: expect.any(Number),
      error: { code: "SYNC_DB_MISSING" },
    });
    desk.sql("c.db", INSERT(1));
    await expectInAll(desk, ["d.db"], 1);
    watched.watcher.resume();
    await watched.settled();
    expect(watched.events.filter(({ type }) => type === "failed")).toHaveLength(1);
    desk.sql("b.db", `${NOTES} ${INSERT(2)}`);
    await watched.until(() => watched.events.some(({ type }) => type === "recovered"));
    await expectInAll(desk, ["a.db"], 2);
    expect(watched.watcher.status()[0]).toMatchObject({ error: null, retryMs: null });
  });

  it("for a reason that needs a person is paused until something changes or somebody resumes it", async () => {
    const desk = createDesk();
    const rows = Array.from({ length: 30 }, (_, id) => INSERT(id + 1)).join(";");
    for (const name of ["a.db", "b.db"]) desk.sql(name, `${NOTES} ${rows}`);
    const target = counting(desk.manager);
    let looks = 0;
    const watched = await desk.watch([["a.db", "b.db"]], {
      target,
      pollMs: 20,
      random: () => {
        looks += 1;
        return 0.5;
      },
    });
    await watched.until(() => watched.events.some(({ type }) => type === "run"));
    desk.sql("a.db", "DELETE FROM notes");
    const failed = (): unknown[] => watched.events.filter(({ type }) => type === "failed");
    await watched.until(() => failed().length > 0);
    expect(failed()).toMatchObject([{ error: { code: "SYNC_MAX_DELETE" }, retryMs: null }]);
    expect(watched.watcher.status()).toMatchObject([{ state: "paused" }]);
    // Times are old enough to be told apart after two seconds; then polls find nothing more to run for.
    await vi.waitFor(
      async () => {
        const [ran, looked] = [target.runs.length, looks];
        await vi.waitFor(() => expect(looks).toBeGreaterThan(looked + 10), { timeout: 10_000 });
        expect(target.runs.length).toBe(ran);
      },
      { timeout: 30_000 },
    );
    const before = target.runs.length;
    watched.watcher.resume(({ a }) => a === desk.path("a.db"));
    await vi.waitFor(() => expect(target.runs.length).toBe(before + 1), { timeout: 20_000 });
    await watched.settled();
    expect(failed()).toHaveLength(1);
    desk.sql("a.db", rows);
    await watched.until(() => watched.events.some(({ type }) => type === "recovered"));
  });
});

describe("a watcher", () => {
  it("gives its events one after the other, and ends with the watch", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, NOTES);
    const watcher = new SyncWatcher(desk.manager);
    const events = watcher.events();
    const pair = { a: desk.path("a.db"), b: desk.path("b.db") };
    await watcher.watchPairs([pair], { policy: "prefer-a" });
    expect((await events.next()).value).toEqual({ type: "watching", pairs: [pair] });
    expect((await events.next()).value).toMatchObject({
      type: "run",
      pair,
      report: { policy: "prefer-a" },
    });
    await watcher.close();
    const rest: string[] = [];
    for await (const { type } of events) rest.push(type);
    expect(rest.at(-1)).toBe("stopped");
    expect((await watcher.events().next()).done).toBe(true);
  });

  it("waits for the run under way when it is closed, and makes no more", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, NOTES);
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const target = counting({
      sync: async (pair, options) => {
        await gate;
        return desk.manager.sync(pair, options);
      },
    });
    desk.sql("a.db", INSERT(1));
    const { watcher, events } = await desk.watch([["a.db", "b.db"]], { target });
    await vi.waitFor(() => expect(target.runs).toHaveLength(1));
    const closing = watcher.close();
    desk.sql("a.db", INSERT(2));
    finish();
    await closing;
    expect(events.at(-1)).toEqual({ type: "stopped" });
    expect(desk.rows("b.db")).toEqual(desk.rows("a.db"));
    desk.sql("a.db", INSERT(3));
    await watcher.close();
    expect(target.runs).toHaveLength(1);
  });

  it("cancels the run under way when its signal aborts, and tells no failure of that", async () => {
    const desk = createDesk();
    const controller = new AbortController();
    const target = {
      sync: async (_: unknown, options?: { readonly signal?: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => {
          options?.signal?.addEventListener("abort", () => {
            reject(
              Object.assign(new Error("cancelled"), {
                name: "SyncError",
                code: "SYNC_CANCELLED",
                next: "",
              }),
            );
          });
        }),
    };
    const { until, events, watcher } = await desk.watch([["a.db", "b.db"]], {
      target,
      signal: controller.signal,
    });
    await vi.waitFor(() => expect(watcher.status()).toMatchObject([{ state: "running" }]));
    controller.abort();
    await until(() => events.at(-1)?.type === "stopped");
    expect(events.map(({ type }) => type)).toEqual(["watching", "stopped"]);
  });

  it("tells its target which pairs it watches, and until when; a refusal refuses the watch", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, NOTES);
    const { watcher } = await desk.watch([["a.db", "b.db"]]);
    expect(desk.manager.watcherOf([desk.path("a.db")])).toMatchObject({ pid: process.pid });
    await expect(desk.watch([["b.db", "a.db"]])).rejects.toMatchObject({ code: "SYNC_WATCHED" });
    await watcher.close();
    expect(desk.manager.watcherOf([desk.path("a.db")])).toBeNull();
    const names: string[] = [];
    for await (const { event } of desk.manager.listEvents()) names.push(event);
    expect([names[0], names.at(-1)]).toEqual(["watch_start", "watch_stop"]);
  });

  it("asks its target whether something changed, and runs only then", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) desk.sql(name, NOTES);
    const asked: boolean[] = [];
    let isChanged = false;
    const counted = counting(desk.manager);
    const target = {
      sync: async (pair: WatchedPair, options?: RunOptions) => counted.sync(pair, options),
      hasChanged: () => {
        asked.push(isChanged);
        return isChanged;
      },
    };
    await desk.watch([["a.db", "b.db"]], { target });
    await vi.waitFor(() => expect(counted.runs).toHaveLength(1));
    desk.sql("a.db", INSERT(1));
    await vi.waitFor(() => expect(asked).toContain(false));
    expect(counted.runs).toHaveLength(1);
    isChanged = true;
    desk.sql("a.db", INSERT(2));
    await expectInAll(desk, ["b.db"], 2);
    expect(asked).toContain(true);
  });

  it.each([
    ["no pair", []],
    [
      "one pair twice",
      [
        ["a.db", "b.db"],
        ["b.db", join("x", "..", "a.db")],
      ],
    ],
  ] as const)("refuses %s", async (_, pairs) => {
    await expect(createDesk().watch(pairs)).rejects.toMatchObject({ code: "SYNC_USAGE" });
  });

  it("watches once", async () => {
    const desk = createDesk();
    const { watcher } = await desk.watch([["a.db", "b.db"]]);
    await expect(watcher.watchPairs([["c.db", "d.db"]])).rejects.toMatchObject({
      code: "SYNC_USAGE",
    });
  });
});
