import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import { HeldPair } from "../src/engine/live/held-pair.ts";
import { callSync } from "../src/engine/sync.ts";
import { createFollowers } from "../src/sqlite/pages/follow/followers.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { temporaryFolder } from "./databases.ts";
import { createTwin, pageRounds } from "./page-histories.ts";
import type { TwinOptions } from "./page-histories.ts";
import { pageWorkloads } from "./page-workload.ts";

/** More in a night: `FOLLOWED_RUNS=2000`. */
const HISTORIES = Number(process.env["FOLLOWED_RUNS"] ?? 20);

const hash = await loadPageHash();
const IDLE_MS = 1000;

/** Compares every row, each run for itself. */
function byRows(): TwinOptions {
  return {
    scan: "full",
    isHeld: true,
    run: async (call, hooks, ask) => callSync(call, hooks, ask, createOwnFacilities()),
  };
}

/** A held pair that is followed in this process, which is not for anybody with locks to lose: here nobody else is. */
function byLog(pair: { readonly a: string; readonly b: string }): TwinOptions & {
  readonly end: () => Promise<void>;
} {
  let during: (() => void) | null = null;
  let laterMs = 0;
  let isAfter = false;
  const followers = createFollowers(hash);
  const held = new HeldPair(pair, {
    idleMs: IDLE_MS,
    syncFiles: () => Promise.resolve(),
    pages: {
      sign: (requests) => {
        const work = during;
        during = null;
        // Every other time once the pages were read.
        isAfter = !isAfter;
        if (!isAfter) work?.();
        const answers = requests.map(followers.answer);
        if (isAfter) work?.();
        return Promise.resolve(answers);
      },
      start: () => undefined,
    },
    now: () => Date.now() + laterMs,
    random: () => 0.5,
  });
  return {
    scan: "pages",
    isHeld: true,
    run: async (call, hooks, ask) => {
      // A dry run is not one of the held pair's.
      const work = during;
      if (call.dryRun) {
        during = null;
        work?.();
        return callSync(call, hooks, ask, createOwnFacilities());
      }
      try {
        return await held.run("", async (facilities) => callSync(call, hooks, ask, facilities));
      } finally {
        during?.();
        during = null;
      }
    },
    setDuring: (work) => {
      during = work;
    },
    rest: async () => {
      for (let look = 0; look < 2; look++) {
        laterMs += 10 * IDLE_MS;
        held.tidy();
        await held.run("", () => Promise.resolve());
      }
    },
    end: async () => held.close(),
  };
}

test(
  "runs that go by the logs do what runs do that compare every row",
  { timeout: 60_000 + 10_000 * HISTORIES },
  async () => {
    const seen = { runs: 0, byLog: 0, byPages: 0, copied: 0, parked: 0, held: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, pageRounds, fc.nat(3), async (given, history, journals) => {
        const folder = temporaryFolder();
        const inWal = { journals: { a: "wal", b: "wal" } } as const;
        const work = { ...given, ...(journals > 0 ? inWal : {}), addColumn: false, repackB: false };
        let end = (): Promise<void> => Promise.resolve();
        const followed = createTwin(join(folder, "followed"), work, (pair) => {
          const options = byLog(pair);
          ({ end } = options);
          return options;
        });
        const full = createTwin(join(folder, "full"), work, byRows);
        for (const round of history) {
          const [one, other] = [await followed.play(round), await full.play(round)];
          expect(one.outcome).toEqual(other.outcome);
          expect(followed.dump()).toEqual(full.dump());
          seen.runs++;
          if (one.result === null) continue;
          const { scan, tables } = one.result.report;
          if (scan.method === "wal") seen.byLog++;
          if (scan.method === "pages") seen.byPages++;
          for (const table of tables) {
            seen.copied += table.copied;
            seen.parked += table.conflicts.parked;
            seen.held += table.held;
          }
        }
        followed.close();
        full.close();
        await end();
      }),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    // First runs, dry ones, those in rollback mode and those after a file was closed are none.
    expect(seen.byLog / seen.runs).toBeGreaterThan(0.1);
    expect(seen.byPages).toBeGreaterThan(0);
    for (const count of [seen.copied, seen.parked, seen.held]) {
      expect(count).toBeGreaterThan(HISTORIES / 20);
    }
  },
);
