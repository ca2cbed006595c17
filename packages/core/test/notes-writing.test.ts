import Database from "better-sqlite3";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dumpSchema } from "./databases.ts";
import { inboxOf } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

describe("ON CONFLICT clauses of a table", () => {
  it.each(["REPLACE", "IGNORE", "ROLLBACK", "FAIL", "ABORT"])(
    "do not act: %s deletes no row, skips none and ends no transaction",
    async (clause) => {
      pair =
        makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT ${clause}, n INT NOT NULL ON CONFLICT ${clause} DEFAULT 7, low AS (lower(u)));
      CREATE UNIQUE INDEX low ON t (low); INSERT INTO t (id, u, n) VALUES (1, 'a', 1), (2, 'b', 1)`);
      await pair.sync();
      pair.edit(
        "a",
        "INSERT INTO t (id, u, n) VALUES (10, 'same', 1), (11, 'New', 1), (12, 'fine', 1)",
      );
      pair.edit("b", "INSERT INTO t (id, u, n) VALUES (20, 'same', 1), (21, 'NEW', 1)");
      const { report } = await pair.sync();
      expect(report.tables[0]).toMatchObject({ copied: 1, conflicts: { parked: 4 } });
      expect(
        pair
          .rows("b", "SELECT id FROM t ORDER BY 1")
          .map((row) => Number((row as { id: bigint }).id)),
      ).toEqual([1, 2, 12, 20, 21]);
    },
  );

  it.each(["REPLACE", "IGNORE", "ROLLBACK", "FAIL"])(
    "do not act where nobody could foresee the collision, in a generated column: %s",
    async (clause) => {
      pair =
        makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, low TEXT AS (lower(v)) STORED UNIQUE ON CONFLICT ${clause});
        INSERT INTO t (id, v) VALUES (1, 'x')`);
      await pair.sync();
      pair.edit("a", "INSERT INTO t (id, v) VALUES (10, 'New'), (12, 'fine')");
      pair.edit("b", "INSERT INTO t (id, v) VALUES (20, 'NEW')");
      const { report } = await pair.sync();
      expect(report.tables[0]).toMatchObject({ copied: 1, conflicts: { parked: 2 } });
      expect(pair.rows("a", "SELECT v FROM t ORDER BY id")).toEqual([
        { v: "x" },
        { v: "New" },
        { v: "fine" },
      ]);
      expect(pair.rows("b", "SELECT v FROM t ORDER BY id")).toEqual([
        { v: "x" },
        { v: "fine" },
        { v: "NEW" },
      ]);
    },
  );
});

const LOGGED = `CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE log (id INTEGER PRIMARY KEY, what);
  CREATE VIRTUAL TABLE words USING fts5 (v, content = 't', content_rowid = 'id');
  CREATE TRIGGER zz AFTER INSERT ON t BEGIN INSERT INTO log (what) VALUES ('zz ' || new.v); END;
  CREATE TRIGGER feed AFTER INSERT ON t BEGIN INSERT INTO words (rowid, v) VALUES (new.id, new.v); END;
  CREATE TRIGGER IF NOT EXISTS "on" AFTER INSERT ON main.t BEGIN INSERT INTO log (what) VALUES ('on ' || new.v); END;
  CREATE TEMP TRIGGER passing AFTER INSERT ON t BEGIN SELECT 1; END;
  CREATE TRIGGER aa AFTER INSERT ON "t" BEGIN INSERT INTO log (what) VALUES ('aa ' || new.v); END`;

