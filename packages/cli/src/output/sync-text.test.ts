import type { ConflictOutcome, SyncReport, TableSync } from "@sync/model";
import { describe, expect, it } from "vitest";
import { plainTerminal } from "../../test/plain-terminal.ts";
import { collectOutcomes } from "./outcomes.ts";
import type { RunResult } from "./run-result.ts";
import { syncText } from "./sync-text.ts";

const NONE = { inserted: 0, updated: 0, deleted: 0 };
const IDLE: TableSync = {
  table: "t",
  toA: NONE,
  toB: NONE,
  copied: 0,
  agreed: 0,
  merged: 0,
  filtered: 0,
  held: 0,
  conflicts: { resolved: 0, parked: 0 },
};
const OUTCOME: ConflictOutcome = {
  table: "t",
  key: { id: 1n },
  kind: "update/update",
  disputed: ["name", "city"],
  policy: "last-write-wins",
  outcome: "skip",
  winner: "b",
  reason: "B is later.",
};

async function textOf(
  report: Partial<SyncReport>,
  outcomes: readonly ConflictOutcome[] = [],
  more: { readonly options?: RunResult["options"]; readonly width?: number } = {},
): Promise<string> {
  const { outcomes: collected, onConflict } = collectOutcomes();
  for (const outcome of outcomes) onConflict(outcome);
  const full: SyncReport = {
    schemaVersion: 1,
    command: "sync",
    runId: "r",
    dryRun: false,
    firstRun: false,
    policy: "last-write-wins",
    direction: "two-way",
    tables: [IDLE],
    conflicts: { resolved: 0, parked: 0 },
    durationMs: 40,
    renumbered: [],
    scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
    notices: [],
    leftOut: [],
    ...report,
  };
  const pair = { a: "a.db", b: "my b.db" };
  const result = { report: full, outcomes: collected, pair, options: more.options ?? {} };
  return syncText(result, plainTerminal(more.width === undefined ? {} : { width: more.width }));
}

const COPIED = { ...IDLE, copied: 1, toB: { ...NONE, inserted: 1 } };
const PARKED = { ...IDLE, conflicts: { resolved: 0, parked: 1 } };
const ONE_PARKED = { tables: [PARKED], conflicts: { resolved: 0, parked: 1 } };

describe("how the pair stands", () => {
  it.each([
    ["in step", {}, {}, "Nothing to do: both sides are in step. (0.04 s)"],
    ["equal", { tables: [COPIED] }, {}, "Both sides are equal. (0.04 s)"],
    ["first run", { tables: [COPIED], firstRun: true }, {}, "nothing is deleted.\nBoth sides are"],
    ["some tables", { tables: [COPIED] }, { table: ["t"] }, "are equal in the chosen tables."],
    ["dry run", { tables: [COPIED], dryRun: true }, {}, "This is what a run would do."],
    ["dry run, idle", { dryRun: true }, {}, "There is nothing to do."],
    ["out", { tables: [COPIED] }, { out: "c.db" }, "The merged database is c.db; both sides are"],
    ["parked", ONE_PARKED, {}, "Nothing else to do: both sides are in step apart from that."],
    ["held", { tables: [{ ...IDLE, held: 2 }] }, {}, "in step; 2 rows stayed on one side."],
  ] as const)("%s", async (_, report, options, expected) => {
    expect(await textOf(report, [], { options })).toContain(expected);
  });

  it("is not called equal while a row waits", async () => {
    const text = await textOf({ ...ONE_PARKED, tables: [COPIED, { ...PARKED, table: "u" }] });
    expect(text).toContain("Both sides are equal, except for the row that waits.");
  });
});

it("says what lost, and why", async () => {
  const tables = [{ ...IDLE, conflicts: { resolved: 2, parked: 0 } }];
  const gone: ConflictOutcome = { ...OUTCOME, kind: "update/delete", reason: "Edits win." };
  const text = await textOf({ tables }, [OUTCOME, gone]);
  expect(text).toContain("2 conflicts were decided by last-write-wins:");
  expect(text).toContain("- t id=1, name and city: b won. B is later.");
  expect(text).toContain("- t id=1: b won. Edits win.");
  expect(text).toContain("The values that lost are kept in the ledger.");
});

it("stops listing after twenty", async () => {
  const tables = [{ ...IDLE, conflicts: { resolved: 30, parked: 0 } }];
  const text = await textOf(
    { tables },
    Array.from({ length: 30 }, () => OUTCOME),
  );
  expect(text.match(/^- t id=1/gm)).toHaveLength(20);
  expect(text).toContain("… and 10 more");
});

describe("what waits", () => {
  const parked: ConflictOutcome = { ...OUTCOME, outcome: "parked", winner: null, reason: "A tie." };

  it("is told with its reason and the command that decides it", async () => {
    const text = await textOf(ONE_PARKED, [parked]);
    expect(text).toContain("- t id=1: both sides changed name and city. A tie.");
    expect(text).toContain("\n  dbsync conflicts a.db 'my b.db'");
  });

  it("says which constraint is in the way", async () => {
    const text = await textOf(ONE_PARKED, [{ ...parked, kind: "unique", disputed: [] }]);
    expect(text).toContain("its copy would break a UNIQUE constraint.");
  });

  it("is not looked for in the inbox after a dry run, which puts nothing there", async () => {
    const text = await textOf({ ...ONE_PARKED, dryRun: true }, [parked]);
    expect(text).toContain("Each side would keep what it has.");
    expect(text).not.toContain("dbsync conflicts");
  });

  it("is counted where it was not looked at", async () => {
    const text = await textOf({ ...ONE_PARKED, tables: [IDLE] });
    expect(text).toContain("- 1 from earlier runs, in other tables");
  });

  it("keeps to its --out", async () => {
    const inOut = await textOf(ONE_PARKED, [parked], { options: { out: "c.db" } });
    expect(inOut).toMatch(/another\s+file for --out/);
    expect(inOut).toMatch(/Rows in conflict are\s+as in a\.db\./);
  });
});

it("shows notices", async () => {
  expect(await textOf({ notices: ["The table `x` is left out."] })).toContain(
    "Note: The table `x` is left out.",
  );
});

it("stays readable in a narrow window", async () => {
  const tables = [{ ...COPIED, table: "a_table_with_a_rather_long_name", merged: 3 }];
  const outcomes = [{ ...OUTCOME, reason: "Side b has the later time in its timestamp column." }];
  const text = await textOf({ tables, notices: ["x ".repeat(60)] }, outcomes, { width: 40 });
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
});
