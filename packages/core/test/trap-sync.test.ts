import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { dumpDatabase, integrityOf } from "@sync/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askHere } from "../src/engine/ask.ts";
import { callSync } from "../src/engine/sync.ts";
import type { RunResult } from "../src/engine/request.ts";
import { TRAPS } from "./trap-table.ts";

/** Decides where both sides made a row without a base; everything else must not need a decision. */
const PREFER_B = {
  name: "prefer-b",
  decide: () => ({ type: "take" as const, side: "b" as const }),
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sync-trap-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (side: string): string => join(folder, `${side}.db`);

function make(side: string, build: (db: Database.Database) => void): void {
  const db = new Database(path(side));
  build(db);
  db.close();
}

/** Everything in a side; names in lower case, since two sides may write theirs differently. */
function content(side: string): unknown {
  const lower = (record: object): object =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
  const dump = lower(dumpDatabase(path(side))) as Record<string, object[]>;
  return Object.fromEntries(Object.entries(dump).map(([table, rows]) => [table, rows.map(lower)]));
}

/** What SQLite finds wrong with a side, search indexes that do not say what their content says included. */
function faults(side: string): readonly string[] {
  const { problems, foreignKeys, staleIndexes } = integrityOf(path(side));
  return [...problems, ...foreignKeys, ...staleIndexes.map((name) => `${name} is stale`)];
}

async function sync(): Promise<RunResult> {
  return callSync(
    {
      pair: { a: path("a"), b: path("b") },
      stateDir: join(folder, "state"),
      tables: null,
      dryRun: false,
      maxDeletePercent: 100,
      create: false,
      lineage: null,
      base: path("base"),
      out: null,
      busyTimeoutMs: 1000,
      startedMs: 1_700_000_000_000,
      policy: { name: "prefer-b", version: null },
    },
    { onProgress: () => undefined, throwIfCancelled: () => undefined, onStep: () => undefined },
    askHere(PREFER_B, 1_700_000_000_000),
  );
}

describe.each(TRAPS.map((trap) => [trap.name, trap] as const))("the trap: %s", (_, trap) => {
  it("is synchronized exactly", async () => {
    make("base", trap.aEdits ? trap.base : trap.a);
    make("a", trap.a);
    make("b", trap.b);
    const before = content("b");
    const wrong = [...faults("a"), ...faults("b")];
    const { report } = await sync();
    expect(report.conflicts.parked).toBe(0);
    for (const side of ["a", "b"]) expect(wrong).toEqual(expect.arrayContaining([...faults(side)]));
    expect(content("a")).toEqual(content("b"));
    if (!trap.aEdits) expect(content("b")).toEqual(before);
    const again = await sync();
    expect(
      again.report.tables.every(({ toA, toB }) =>
        [toA, toB].every((side) => side.inserted + side.updated + side.deleted === 0),
      ),
    ).toBe(true);
  });
});
