import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../src/engine/request.ts";
import { manual } from "@sync/resolvers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { askHere } from "../src/engine/ask.ts";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import { callSync } from "../src/engine/sync.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { SignAnswer, SignRequest, TableSigned } from "../src/sqlite/pages/sign.ts";
import { makeDatabase, temporaryFolder } from "./databases.ts";
import { createTwin, pageRounds } from "./page-histories.ts";
import type { TwinOptions } from "./page-histories.ts";
import { pageWorkloads } from "./page-workload.ts";

/** More in a night: `SIGNED_RUNS=2000`. */
const HISTORIES = Number(process.env["SIGNED_RUNS"] ?? 20);

const hash = await loadPageHash();

/** In this process, which is not for anybody with locks to lose: here nobody else is. */
function facilitiesHere(): RunFacilities {
  return {
    ...createOwnFacilities(),
    pages: {
      sign: async (requests) =>
        requests.map((request) => {
          const answer = signDatabase(request, hash);
          if (request.written !== null) expectSameAsWhole(request, answer);
          return answer;
        }),
      follows: false,
      expect: () => undefined,
    },
  };
}

/** What is signed by the pages that a run wrote is what reading all pages gives. */
function expectSameAsWhole(request: SignRequest, answer: SignAnswer): void {
  const whole = signDatabase({ ...request, written: null }, hash);
  if (answer.type === "not-known" || whole.type === "not-known") {
    expect(answer.type).toBe(whole.type);
    return;
  }
  for (const [place, table] of answer.tables.entries()) {
    const wanted = whole.tables[place];
    if (wanted?.type !== "signed") continue;
    if (table.type === "signed-again") signedAgain++;
    expect(unitsOf(table)).toEqual(unitsOf(wanted));
  }
}

function unitsOf(table: TableSigned): unknown {
  return table.type === "not-known" ? table : { signature: table.signature, leaves: table.leaves };
}

let signedAgain = 0;

function by(scan: "pages" | "full"): () => TwinOptions {
  return () => ({
    scan,
    run: async (call, hooks, ask) => callSync(call, hooks, ask, facilitiesHere()),
  });
}

test(
  "runs that go by remembered pages do what runs do that compare every row",
  { timeout: 60_000 + 10_000 * HISTORIES },
  async () => {
    const seen = { runs: 0, byPages: 0, copied: 0, parked: 0, held: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, pageRounds, async (given, history) => {
        const folder = temporaryFolder();
        const work = { ...given, addColumn: false, repackB: false };
        const pages = createTwin(join(folder, "pages"), work, by("pages"));
        const full = createTwin(join(folder, "full"), work, by("full"));
        for (const round of history) {
          const [one, other] = [await pages.play(round), await full.play(round)];
          expect(one.outcome).toEqual(other.outcome);
          expect(pages.dump()).toEqual(full.dump());
          seen.runs++;
          if (one.result === null) continue;
          if (one.result.report.scan.method === "pages") seen.byPages++;
          for (const table of one.result.report.tables) {
            seen.copied += table.copied;
            seen.parked += table.conflicts.parked;
            seen.held += table.held;
          }
        }
      }),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    // The rest are dry runs, runs that were refused or stopped, and those after them.
    expect(seen.byPages / seen.runs).toBeGreaterThan(0.25);
    expect(signedAgain).toBeGreaterThan(HISTORIES / 4);
    for (const count of [seen.copied, seen.parked, seen.held]) {
      expect(count).toBeGreaterThan(HISTORIES / 20);
    }
  },
);

test("pages that auto-vacuum moves at the commit are not taken for those that stood there", async () => {
  const folder = temporaryFolder();
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  makeDatabase(pair.a, (db) => {
    db.pragma("auto_vacuum = full");
    db.exec(`CREATE TABLE t (k INTEGER PRIMARY KEY, v);
      WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      INSERT INTO t SELECT i, printf('%.*c', 500, 'x') FROM n`);
  });
  copyFileSync(pair.a, pair.b);
  const run = async (): Promise<RunResult> =>
    callSync(
      {
        pair,
        stateDir: join(folder, "state"),
        tables: null,
        dryRun: false,
        maxDeletePercent: 100,
        create: false,
        lineage: "accept",
        base: null,
        out: null,
        busyTimeoutMs: 1000,
        startedMs: 0,
        policy: { name: "manual", version: null },
        scan: "pages",
      },
      { onProgress: () => undefined, throwIfCancelled: () => undefined, onStep: () => undefined },
      askHere(manual, 0),
      // It compares what is signed by the pages that were written with what reading all pages gives.
      facilitiesHere(),
    );
  await run();
  makeDatabase(pair.a, (db) => db.exec("DELETE FROM t WHERE k BETWEEN 100 AND 180"));
  expect((await run()).report.scan.method).toBe("pages");
});
