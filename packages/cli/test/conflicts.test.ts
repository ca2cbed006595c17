import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDesk, createPair, syncHere } from "./desk.ts";
import type { Desk, Ended } from "./desk.ts";

const NAME = "SELECT name, pieces FROM items WHERE id = 1";
const PAIR = ["a.db", "b.db"] as const;

/** One conflict about a row's name, one about a setting. */
async function createConflicts(): Promise<Desk> {
  const desk = createDesk();
  await createPair(desk);
  desk.database(
    "a.db",
    "UPDATE items SET name = 'mug', pieces = 11 WHERE id = 1; UPDATE settings SET value = '9 to 19'",
  );
  desk.database(
    "b.db",
    "UPDATE items SET name = 'jar' WHERE id = 1; UPDATE settings SET value = '8 to 17'",
  );
  await syncHere(desk);
  return desk;
}

async function listed(
  desk: Desk,
): Promise<readonly { readonly id: number; readonly table: string }[]> {
  const { stdout } = await desk.dbsync(["conflicts", ...PAIR, "--json"]);
  return (JSON.parse(stdout) as { conflicts: { id: number; table: string }[] }).conflicts;
}

async function idOf(desk: Desk, table: string): Promise<string> {
  const found = (await listed(desk)).find((one) => one.table === table);
  return String(found?.id);
}

function expectName(desk: Desk, name: string, pieces = 11n): void {
  for (const side of PAIR) expect(desk.rows(side, NAME)).toEqual([{ name, pieces }]);
}

describe("dbsync conflicts", () => {
  it("lists what waits, with and without the word list, and says what to type next", async () => {
    const desk = await createConflicts();
    const { exitCode, stdout } = await desk.dbsync(["conflicts", ...PAIR]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^\d+ +items +id=1 +update\/update +\d{4}-/m);
    expect(stdout).toMatch(/^\d+ +settings +name='hours' +update\/update/m);
    expect(stdout).toContain("dbsync conflicts resolve a.db b.db");
    expect((await desk.dbsync(["conflicts", "list", ...PAIR])).stdout).toBe(stdout);
    const one = await desk.dbsync(["conflicts", ...PAIR, "--table", "settings"]);
    expect(one.stdout).not.toContain("items");
  });

  it("says so where nothing waits", async () => {
    const desk = createDesk();
    await createPair(desk);
    expect(await desk.dbsync(["conflicts", ...PAIR])).toMatchObject({
      exitCode: 0,
      stdout: "No conflict waits.",
    });
  });

  it("shows base, a and b side by side, and marks what is in dispute", async () => {
    const desk = await createConflicts();
    const id = await idOf(desk, "items");
    const { stdout } = await desk.dbsync(["conflicts", "show", id, ...PAIR]);
    expect(stdout).toMatch(/^ +base +a +b$/m);
    expect(stdout).toMatch(/^\* name +'cup' +'mug' +'jar'$/m);
    expect(stdout).toMatch(/^ {2}pieces +10 +11 +10$/m);
    expect(stdout).toContain(`dbsync conflicts resolve ${id} a.db b.db --take a`);
    const json = await desk.dbsync(["conflicts", "show", id, "b.db", "a.db", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: "conflicts",
      conflict: {
        table: "items",
        key: { id: 1 },
        disputed: ["name"],
        a: { name: "jar" },
        b: { name: "mug" },
        changed: [],
      },
    });
  });

  it("writes nothing by that", async () => {
    const desk = await createConflicts();
    const before = desk.digests();
    await desk.dbsync(["conflicts", ...PAIR]);
    await desk.dbsync(["conflicts", "show", await idOf(desk, "items"), ...PAIR]);
    await desk.dbsync(["ledger", ...PAIR]);
    expect(desk.digests()).toEqual(before);
  });
});

