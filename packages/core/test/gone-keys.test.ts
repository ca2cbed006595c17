import Database from "better-sqlite3";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import { HeldPair } from "../src/engine/live/held-pair.ts";
import type { RunResult } from "../src/engine/request.ts";
import { fileIdentity } from "../src/sqlite/files.ts";
import { createFollowers } from "../src/sqlite/pages/follow/followers.ts";
import { decodeKeys } from "../src/sqlite/pages/keys.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type {
  SignAnswer,
  SignRequest,
  TableSigned,
  TableToSign,
} from "../src/sqlite/pages/sign.ts";
import { temporaryFolder } from "./databases.ts";
import { plansDuring, readsLargeTable } from "./statement-plans.ts";
import type { PlanStep } from "./statement-plans.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const hash = await loadPageHash();

const answerAlone = (request: SignRequest): SignAnswer => signDatabase(request, hash);

const ROWS = `WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)`;

/** A table of each kind whose key is in the order of some tree that is not that of the rowids. */
const KINDS: Readonly<Record<string, string>> = {
  "a text key": `CREATE TABLE t (k TEXT PRIMARY KEY, v);
    ${ROWS} INSERT INTO t SELECT printf('key %06d', i * 7919 % 20011), i FROM n`,
  "a unique index": `CREATE TABLE t (v, k TEXT NOT NULL); CREATE UNIQUE INDEX u ON t (k COLLATE NOCASE);
    ${ROWS} INSERT INTO t SELECT i, printf('Key %06d', i) FROM n`,
  "a key of two columns": `CREATE TABLE t (k TEXT NOT NULL, v, n INT NOT NULL, PRIMARY KEY (n, k));
    ${ROWS} INSERT INTO t SELECT printf('key %06d', i), i, i % 10 FROM n`,
  "a key of two columns that take NULL": `CREATE TABLE t (k TEXT, v, n INT, PRIMARY KEY (n, k));
    ${ROWS} INSERT INTO t SELECT printf('key %06d', i), i, i % 10 FROM n`,
  "WITHOUT ROWID": `CREATE TABLE t (k TEXT, n INT, v, PRIMARY KEY (n, k)) WITHOUT ROWID;
    ${ROWS} INSERT INTO t SELECT printf('key %06d', i), i % 10, i FROM n`,
};

describe.each(Object.entries(KINDS))("rows that are gone from a table with %s", (_kind, schema) => {
  test.each(["pages", "wal"] as const)("are looked for where they were, by %s", async (method) => {
    const { pair, run } = startPair(schema, method);
    await run();
    await run();
    // Whether there is NULL in some key is known from then on.
    pair.edit("a", "UPDATE t SET v = -v WHERE v = 5");
    await run();
    pair.edit("a", "DELETE FROM t WHERE v IN (700, 701, 15000)");
    let found = "";
    const plans = await plansDuring(async () => {
      const { report } = await run();
      found = report.scan.method;
      expect(report.tables[0]?.toB.deleted).toBe(3);
    });
    expect(found).toBe(method);
    const large = plans.filter(readsLargeTable);
    const isBounded = ({ sql }: PlanStep): boolean => / LIMIT \d+\)|WHERE 0$|"bag:t"/.test(sql);
    const scans = large.filter((step) => step.detail.startsWith("SCAN") && !isBounded(step));
    expect(scans).toEqual([]);
    const ranges = large.filter(({ detail }) => /^SEARCH o USING .*>.* AND .*</.test(detail));
    expect(ranges).not.toEqual([]);
  });
});

test.each(["pages", "wal"] as const)(
  "a row with NULL in its key is seen, though there was none before, by %s",
  async (method) => {
    const { pair, run } = startPair(KINDS["a key of two columns that take NULL"] ?? "", method);
    await run();
    for (const v of [5, 6]) {
      pair.edit("a", `UPDATE t SET v = -v WHERE v = ${v}`);
      await run();
    }
    pair.edit("a", "INSERT INTO t VALUES (NULL, 'first', 3), ('key', 'second', NULL)");
    expect((await run()).report.tables[0]?.toB.inserted).toBe(2);
    pair.edit("b", "DELETE FROM t WHERE k IS NULL");
    expect((await run()).report.tables[0]?.toA.deleted).toBe(1);
    expect(pair.rows("a", "SELECT v FROM t WHERE k IS NULL OR n IS NULL")).toEqual([
      { v: "second" },
    ]);
  },
);

test("rows that are gone from a table with a descending index for a key are found", async () => {
  const { pair, run } = startPair(
    `CREATE TABLE t (v, k TEXT NOT NULL); CREATE UNIQUE INDEX u ON t (k DESC);
     ${ROWS} INSERT INTO t SELECT i, printf('key %06d', i) FROM n`,
    "pages",
  );
  await run();
  await run();
  pair.edit("a", "DELETE FROM t WHERE v IN (700, 701, 15000)");
  const { report } = await run();
  expect(report.scan.method).toBe("pages");
  expect(report.tables[0]?.toB.deleted).toBe(3);
});

