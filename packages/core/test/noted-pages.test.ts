import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, describe, expect, it, test } from "vitest";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import { readSigns } from "../src/engine/live/side-signs.ts";
import { callSync } from "../src/engine/sync.ts";
import { hashPages } from "../src/sqlite/pages/hash-pages.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import { locateState } from "../src/state/location.ts";
import { temporaryFolder } from "./databases.ts";
import { createTwin, pageRounds } from "./page-histories.ts";
import type { Round, TwinOptions } from "./page-histories.ts";
import { pageWorkloads } from "./page-workload.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

/** More in a night: `SIGNED_RUNS=2000`. */
const HISTORIES = Number(process.env["SIGNED_RUNS"] ?? 20);

const hash = await loadPageHash();

/** What the pages were asked. */
const asked = { signed: 0, same: 0, other: 0, noted: 0 };

/** Happens while pages are being noted. */
let meanwhile: () => void = () => undefined;

/** In this process, which is not for anybody with locks to lose: here nobody else is. */
function facilitiesHere(): RunFacilities {
  return {
    ...createOwnFacilities(),
    pages: {
      sign: async (requests) => {
        asked.signed++;
        return requests.map((request) => signDatabase(request, hash));
      },
      hash: async (requests) =>
        requests.map((request) => {
          if (request.remembered === null) meanwhile();
          const answer = hashPages(request, hash);
          if (request.remembered === null) asked.noted++;
          else if (answer.type === "hashed" && answer.areSame) asked.same++;
          else asked.other++;
          return answer;
        }),
      follows: false,
      expect: () => undefined,
    },
  };
}

function by(scan: "pages" | "full"): () => TwinOptions {
  return () => ({
    scan,
    run: async (call, hooks, ask) => callSync(call, hooks, ask, facilitiesHere()),
  });
}

/** The round without its edits. */
function calm(round: Round): Round {
  const nothing = { a: [], b: [], during: [], late: [], putBack: false, rests: false };
  return { ...round, ...nothing, dryRun: false, stopAt: null, direction: "two-way" };
}

test(
  "runs that go by noted pages do what runs do that compare every row",
  { timeout: 60_000 + 20_000 * HISTORIES },
  async () => {
    await fc.assert(
      fc.asyncProperty(pageWorkloads, pageRounds, async (given, history) => {
        const folder = temporaryFolder();
        const work = { ...given, addColumn: false, repackB: false };
        const pages = createTwin(join(folder, "pages"), work, by("pages"));
        const full = createTwin(join(folder, "full"), work, by("full"));
        for (const round of history.flatMap((one) => [one, calm(one), calm(one), calm(one)])) {
          const [one, other] = [await pages.play(round), await full.play(round)];
          expect(one.outcome).toEqual(other.outcome);
          expect(pages.dump()).toEqual(full.dump());
        }
      }),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    for (const count of [asked.noted, asked.same]) expect(count).toBeGreaterThan(HISTORIES);
  },
);

describe("pages that were noted", () => {
  let pair: TestPair;
  afterEach(() => pair.remove());

  const run = async () => (await pair.sync({ scan: "pages" }, facilitiesHere())).report;
  const state = (use: (db: Database.Database) => void): void => {
    const db = new Database(locateState(pair.stateDir, pair.a, pair.b).stateFile);
    use(db);
    db.close();
  };

  it("are read by the next run instead of going through the tables, and by no other", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    await run();
    await run();
    const before = { ...asked };
    expect(await run()).toMatchObject({ scan: { method: "pages", candidates: 0, notKnown: [] } });
    expect(asked).toEqual({ ...before, same: before.same + 2 });
    pair.edit("a", "UPDATE t SET v = 'y'");
    expect(await run()).toMatchObject({ tables: [{ copied: 1 }] });
    // The times told that reading all pages would be in vain.
    expect(asked.same + asked.other).toBe(before.same + 2);
  });

  it("are told from others where times say nothing", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    await run();
    await run();
    pair.edit("a", "UPDATE t SET v = 'y'");
    believeTimes();
    const { other } = asked;
    expect(await run()).toMatchObject({ tables: [{ copied: 1 }] });
    expect(asked.other).toBe(other + 1);
    expect(pair.rows("b", "SELECT v FROM t")).toEqual([{ v: "y" }]);
  });

  it("say nothing once the tables were remembered anew, though they came back byte for byte", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    await run();
    await run();
    const copies = (["a", "b"] as const).map((side) => [pair[side], `${pair[side]}.old`]);
    for (const [path = "", copy = ""] of copies) copyFileSync(path, copy);
    pair.edit("a", "UPDATE t SET v = 'y'");
    await run();
    for (const [path = "", copy = ""] of copies) copyFileSync(copy, path);
    believeTimes();
    // Both went back to what they held when the pages were noted, and the base has another value since.
    expect(await run()).toMatchObject({ tables: [{ agreed: 1 }] });
  });

  it("are not noted where somebody commits meanwhile", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    await run();
    meanwhile = () => pair.edit("b", "UPDATE t SET v = 'y'");
    await run();
    meanwhile = () => undefined;
    believeTimes();
    expect(await run()).toMatchObject({ tables: [{ copied: 1 }] });
    expect(pair.rows("a", "SELECT v FROM t")).toEqual([{ v: "y" }]);
  });

  /** As if the files had been written to in the very moment in which they were noted. */
  function believeTimes(): void {
    const signs = (side: "a" | "b"): string => {
      const { main, wal } = readSigns(pair[side]);
      return `${main} ${wal}`;
    };
    state((db) =>
      db
        .prepare("UPDATE sync_page_hashes SET signs_a = ?, signs_b = ?")
        .run(signs("a"), signs("b")),
    );
  }
});
