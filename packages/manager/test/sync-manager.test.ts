import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { SyncEvent } from "@sync/model";
import { describe, expect, it } from "vitest";
import { SyncManager } from "../src/index.ts";
import type { PairRef } from "../src/index.ts";
import { NOTES, createDesk, errorOf } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** Two databases in step, then edited on both sides. */
async function editedPair(desk: Desk): Promise<void> {
  for (const name of ["a.db", "b.db"]) desk.database(name, NOTES);
  await desk.manager({}).manager.sync([desk.path("a.db"), desk.path("b.db")]);
  desk.database("a.db", "UPDATE notes SET body = 'from a', pieces = 5");
  desk.database("b.db", "UPDATE notes SET body = 'from b', pieces = 7");
}

const names = (events: readonly SyncEvent[]): string[] => events.map(({ event }) => event);

describe("a manager", () => {
  it.each<[string, (desk: Desk) => PairRef]>([
    ["its name", () => "shop"],
    ["two paths", (desk) => [relative(process.cwd(), desk.path("a.db")), desk.path("b.db")]],
    ["an object", (desk) => ({ a: desk.path("a.db"), b: desk.path("b.db") })],
    ["the other way round", (desk) => [desk.path("b.db"), desk.path("a.db")]],
  ])("synchronizes a configured pair by %s, with its settings", async (_, ref) => {
    const desk = createDesk();
    await editedPair(desk);
    const rules = [{ table: "no*", column: "pieces", use: "sum" }];
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), policy: "prefer-a", rules };
    const { manager, events } = desk.manager({ pairs: { shop: pair } });
    const report = await manager.sync(ref(desk));
    expect(report.conflicts).toEqual({ resolved: 1, parked: 0 });
    for (const side of ["a.db", "b.db"]) {
      expect(desk.rows(side, "SELECT body, pieces FROM notes")).toEqual([["from a", 11]]);
    }
    const fields = events.map((event) => event.fields["pair"]);
    expect(fields).toEqual(events.map(() => "shop"));
  });

  it("tells whether a configured pair changed since its last run, by its tables", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const other = "CREATE TABLE other (id INTEGER PRIMARY KEY)";
    for (const side of ["a.db", "b.db"]) desk.database(side, other);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), tables: ["notes"] };
    const { manager } = desk.manager({ pairs: { shop: pair } });
    expect(await manager.hasChanged("shop")).toBe(true);
    await manager.sync("shop", { policy: "prefer-a" });
    expect(await manager.hasChanged("shop")).toBe(false);
    expect(await manager.hasChanged([desk.path("b.db"), desk.path("a.db")])).toBe(false);
    desk.database("b.db", "UPDATE notes SET body = 'again'");
    expect(await manager.hasChanged("shop")).toBe(true);
    await manager.release("shop");
    expect(await manager.hasChanged("shop")).toBe(true);
  });

  it("takes the pair's direction, turned where its databases are named in the other order, and never turns a mirror", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), direction: "a-to-b" } as const;
    const { manager, events } = desk.manager({ pairs: { shop: pair } });
    desk.database("a.db", "INSERT INTO notes (id, body) VALUES (50, 'new')");
    const report = await manager.sync([pair.b, pair.a]);
    expect(report.direction).toBe("b-to-a");
    expect(report.tables[0]).toMatchObject({ toA: { inserted: 1 }, toB: { inserted: 0 }, held: 1 });
    expect(events[0]?.fields).toMatchObject({ direction: "b-to-a" });
    expect((await manager.sync("shop", { direction: "two-way" })).direction).toBe("two-way");
    const mirror = { ...pair, direction: "mirror" } as const;
    const other = desk.manager({ pairs: { shop: mirror } }).manager;
    const error = await errorOf(async () => other.sync([pair.b, pair.a]));
    expect(error.code).toBe("SYNC_USAGE");
    expect((await other.sync("shop", { confirmed: true })).direction).toBe("mirror");
    expect(desk.rows("b.db", "SELECT * FROM notes")).toEqual(
      desk.rows("a.db", "SELECT * FROM notes"),
    );
  });

  it("goes on with common columns where the config says so, and else names both ways out", async () => {
    const desk = createDesk();
    await editedPair(desk);
    desk.database("a.db", "ALTER TABLE notes ADD COLUMN tag TEXT DEFAULT 'x'");
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), policy: "prefer-a" };
    const stopping = desk.manager({ pairs: { shop: pair } }).manager;
    const error = await errorOf(async () => stopping.sync("shop"));
    expect(error.code).toBe("SYNC_SCHEMA_MISMATCH");
    expect(error.next).toContain('schemaDrift: "common"');
    const common = { ...pair, schemaDrift: "common" } as const;
    const { manager } = desk.manager({ pairs: { shop: common } });
    const report = await manager.sync("shop");
    expect(report.notices).toHaveLength(1);
    expect((await manager.diff("shop")).same).toBe(true);
    expect(desk.rows("b.db", "SELECT body FROM notes")).toEqual([["from a"]]);
  });

  it("takes a policy, a policy's name or the default in place of the pair's", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), rules: [{ use: "prefer-a" }] };
    const { manager } = desk.manager({ pairs: { shop: pair } });
    expect((await manager.sync("shop", { policy: "manual", dryRun: true })).conflicts.parked).toBe(
      1,
    );
    const policy = { name: "mine", decide: () => ({ type: "take", side: "b" }) as const };
    expect((await manager.sync("shop", { policy })).policy).toBe("mine");
    expect(desk.rows("a.db", "SELECT body FROM notes")).toEqual([["from b"]]);
    const other = desk.manager({}).manager;
    expect((await other.sync([pair.a, pair.b])).policy).toBe("last-write-wins");
  });

  it("looks for a resolver of one's own beside the config, and refuses to guess its sides", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const text = `export const resolver = { apiVersion: 1, policy: { name: "mine", decide: () => ({ type: "take", side: "b" }) } };`;
    const policy = desk.write("mine.mjs", text);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), policy };
    const { manager } = desk.manager({ pairs: { shop: pair } });
    const error = await errorOf(async () => manager.sync([pair.b, pair.a]));
    expect(error.message).toContain("configured the other way round");
    expect((await manager.sync([pair.a, pair.b])).policy).toBe("mine");
  });

  it("keeps to the pair's tables", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db"]) {
      desk.database(name, `${NOTES}; CREATE TABLE t (x INTEGER PRIMARY KEY)`);
    }
    desk.database("a.db", "INSERT INTO t VALUES (1); INSERT INTO notes VALUES (2, 'two', 2)");
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), tables: ["t"] };
    const { manager } = desk.manager({ pairs: { shop: pair } });
    expect((await manager.diff("shop")).tables.map(({ table }) => table)).toEqual(["t"]);
    await manager.sync("shop");
    expect(desk.rows("b.db", "SELECT count(*) FROM notes")).toEqual([[1]]);
    expect((await manager.validate("shop")).sides[0]?.tables).toHaveLength(1);
    expect((await manager.validate([pair.a])).sides[0]?.tables).toHaveLength(2);
  });

  it("names the pair that was probably meant", async () => {
    const { manager } = createDesk().manager({ pairs: { shop: { a: "a.db", b: "b.db" } } });
    const error = await errorOf(async () => manager.sync("shpo"));
    expect(error).toMatchObject({ code: "SYNC_USAGE", next: "Did you mean shop?" });
  });

  it("refuses two names for one pair", async () => {
    const pairs = { one: { a: "a.db", b: "b.db" }, two: { a: "./b.db", b: "./a.db" } };
    const error = await errorOf(() => new SyncManager({ config: { pairs } }));
    expect(error.message).toBe("The pairs `one` and `two` are the same two databases.");
  });

  it("passes conflicts, decisions, the ledger and undo on", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), policy: "manual" };
    const { manager, events } = desk.manager({ pairs: { shop: pair } });
    await manager.sync("shop");
    const [open] = await manager.conflicts("shop");
    const id = open?.id ?? 0;
    expect(await manager.conflict("shop", id)).toMatchObject({ id });
    events.length = 0;
    await manager.resolve("shop", [{ id, decision: { type: "take", from: "a" } }]);
    expect(names(events)).toContain("sync_complete");
    const { entries } = await manager.ledger("shop");
    expect(entries.length).toBeGreaterThan(0);
    await manager.undo("shop", { entry: entries[0]?.id ?? 0 });
    const rows: unknown[] = [];
    for await (const row of manager.diffRows("shop")) rows.push(row);
    expect(rows).toEqual([]);
  });
});