/** A pair of databases, and runs over it that go by its pages or by its logs. */
function startPair(
  schema: string,
  method: "pages" | "wal",
): { readonly pair: TestPair; readonly run: () => Promise<RunResult> } {
  const pair = makePair(schema);
  // In this process, which has no locks of anybody to lose.
  const answer = method === "wal" ? createFollowers(hash).answer : answerAlone;
  const sign = async (requests: readonly SignRequest[]): Promise<SignAnswer[]> =>
    Promise.resolve(requests.map(answer));
  const held = new HeldPair(pair, {
    idleMs: 0,
    now: Date.now,
    random: () => 0.5,
    pages: { sign, start: () => undefined },
    syncFiles: async () => Promise.resolve(),
  });
  onTestFinished(async () => {
    await held.close();
    pair.remove();
  });
  const alone = { sign, follows: false, expect: () => undefined };
  const run = async (): Promise<RunResult> =>
    method === "wal"
      ? held.run("", async (facilities) => pair.sync({ scan: "pages" }, facilities))
      : pair.sync({ scan: "pages" }, { ...createOwnFacilities(), pages: alone });
  return { pair, run };
}

/** Asks again and again about one table with a text key. */
function asker(answer: (request: SignRequest) => SignAnswer) {
  const path = join(temporaryFolder(), "a.db");
  const user = new Database(path);
  onTestFinished(() => void user.close());
  user.exec(`PRAGMA journal_mode = WAL; ${KINDS["a text key"] ?? ""}`);
  const rootOf = (type: string): number =>
    user.prepare("SELECT rootpage FROM sqlite_schema WHERE type = ?").pluck().get(type) as number;
  const table = { root: rootOf("table"), key: null, keyIndex: { root: rootOf("index"), parts: 1 } };
  const ask = (known: Pick<TableToSign, "remembered"> & Partial<TableToSign>) => {
    user.exec("BEGIN");
    user.prepare("SELECT 1 FROM t").get();
    const told = answer({
      file: { path, identity: fileIdentity(path) },
      tables: [{ ...table, leaves: null, wroteSince: false, ...known }],
      written: null,
      following: { session: "one", restedSigns: null },
    });
    user.exec("COMMIT");
    const [signed] = told.type === "signed" ? told.tables : [];
    if (signed?.type !== "signed") throw new Error("it was not told");
    return signed;
  };
  return { user, ask };
}

function keysIn({ keyGaps }: TableSigned & { readonly type: "signed" }): string[][] {
  const textOf = (key: Uint8Array | null): string => {
    const [[value] = []] = key === null ? [] : decodeKeys(key, 1);
    const text = value !== null && typeof value === "object" && "text" in value ? value.text : [];
    return Buffer.from(text).toString();
  };
  return (keyGaps ?? []).map(({ after, before }) => [textOf(after), textOf(before)]);
}

describe.each([
  ["read", answerAlone],
  ["followed", createFollowers(hash).answer],
] as const)("the range of a key that is gone from a file that is %s", (_how, answer) => {
  test("lies between its neighbours", () => {
    const { user, ask } = asker(answer);
    const first = ask({ remembered: null });
    expect(first.keyGaps).toBeNull();
    user.exec("DELETE FROM t WHERE k = 'key 010000'");
    const [[after = "", before = ""] = [], ...more] = keysIn(ask({ remembered: first.signature }));
    expect(more).toEqual([]);
    expect([after, "key 010000", before]).toEqual([after, "key 010000", before].toSorted());
    expect(Number(before.slice(4)) - Number(after.slice(4))).toBeLessThan(500);
  });

  test("is open at the ends of the tree", () => {
    const { user, ask } = asker(answer);
    const first = ask({ remembered: null });
    user.exec("DELETE FROM t WHERE k IN ((SELECT min(k) FROM t), (SELECT max(k) FROM t))");
    const ranges = keysIn(ask({ remembered: first.signature }));
    expect(ranges.map(([after]) => after)).toContain("");
    expect(ranges.map(([, before]) => before)).toContain("");
    expect(ranges).toHaveLength(2);
  });

  test("holds what is gone beside leaves that stand elsewhere by now", () => {
    const { user, ask } = asker(answer);
    const keys = (): string[] => user.prepare<[], string>("SELECT k FROM t").pluck().all();
    const before = keys();
    const first = ask({ remembered: null });
    // Leaves that were emptied are given out again at the end, and those beside them lost rows as well.
    user.exec(`DELETE FROM t WHERE k BETWEEN 'key 010000' AND 'key 011000';
      DELETE FROM t WHERE k BETWEEN 'key 009000' AND 'key 012000' AND v % 7 = 0;
      ${ROWS} INSERT INTO t SELECT printf('later %06d', i), i FROM n LIMIT 3000`);
    const left = new Set(keys());
    const ranges = keysIn(ask({ remembered: first.signature }));
    const isIn = (key: string): boolean =>
      ranges.some(([from = "", to = ""]) => from < key && (to === "" || key < to));
    const gone = before.filter((key) => !left.has(key));
    expect(gone.length).toBeGreaterThan(1000);
    expect(gone.filter((key) => !isIn(key))).toEqual([]);
  });

  test("is not needed where only other columns changed", () => {
    const { user, ask } = asker(answer);
    const first = ask({ remembered: null });
    user.exec("UPDATE t SET v = -1 WHERE k = 'key 010000'");
    const second = ask({ remembered: first.signature });
    expect(second).toMatchObject({ keyGaps: [], isUnchanged: false });
  });
});

test("pages that look as they did tell nothing where the asker itself may have written in between", () => {
  const { user, ask } = asker(createFollowers(hash).answer);
  user.pragma("journal_mode = DELETE");
  const first = ask({ remembered: null });
  const second = ask({ remembered: first.signature });
  expect(second.changed).not.toBeNull();
  // Nobody says what happened to the file meanwhile.
  const third = ask({ remembered: second.signature, wroteSince: true });
  expect(third.changed).toBeNull();
  expect(ask({ remembered: third.signature }).changed).not.toBeNull();
});
