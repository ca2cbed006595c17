import Database from "better-sqlite3";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HeldPair } from "../src/engine/live/held-pair.ts";
import { fileIdentity } from "../src/sqlite/files.ts";
import { createFollowers } from "../src/sqlite/pages/follow/followers.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { temporaryFolder } from "./databases.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair, TestSyncOptions } from "./sync-pair.ts";

const hash = await loadPageHash();

test("a deep tree that is emptied leaves nothing behind", () => {
  const path = join(temporaryFolder(), "a.db");
  const user = new Database(path);
  user.exec(`PRAGMA page_size = 512; PRAGMA journal_mode = WAL;
    CREATE TABLE t (id INTEGER PRIMARY KEY, v);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, hex(randomblob(30)) FROM n`);
  const followers = createFollowers(hash);
  const ask = (remembered: Uint8Array | null) => {
    user.exec("BEGIN");
    user.prepare("SELECT 1 FROM t").get();
    const answer = followers.answer({
      file: { path, identity: fileIdentity(path) },
      tables: [{ root: 2, key: null, keyIndex: null, remembered, leaves: null, wroteSince: false }],
      written: null,
      following: { session: "one", restedSigns: null },
    });
    user.exec("COMMIT");
    const [table] = answer.type === "signed" ? answer.tables : [];
    if (table?.type !== "signed") throw new Error("it was not told");
    return table;
  };
  const full = ask(null);
  expect(full.rows).toBe(20_000);
  user.exec("DELETE FROM t WHERE id > 10");
  const few = ask(full.signature);
  expect(few).toMatchObject({ rows: 10, rowsBefore: 20_000 });
  expect(few.gaps.some(({ from, to }) => from <= 15_000n && to >= 15_000n)).toBe(true);
  user.exec("DELETE FROM t");
  expect(ask(few.signature)).toMatchObject({ rows: 0, cleanRows: 0, isUnchanged: false });
  user.close();
});

describe("a followed pair that is disturbed", () => {
  let pair: TestPair;
  let held: HeldPair;
  /** Called once, right after the pages were read. */
  let onceRead: (() => void) | null;

  const run = async (options: TestSyncOptions = {}): Promise<string> => {
    const { report } = await held.run("", async (facilities) =>
      pair.sync({ scan: "pages", ...options }, facilities),
    );
    return report.scan.method;
  };

  beforeEach(async () => {
    onceRead = null;
    const rows = Array.from({ length: 500 }, (_, n) => `('key ${n}', ${n})`);
    pair = makePair(
      `CREATE TABLE word (k TEXT PRIMARY KEY, v); INSERT INTO word VALUES ${rows.join()}`,
      "wal",
    );
    const followers = createFollowers(hash);
    held = new HeldPair(
      { a: pair.a, b: pair.b },
      {
        idleMs: 0,
        syncFiles: () => Promise.resolve(),
        pages: {
          sign: (requests) => {
            const answers = requests.map(followers.answer);
            onceRead?.();
            onceRead = null;
            return Promise.resolve(answers);
          },
          start: () => undefined,
        },
        now: Date.now,
        random: () => 0.5,
      },
    );
    await run();
    await run();
  });

  afterEach(async () => {
    await held.close();
    pair.remove();
  });

  test("sees what was committed after the pages were read, and before the rows are", async () => {
    pair.edit("a", "UPDATE word SET v = -1 WHERE k = 'key 1'");
    onceRead = () => pair.edit("a", "UPDATE word SET v = -2 WHERE k = 'key 499'");
    expect(await run()).toBe("wal");
    expect(pair.rows("b", "SELECT v FROM word WHERE v < 0 ORDER BY v")).toEqual([
      { v: -2n },
      { v: -1n },
    ]);
  });

  test("sees a deletion though the run before wrote as many rows as are gone", async () => {
    pair.edit("a", "INSERT INTO word VALUES ('new', 0)");
    let isLate = false;
    const onStep = (step: string): void => {
      if (step !== "committed" || isLate) return;
      isLate = true;
      pair.edit("b", "UPDATE word SET v = -1 WHERE k = 'key 1'");
    };
    await run({ onStep });
    pair.edit("b", "DELETE FROM word WHERE k = 'key 400'");
    expect(await run()).toBe("wal");
    expect(pair.rows("a", "SELECT count(*) AS n FROM word")).toEqual([{ n: 500n }]);
    expect(pair.rows("a", "SELECT v FROM word WHERE k = 'key 1'")).toEqual([{ v: -1n }]);
  });

  test("goes by the log again at once, and takes over what came meanwhile", async () => {
    for (let n = 0; n < 5; n++) {
      pair.edit("a", `UPDATE word SET v = ${1000 + n} WHERE k = 'key 1'`);
      let isLate = false;
      const onStep = (step: string): void => {
        if (step !== "committed" || isLate) return;
        isLate = true;
        pair.edit("b", `UPDATE word SET v = ${2000 + n} WHERE k = 'key 300'`);
      };
      expect(await run({ onStep })).toBe("wal");
    }
    expect(await run()).toBe("wal");
    const both = (["a", "b"] as const).map((side) =>
      pair.rows(side, "SELECT * FROM word ORDER BY k"),
    );
    expect(both[0]).toEqual(both[1]);
    expect(pair.rows("a", "SELECT v FROM word WHERE k = 'key 300'")).toEqual([{ v: 2004n }]);
  });
});