describe("dbsync conflicts resolve", () => {
  it.each([
    ["--take a", ["--take", "a"], "mug", 11n],
    ["--take b", ["--take", "b"], "jar", 11n],
    ["--take base", ["--take", "base"], "cup", 11n],
    ["--set", ["--set", "name=both of us"], "both of us", 11n],
    ["--set beside --take", ["--set", "pieces=3", "--take", "b"], "jar", 3n],
  ])("decides one by %s, at once and on both sides", async (_, decision, name, pieces) => {
    const desk = await createConflicts();
    const { exitCode, stdout } = await desk.dbsync([
      "conflicts",
      "resolve",
      await idOf(desk, "items"),
      ...PAIR,
      ...decision,
    ]);
    expect(stdout).toContain("decided, both sides hold the same.");
    // The other one waits still.
    expect(exitCode).toBe(1);
    expectName(desk, name, pieces);
    const last = await desk.dbsync([
      "conflicts",
      "resolve",
      await idOf(desk, "settings"),
      ...PAIR,
      "--delete",
    ]);
    expect(last).toMatchObject({ exitCode: 0 });
    expect(last.stdout).toContain("No conflict waits any more.");
  });

  it("reads decisions from a file, and is not confused by reading it twice", async () => {
    const desk = await createConflicts();
    const [items, settings] = [await idOf(desk, "items"), await idOf(desk, "settings")].map(Number);
    const decisions = [
      { id: items, set: { name: "x", pieces: { integer: "5" } } },
      { id: settings, take: "a" },
    ];
    writeFileSync(desk.path("decisions.json"), JSON.stringify(decisions));
    const args = ["conflicts", "resolve", ...PAIR, "--from", "decisions.json", "--json"];
    const { exitCode, stdout } = await desk.dbsync(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      open: 0,
      rows: [
        { id: items, outcome: "done" },
        { id: settings, outcome: "done" },
      ],
    });
    expectName(desk, "x", 5n);
    const again = await desk.dbsync(args);
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      runId: null,
      rows: [{ outcome: "missing" }, { outcome: "missing" }],
    });
  });

  it("refuses what a constraint does not allow, and says why", async () => {
    const desk = createDesk();
    const strict =
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER) STRICT; INSERT INTO t VALUES (1, 1)";
    for (const side of PAIR) desk.database(side, strict);
    await syncHere(desk);
    desk.database("a.db", "UPDATE t SET n = 2");
    desk.database("b.db", "UPDATE t SET n = 3");
    await syncHere(desk);
    const id = await idOf(desk, "t");
    const { exitCode, stdout } = await desk.dbsync([
      "conflicts",
      "resolve",
      id,
      ...PAIR,
      "--set",
      "n='many'",
    ]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/not done\. .*TEXT.*INTEGER.*Both sides are as they were/s);
    expect(await idOf(desk, "t")).toBe(id);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ["no decision and nobody to ask", ["resolve", ...PAIR], /Nobody is there to be asked/],
    ["a number without a decision", ["resolve", "1", ...PAIR], /not said how to decide/],
    ["two decisions", ["resolve", "1", ...PAIR, "--take", "a", "--delete"], /Two decisions/],
    ["a decision without a number", ["resolve", ...PAIR, "--take", "a"], /which conflict/],
    [
      "a number that none has",
      ["resolve", "999", ...PAIR, "--take", "a"],
      /No open conflict has the number 999/,
    ],
    [
      "a conflict to show that is not there",
      ["show", "999", ...PAIR],
      /No open conflict has the number 999/,
    ],
    [
      "a side that there is not",
      ["resolve", "1", ...PAIR, "--take", "c"],
      /Allowed choices are a, b, base/,
    ],
    ["a file that is not there", ["resolve", ...PAIR, "--from", "none.json"], /cannot be read/],
    ["one database", ["a.db"], /No pair is named "a.db"/],
  ])("refuses %s", async (_, args, message) => {
    const desk = await createConflicts();
    const { exitCode, stderr }: Ended = await desk.dbsync(["conflicts", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ["name=x", 0],
    ["pieces=many", 2],
    ["colour=red", 2],
    ["name", 2],
  ])("takes --set %s as it is, or not at all", async (setting, exitCode) => {
    const desk = await createConflicts();
    await desk.dbsync(["conflicts", "resolve", await idOf(desk, "settings"), ...PAIR, "--delete"]);
    const id = await idOf(desk, "items");
    expect(
      (await desk.dbsync(["conflicts", "resolve", id, ...PAIR, "--set", setting])).exitCode,
    ).toBe(exitCode);
  });
});