describe("the log of a manager", () => {
  it("holds every run with the pair's name and full paths, and reads it back", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const pair = { a: desk.path("a.db"), b: desk.path("b.db"), policy: "prefer-a" };
    const { manager } = desk.manager({ pairs: { shop: pair }, log: { file: desk.path("y.log") } });
    await manager.sync("shop");
    await manager.sync([desk.path("b.db"), desk.path("none.db")]).catch(() => undefined);
    const entries: unknown[] = [];
    for await (const { event, fields } of manager.listEvents({ pair: "shop" })) {
      entries.push([event, fields["pair"], fields["a"]]);
    }
    expect(entries).toEqual([
      ["sync_start", "shop", pair.a],
      ["conflict_skip", "shop", pair.a],
      ["sync_complete", "shop", pair.a],
    ]);
    const errors: unknown[] = [];
    const events = ["sync_error"] as const;
    for await (const { fields } of manager.listEvents({ events })) errors.push(fields["code"]);
    expect(errors).toEqual(["SYNC_DB_MISSING"]);
    expect(readFileSync(desk.path("y.log"), "utf8")).not.toContain("from a");
  });

  it("says what failed before the engine began", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const { manager, events } = desk.manager({});
    const call = manager.sync([desk.path("a.db"), desk.path("b.db")], {
      policy: "lats-write-wins",
    });
    const { code } = await errorOf(async () => call);
    expect(events.map(({ event, fields }) => [event, fields["code"]])).toEqual([
      ["sync_error", code],
    ]);
  });

  it("has nothing of a dry run, and is not needed", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const file = desk.path("y.log");
    const { manager } = desk.manager({ log: { file } });
    await manager.sync([desk.path("a.db"), desk.path("b.db")], { dryRun: true });
    expect(existsSync(file)).toBe(false);
    const none = desk.manager({ log: { file: false } }).manager;
    await none.sync([desk.path("a.db"), desk.path("b.db")]);
    expect(await none.listEvents().next()).toMatchObject({ done: true });
  });

  it("that cannot be written, and hooks and listeners that fail, stop nothing", async () => {
    const desk = createDesk();
    await editedPair(desk);
    const warnings: string[] = [];
    const fail = (): never => {
      throw new Error("no");
    };
    const { manager } = desk.manager(
      { log: { file: "/dev/full" } },
      { warn: (text) => void warnings.push(text), logHook: fail, onEvent: fail },
    );
    const report = await manager.sync([desk.path("a.db"), desk.path("b.db")], {
      policy: "prefer-a",
    });
    expect(report.conflicts.resolved).toBe(1);
    expect(desk.rows("b.db", "SELECT body FROM notes")).toEqual([["from a"]]);
    expect(warnings).toHaveLength(1);
  });
});
