import type Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileIdentity } from "../src/sqlite/files.ts";
import { pagesInJournal } from "../src/sqlite/pages/journal-pages.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { TableSigned, TableToSign } from "../src/sqlite/pages/sign.ts";
import type { WrittenPages } from "../src/sqlite/pages/sign-written.ts";
import { temporaryFolder } from "./databases.ts";
import {
  applyPageEdits,
  buildWorkload,
  openAsUser,
  pageEdits,
  pageWorkloads,
} from "./page-workload.ts";
import type { PageEdit, PageWorkload } from "./page-workload.ts";

/** More in a night: `SIGNED_AGAIN=10000`. */
const WORKLOADS = Number(process.env["SIGNED_AGAIN"] ?? 100);

const hash = await loadPageHash();

/** Not inside a transaction. */
const ALONE: readonly PageEdit["kind"][] = ["vacuum", "reindex", "checkpoint"];

test(
  "pages signed again by what a transaction wrote are signed as if all of them were read",
  { timeout: 60_000 + 2000 * WORKLOADS },
  async () => {
    const folder = temporaryFolder();
    const seen = { transactions: 0, again: 0, changed: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, pageEdits, fc.boolean(), async (given, edits, isSmall) => {
        const work = { ...given, a: [], addColumn: false, repackB: false };
        const built = buildWorkload(work, folder);
        const db = openAsUser(built.b, work.journals.b);
        try {
          // What does not fit into the cache goes to the file at once: then the journal has several parts.
          if (isSmall) db.pragma("cache_size = 5");
          const tables = tablesOf(db);
          const before = signAll(built.b, tables, null);
          const written = writeInOne(db, work, edits);
          const after = tables.map((table, place) => ({ ...table, ...unitsOf(before[place]) }));
          const again = signAll(built.b, after, written);
          const whole = signAll(built.b, tables, null);
          seen.transactions++;
          if (again.some(({ type }) => type === "signed-again")) seen.again++;
          if (JSON.stringify(whole.map(unitsOf)) !== JSON.stringify(before.map(unitsOf)))
            seen.changed++;
          expect(again.map(unitsOf)).toEqual(whole.map(unitsOf));
        } finally {
          db.close();
          built.close();
        }
      }),
      { numRuns: WORKLOADS, endOnFailure: true },
    );
    // "Don't know", and nothing written, is always right.
    expect(seen.again / seen.transactions).toBeGreaterThan(0.5);
    expect(seen.changed / seen.transactions).toBeGreaterThan(0.1);
  },
);

test("a journal that was written to in between, or is none, tells nothing", () => {
  const folder = temporaryFolder();
  const db = openAsUser(`${folder}/x.db`, "delete");
  try {
    db.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    expect(pagesInJournal(`${folder}/x.db`, 100)).toBeNull();
    db.exec("BEGIN; UPDATE t SET v = 'y'");
    expect(pagesInJournal(`${folder}/x.db`, 100)).toEqual(Uint32Array.from([2]));
    expect(pagesInJournal(`${folder}/x.db`, 0)).toBeNull();
    expect(pagesInJournal(`${folder}/x.db-journal`, 100)).toBeNull();
  } finally {
    db.close();
  }
});

function tablesOf(db: Database.Database): TableToSign[] {
  const roots = db
    .prepare(
      "SELECT rootpage, name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY 1",
    )
    .raw()
    .all() as [number, string, string][];
  return roots.map(([root, name, sql]) => {
    // How keys are ordered matters to candidates only, which are not looked at here.
    const key = sql.includes("WITHOUT ROWID") ? [] : null;
    const index = db
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_' || ? || '_1'")
      .pluck()
      .get(name) as number | undefined;
    const hasIndex = key === null && index !== undefined;
    const keyIndex = hasIndex ? { root: index, parts: 1 } : null;
    return { root, key, keyIndex, remembered: null, leaves: null, wroteSince: false };
  });
}

function writeInOne(
  db: Database.Database,
  work: PageWorkload,
  edits: readonly PageEdit[],
): WrittenPages | null {
  db.exec("BEGIN IMMEDIATE");
  // The first page always changes, so that something is committed.
  db.exec("PRAGMA user_version = 2");
  applyPageEdits(
    db,
    work,
    edits.filter(({ kind }) => !ALONE.includes(kind)),
  );
  const isWal = work.journals.b === "wal";
  const written = isWal ? "last-commit" : pagesInJournal(db.name, Number.POSITIVE_INFINITY);
  db.exec("COMMIT");
  expect(written).not.toBeNull();
  return written;
}

function signAll(path: string, tables: TableToSign[], written: WrittenPages | null): TableSigned[] {
  const file = { path, identity: fileIdentity(path) };
  const answer = signDatabase({ file, tables, written }, hash);
  if (answer.type === "not-known") throw new Error(answer.reason);
  return [...answer.tables];
}

function unitsOf(table: TableSigned | undefined): Pick<TableToSign, "remembered" | "leaves"> {
  if (table === undefined || table.type === "not-known") return { remembered: null, leaves: null };
  return { remembered: table.signature, leaves: table.leaves };
}