describe("dbsync ledger and undo", () => {
  async function decided(): Promise<Desk> {
    const desk = await createConflicts();
    await desk.dbsync(["sync", ...PAIR, "--policy", "prefer-a"]);
    return desk;
  }

  it("says what lost, to what, who decided and why, and how to have it back", async () => {
    const desk = await decided();
    const { exitCode, stdout } = await desk.dbsync(["ledger", ...PAIR]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/prefer-a {2}run [0-9a-f-]{36}/);
    expect(stdout).toContain("items id=1: b lost name 'jar' to 'mug'. The policy prefers side a.");
    expect(stdout).toContain("dbsync undo 2 a.db b.db");
    const swapped = await desk.dbsync(["ledger", "b.db", "a.db", "--json", "--table", "items"]);
    expect(JSON.parse(swapped.stdout)).toMatchObject({
      command: "ledger",
      total: 1,
      entries: [
        { side: "a", winner: "b", a: { name: "jar" }, result: { name: "mug", pieces: 11 } },
      ],
    });
  });

  it("filters", async () => {
    const desk = await decided();
    const total = async (...args: readonly string[]): Promise<unknown> =>
      (
        JSON.parse((await desk.dbsync(["ledger", ...PAIR, "--json", ...args])).stdout) as {
          total: number;
        }
      ).total;
    expect(await total("--since", "2 hours ago")).toBe(2);
    expect(await total("--since", "tomorrow")).toBe(0);
    expect(await total("--policy", "prefer-b")).toBe(0);
    expect(await total("--run", "zzz")).toBe(0);
    const limited = await desk.dbsync(["ledger", ...PAIR, "--limit", "1"]);
    expect(limited.stdout).toContain("… and 1 older");
  });

  it("gives back an entry, or all of the last run", async () => {
    const desk = await decided();
    const trial = await desk.dbsync(["undo", "last", ...PAIR, "--dry-run"]);
    expect(trial.stdout).toContain("Dry run: nothing was written.");
    expectName(desk, "mug");
    const { exitCode, stdout } = await desk.dbsync(["undo", "last", ...PAIR]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("2 rows were given back on both sides.");
    expectName(desk, "jar");
    const again = await desk.dbsync(["undo", "1", ...PAIR]);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain("Both sides hold it already.");
  });

  it("does nothing for a row that moved on, unless --yes is said", async () => {
    const desk = await decided();
    desk.database("a.db", "UPDATE items SET pieces = 99 WHERE id = 1");
    const { exitCode, stdout } = await desk.dbsync(["undo", "last", ...PAIR, "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ table: "items", outcome: "moved" }, { outcome: "given-back" }],
    });
    const said = await desk.dbsync(["undo", "1", ...PAIR]);
    expect(said.stdout).toContain("add --yes");
    const forced = await desk.dbsync(["undo", "1", ...PAIR, "--yes"]);
    expect(forced.exitCode).toBe(0);
    expectName(desk, "jar", 99n);
  });

  it("asks for a side where both sides' values lost", async () => {
    const desk = await createConflicts();
    await desk.dbsync([
      "conflicts",
      "resolve",
      await idOf(desk, "items"),
      ...PAIR,
      "--set",
      "name=third",
    ]);
    const { exitCode, stdout } = await desk.dbsync(["undo", "last", ...PAIR]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("add --side a or --side b");
    expect((await desk.dbsync(["undo", "last", ...PAIR, "--side", "b"])).exitCode).toBe(0);
    expectName(desk, "jar");
  });

  it.each([
    ["undo", "999"],
    ["undo", "last"],
    ["undo", "0000"],
  ])("knows no %s %s", async (command, what) => {
    const desk = createDesk();
    await createPair(desk);
    const { exitCode, stderr } = await desk.dbsync([command, what, ...PAIR]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/has no entry|is empty/);
  });
});
