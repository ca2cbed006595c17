import type { RowDiff, SyncReport } from "@sync/model";
import { diffPage, runPage } from "@sync/report";
import type { PageOptions } from "@sync/report";
import { describe, expect, it } from "vitest";
import { reportOf } from "./differences.ts";
import { readPage } from "./read-page.ts";

function rowsOf(table: string, size: number): RowDiff[] {
  return Array.from({ length: size }, (_, index): RowDiff => {
    const id = BigInt(index);
    return { table, key: { id }, a: { id, v: "old" }, b: { id, v: "new" }, changed: ["v"] };
  });
}

async function textOf(page: AsyncIterable<string>): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of page) pieces.push(piece);
  return pieces.join("");
}

async function diffText(
  counted: RowDiff[],
  read: RowDiff[],
  options: PageOptions = {},
): Promise<string> {
  return textOf(diffPage(reportOf(counted, "a.db", "b.db"), read, options));
}

const MOVED = 'class="note moved"';

describe("a page whose rows are not those that were counted", () => {
  it.each([
    ["fewer", rowsOf("t", 3), rowsOf("t", 2)],
    ["more", rowsOf("t", 3), rowsOf("t", 4)],
    ["none of a table", [...rowsOf("t", 3), ...rowsOf("u", 1)], rowsOf("t", 3)],
    ["another table", rowsOf("t", 3), [...rowsOf("t", 3), ...rowsOf("u", 1)]],
  ])("says so: %s", async (_, counted, read) => {
    const text = await diffText(counted, read);
    expect(text.split(MOVED).length).toBe(2);
    expect(readPage(text, true).rows.length).toBe(read.length);
  });

  it("says nothing of the kind where they are", async () => {
    const rows = [...rowsOf("t", 450), ...rowsOf("u", 1)];
    expect(await diffText(rows, rows)).not.toContain(MOVED);
  });
});

describe("a page of more rows than a browser opens", () => {
  const rows = [...rowsOf("t", 300), ...rowsOf("u", 300), ...rowsOf("v", 5)];

  it("ends, says so at its top and at each table, and reads no further", async () => {
    let read = 0;
    function* counting(): Generator<RowDiff> {
      for (const row of rows) {
        read += 1;
        yield row;
      }
    }
    const text = await textOf(diffPage(reportOf(rows, "a", "b"), counting(), { maxRows: 450 }));
    expect(readPage(text, true).rows.length).toBe(450);
    expect(text).toContain("This page shows the first 450 rows of 605 rows that differ");
    expect(text).toContain("150 more rows of this table belong here.");
    expect(text).toContain("5 more rows of this table belong here.");
    expect(text).not.toContain(MOVED);
    expect(read).toBeLessThanOrEqual(451);
  });
});

describe("a value longer than a page holds", () => {
  it("is cut in what is folded away, and the page says how much", async () => {
    const a = { id: 1n, v: `begin ${"x".repeat(5000)} end` };
    const row: RowDiff = { table: "t", key: { id: 1n }, a, b: null, changed: [] };
    const text = await diffText([row], [row], { maxValueLength: 1000 });
    expect(text).toMatch(/3,\d\d\d characters are left out of this page/);
    expect(await diffText([row], [row])).not.toContain("left out");
  });
});

describe("a page about a run", () => {
  const none = { inserted: 0, updated: 0, deleted: 0 };
  const run: SyncReport = {
    schemaVersion: 1,
    command: "sync",
    runId: "r",
    dryRun: false,
    firstRun: false,
    policy: "manual",
    direction: "two-way",
    tables: [],
    conflicts: { resolved: 0, parked: 0 },
    durationMs: 3,
    renumbered: [],
    scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
    notices: [],
    leftOut: [],
  };
  const names = { a: "x/shop.db", b: "y/shop.db", timeMs: 0 };

  it.each([
    [{}, "Nothing to do: both sides are in step."],
    [{ dryRun: true }, "Dry run: nothing was written, and there is nothing to do."],
    [
      { conflicts: { resolved: 0, parked: 2 } },
      "Nothing else to do: both sides are in step, except for 2 rows that wait for a decision.",
    ],
  ])("says how the pair stands: %o", async (difference, sentence) => {
    const text = await textOf(runPage({ ...run, ...difference }, [], names));
    expect(text).toContain(sentence);
    // Files of one name are told apart by their folders.
    expect(text).toContain(
      "Run of x/shop.db and y/shop.db".replace("Run", "dryRun" in difference ? "Dry run" : "Run"),
    );
  });

  it("lists what a person should know", async () => {
    const table = {
      table: "t",
      toA: { ...none, deleted: 3 },
      toB: none,
      copied: 3,
      agreed: 0,
      merged: 0,
      filtered: 0,
      held: 0,
      conflicts: { resolved: 0, parked: 0 },
    };
    const text = await textOf(
      runPage(
        {
          ...run,
          tables: [table],
          notices: ["the table <log> was left out"],
          renumbered: [{ table: "t", side: "b", from: { id: 1n }, to: { id: 2n } }],
        },
        [],
        names,
      ),
    );
    expect(text).toContain("The table &lt;log&gt; was left out.");
    expect(text).toContain("t id=1 of b is now id=2");
    expect(text).toContain("−3");
    expect(text).toContain("Both sides are equal.");
  });
});