describe.each(["wal", "delete"])("triggers in %s mode", (mode) => {
  it("are as they were after a run: text, order in the schema, order of firing", async () => {
    pair = makePair(LOGGED, mode);
    // Only `ON main.t` becomes `ON t`: it could not be created again otherwise.
    const schema = (): string => JSON.stringify(dumpSchema(pair.b)).replace("main.t", "t");
    const untouched = schema();
    pair.edit("a", "INSERT INTO t (v) VALUES ('first')");
    await pair.sync();
    expect(schema()).toEqual(untouched);
    expect(
      pair.rows("b", "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"),
    ).toEqual(
      pair.rows("a", "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"),
    );
    const fires = (side: "a" | "b"): unknown[] => {
      pair.edit(side, "DELETE FROM log; INSERT INTO t (v) VALUES ('fired')");
      return pair.rows(side, "SELECT what FROM log ORDER BY id");
    };
    expect(fires("b")).toEqual(fires("a"));
  });

  it("do not fire for rows whose effects are synced, and do where they only feed an index", async () => {
    pair = makePair(LOGGED, mode);
    await pair.sync();
    pair.edit("a", "INSERT INTO t (v) VALUES ('apple')");
    await pair.sync();
    expect(pair.rows("b", "SELECT count(*) AS n FROM log")).toEqual([{ n: 3n }]);
    expect(pair.rows("b", "SELECT rowid FROM words WHERE words MATCH 'apple'")).toEqual([
      { rowid: 1n },
    ]);
    pair.edit("b", "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)");
  });

  it("are put back when the run fails under way", async () => {
    pair = makePair(LOGGED, mode);
    await pair.sync();
    const untouched = dumpSchema(pair.b);
    pair.edit("a", "INSERT INTO t (v) VALUES ('apple')");
    const failing = (step: string): void => {
      if (step === "written") throw new Error("stopped");
    };
    await expect(pair.sync({ onStep: failing })).rejects.toThrow("stopped");
    expect(dumpSchema(pair.b)).toEqual(untouched);
    expect(pair.rows("b", "SELECT * FROM t")).toEqual([]);
  });

  it("that raise do not keep a row from arriving", async () => {
    pair = makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
      CREATE TRIGGER no BEFORE INSERT ON t WHEN new.v = 'no' BEGIN SELECT RAISE(ROLLBACK, 'no'); END`,
      mode,
    );
    await pair.sync();
    pair.edit("a", "DROP TRIGGER no; INSERT INTO t VALUES (1, 'no')");
    await pair.sync();
    expect(pair.rows("b", "SELECT v FROM t")).toEqual([{ v: "no" }]);
  });

  it("leave other connections' open cursors and statements alive", async () => {
    pair = makePair(`${LOGGED}; INSERT INTO t (v) VALUES ('one'), ('two')`, mode);
    await pair.sync();
    pair.edit("a", "INSERT INTO t (v) VALUES ('apple')");
    const application = pair.open("b");
    const cursor =
      mode === "wal" ? application.prepare("SELECT v FROM t ORDER BY id").pluck().iterate() : null;
    const prepared = application.prepare("SELECT count(*) FROM t").pluck();
    expect(cursor?.next().value ?? "one").toBe("one");
    await pair.sync();
    expect(cursor === null ? ["two"] : [...cursor]).toEqual(["two"]);
    expect(prepared.get()).toBe(3);
  });
});

describe.each(["wal", "delete"])(
  "the mark of a decision that must not be made twice, in %s mode",
  (mode) => {
    const cookie = (side: "a" | "b"): number => {
      const db = new Database(pair[side], { readonly: true });
      const version = db.pragma("schema_version", { simple: true }) as number;
      db.close();
      return version;
    };
    const sum = policyOf(() => ({ type: "write", row: { v: 99n } }));

    async function conflictingPair(): Promise<void> {
      pair = makePair(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 0)",
        mode,
      );
      await pair.sync();
      pair.edit("a", "UPDATE t SET v = 1");
      pair.edit("b", "UPDATE t SET v = 2");
    }

    it("moves the schema cookie far away where the run commits, and leaves nothing else", async () => {
      await conflictingPair();
      const before = [cookie("a"), cookie("b")];
      const schema = dumpSchema(pair.a);
      await pair.sync({ policy: sum });
      expect(Math.abs(cookie("a") - (before[0] ?? 0))).toBeGreaterThan(100_000);
      expect(Math.abs(cookie("b") - (before[1] ?? 0))).toBeGreaterThan(100_000);
      expect(dumpSchema(pair.a)).toEqual(schema);
      expect(pair.rows("a", "SELECT v FROM t")).toEqual([{ v: 99n }]);
    });

    it("is seen by programs that have the file open", async () => {
      await conflictingPair();
      const user = pair.open("a");
      const prepared = user.prepare("SELECT v FROM t");
      expect(prepared.get()).toEqual({ v: 1 });
      await pair.sync({ policy: sum });
      expect(prepared.get()).toEqual({ v: 99 });
      user.exec("CREATE INDEX later ON t (v)");
      expect(user.pragma("integrity_check", { simple: true })).toBe("ok");
    });

    it("leaves no doubt where the run could not lock: the decision is made by the next one", async () => {
      await conflictingPair();
      const user = pair.open("b");
      user.exec("BEGIN IMMEDIATE");
      await expect(pair.sync({ policy: sum, busyTimeoutMs: 10 })).rejects.toMatchObject({
        code: "SYNC_LOCKED",
      });
      // The cookie moves for another reason.
      user.exec("ROLLBACK; CREATE INDEX i ON t (v)");
      expect((await pair.sync({ policy: sum })).report.conflicts).toEqual({
        resolved: 1,
        parked: 0,
      });
    });

    it("moves nothing where the run does not commit, nor where a side's value is taken", async () => {
      await conflictingPair();
      const before = [cookie("a"), cookie("b")];
      const failing = (step: string): void => {
        if (step === "verified") throw new Error("stopped");
      };
      await expect(pair.sync({ policy: sum, onStep: failing })).rejects.toThrow("stopped");
      expect([cookie("a"), cookie("b")]).toEqual(before);
      await pair.sync({ policy: PREFER_A });
      expect([cookie("a"), cookie("b")]).toEqual(before);
    });
  },
);

it("ON DELETE and ON UPDATE actions do not happen on our connection, also for tables that are not chosen", async () => {
  pair =
    makePair(`CREATE TABLE p (id INTEGER PRIMARY KEY, v); CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
    INSERT INTO p VALUES (1, 'x'), (2, 'x'); INSERT INTO c VALUES (1, 1), (2, 2)`);
  await pair.sync();
  pair.edit("a", "PRAGMA foreign_keys = OFF; DELETE FROM p WHERE id = 1");
  await pair.sync({ tables: ["p"] });
  expect(pair.rows("b", "SELECT count(*) AS n FROM c")).toEqual([{ n: 2n }]);
});

it("a value that a policy takes from a side is moved exactly, though a policy cannot see it so", async () => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v, w, x); INSERT INTO t VALUES (1, 0, 0, 0)",
  );
  await pair.sync();
  pair.edit("a", "UPDATE t SET v = CAST(X'FFFE00C3' AS TEXT), w = 9e999");
  pair.edit("b", "UPDATE t SET v = 'other', x = -9223372036854775808.0");
  await pair.sync({ policy: PREFER_A });
  const exact =
    "SELECT typeof(v) AS tv, hex(v) AS v, typeof(w) AS tw, w, typeof(x) AS tx, x FROM t";
  expect(pair.rows("b", exact)).toEqual(pair.rows("a", exact));
  expect(pair.rows("b", exact)).toEqual([
    { tv: "text", v: "FFFE00C3", tw: "real", w: Infinity, tx: "real", x: -(2 ** 63) },
  ]);
  expect(inboxOf(pair)).toEqual([]);
});

it("databases of page sizes 512, 4096 and 65536 sync", async () => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, randomblob(9000))",
    "delete",
  );
  for (const [side, size] of [
    ["a", 512],
    ["b", 65536],
  ] as const)
    pair.edit(side, `PRAGMA page_size = ${size}; VACUUM`);
  pair.edit("a", "UPDATE t SET v = zeroblob(70000)");
  await pair.sync({ policy: PREFER_A });
  expect(pair.rows("b", "SELECT length(v) AS n FROM t")).toEqual([{ n: 70000n }]);
  expect([pair.rows("a", "PRAGMA page_size"), pair.rows("b", "PRAGMA page_size")]).toEqual([
    [{ page_size: 512n }],
    [{ page_size: 65536n }],
  ]);
});
