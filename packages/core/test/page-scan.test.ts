import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collected, makeDatabase, temporaryFolder } from "./databases.ts";
import { diffDatabases, diffPatch, diffRows } from "../src/engine/diff.ts";
import type { ScanPages } from "../src/sqlite/pages/page-scanner.ts";
import { scanPair } from "../src/sqlite/pages/scan.ts";
import { WORKLOADS, WORKLOAD_RUNS, buildWorkload, pageWorkloads } from "./page-workload.ts";
import type { BuiltWorkload } from "./page-workload.ts";

/** In this process, which is not for anybody with locks to lose: here nobody else is. */
const scanHere: ScanPages = (request) => Promise.resolve(scanPair(request));

async function everything(pair: BuiltWorkload, scanPages?: ScanPages): Promise<unknown> {
  const options = scanPages === undefined ? {} : { scanPages };
  const { scan: _, ...report } = await diffDatabases(pair, options);
  const rows = await collected(diffRows(pair, options));
  return { report, rows, patch: await collected(diffPatch(pair, options)) };
}

test(
  "reading pages finds what comparing every row finds, whatever was done to the files",
  { timeout: 60_000 + 2000 * WORKLOADS },
  async () => {
    const folder = temporaryFolder();
    const seen = { tables: 0, all: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, async (work) => {
        const pair = buildWorkload(work, folder);
        try {
          const full = await everything(pair);
          expect(await everything(pair, scanHere)).toEqual(full);
          const { scan, tables } = await diffDatabases(pair, { scanPages: scanHere });
          seen.all += tables.length;
          if (scan.method === "pages") seen.tables += tables.length - scan.notKnown.length;
        } finally {
          pair.close();
        }
      }),
      WORKLOAD_RUNS,
    );
    // "Don't know" is always right: it must not be what the test tests.
    expect(seen.tables / seen.all).toBeGreaterThan(0.75);
  },
);

describe("what happens while pages are read", () => {
  const ROWS =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x'), (2, 'y')";

  function makePair(mode: string): { a: string; b: string } {
    const folder = temporaryFolder();
    const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
    makeDatabase(a, (db) => db.exec(`PRAGMA journal_mode = ${mode}; ${ROWS}`));
    copyFileSync(a, b);
    return { a, b };
  }

  test.each(["before", "after"])(
    "a commit %s the scan is noticed, and every row compared as it is then",
    async (moment) => {
      const pair = makePair("wal");
      const writer = new Database(pair.a);
      const write = (): void => void writer.exec("UPDATE t SET v = 'z' WHERE id = 2");
      const { scan, tables } = await diffDatabases(pair, {
        scanPages: async (request) => {
          if (moment === "before") write();
          const answer = await scanHere(request);
          if (moment === "after") write();
          return answer;
        },
      });
      writer.close();
      expect(scan).toMatchObject({
        method: "full",
        notKnown: [{ table: null, reason: "another program wrote meanwhile" }],
      });
      expect(tables).toMatchObject([{ changed: 1, same: 1 }]);
    },
  );

  test("a table that is made meanwhile on both sides is compared, too", async () => {
    const pair = makePair("wal");
    const { tables } = await diffDatabases(pair, {
      scanPages: async (request) => {
        for (const path of [pair.a, pair.b])
          makeDatabase(path, (db) => db.exec("CREATE TABLE u (x)"));
        return scanHere(request);
      },
    });
    expect(tables.map(({ table }) => table)).toEqual(["t", "u"]);
  });

  test("a checkpoint changes nothing", async () => {
    const pair = makePair("wal");
    const writer = new Database(pair.a);
    writer.exec("UPDATE t SET v = 'z' WHERE id = 2");
    const { scan, tables } = await diffDatabases(pair, {
      scanPages: async (request) => {
        writer.pragma("wal_checkpoint(PASSIVE)");
        return scanHere(request);
      },
    });
    writer.close();
    expect(scan.method).toBe("pages");
    expect(tables).toMatchObject([{ changed: 1, same: 1 }]);
  });

  test("another file in the place of one is not read", async () => {
    const pair = makePair("delete");
    const { scan, same } = await diffDatabases(pair, {
      scanPages: async (request) => {
        const other = makeDatabase(`${pair.b}.other`, (db) => db.exec(ROWS.replace("y", "z")));
        renameSync(other, pair.b);
        return scanHere(request);
      },
    });
    expect(scan.notKnown).toEqual([{ table: null, reason: "another file was put in its place" }]);
    expect(same).toBe(true);
  });
});
