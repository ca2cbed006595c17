import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";

/** How many workloads a test tries: more in a night, `PAGE_WORKLOADS=10000`; the same again with `PAGE_SEED=1`. */
export const WORKLOADS: number = Number(process.env["PAGE_WORKLOADS"] ?? 60);

/** For `fc.assert`. */
export const WORKLOAD_RUNS: { numRuns: number; endOnFailure: boolean; seed?: number } = {
  numRuns: WORKLOADS,
  endOnFailure: true,
  ...(process.env["PAGE_SEED"] === undefined ? {} : { seed: Number(process.env["PAGE_SEED"]) }),
};

/** A table of every kind whose pages are read in their own way. All have `w`, a number by which edits find rows. */
export const TABLE_KINDS = [
  "(k INTEGER PRIMARY KEY, v, w)",
  "(k TEXT PRIMARY KEY, v, w)",
  "(k TEXT COLLATE NOCASE, v, w INTEGER, PRIMARY KEY (k, w DESC)) WITHOUT ROWID",
  "(v, k BLOB, w INTEGER, PRIMARY KEY (k)) WITHOUT ROWID",
  "(v, k REAL, w, PRIMARY KEY (k DESC)) WITHOUT ROWID",
  "(k ANY, v ANY, w INTEGER, PRIMARY KEY (k)) STRICT, WITHOUT ROWID",
  "(k TEXT, v, w, PRIMARY KEY (k COLLATE NOCASE, k)) WITHOUT ROWID",
  "(k, v, w)",
  "(k, v, w, PRIMARY KEY (k, w))",
  "(k INT NOT NULL UNIQUE, v, w, g AS (k || w) STORED)",
  "(k INTEGER PRIMARY KEY, w, v DEFAULT 7)",
  "(k TEXT NOT NULL COLLATE NOCASE, v, w INTEGER NOT NULL, UNIQUE (w, k))",
  "(k TEXT, v, w INTEGER, PRIMARY KEY (w, k)) WITHOUT ROWID",
] as const;

/** What somebody does to one file. Numbers are choices: any combination means something. */
export interface PageEdit {
  readonly kind: (typeof EDIT_KINDS)[number] | (typeof BASE_KINDS)[number];
  readonly table: number;
  readonly from: number;
  readonly count: number;
  /** Every so many-th row. */
  readonly stride: number;
  readonly size: number;
}

const EDIT_KINDS = [
  "insert",
  "update",
  "patch",
  "touch",
  "delete",
  "thin",
  "replace",
  "rekey",
  "empty-key",
  "grow",
  "empty",
  "vacuum",
  "reindex",
  "shrink",
  "checkpoint",
] as const;

/** Before the two files part: afterwards a table would be defined in two ways, and its pages tell nothing. */
const BASE_KINDS = ["add-column", "drop-column"] as const;

/** Two files that were one, and what was done to each since. */
export interface PageWorkload {
  readonly pageSize: number;
  readonly reserved: number;
  readonly autoVacuum: number;
  readonly journals: Readonly<Record<"a" | "b", (typeof JOURNALS)[number]>>;
  readonly encoding: string;
  readonly tables: readonly number[];
  readonly rows: number;
  /** Of the values in these rows: long ones have overflow pages. */
  readonly size: number;
  readonly base: readonly PageEdit[];
  readonly a: readonly PageEdit[];
  readonly b: readonly PageEdit[];
  /** On both sides, after their edits: rows that were there lack it. */
  readonly addColumn: boolean;
  /** Side b is packed anew, with another page size. */
  readonly repackB: boolean;
  /** Runs leave some rows of the first table out. */
  readonly isFiltered: boolean;
}

const sideKind = fc.oneof(
  { arbitrary: fc.constantFrom(...EDIT_KINDS.slice(0, 9)), weight: 5 },
  { arbitrary: fc.constantFrom(...EDIT_KINDS.slice(9)), weight: 1 },
);

const baseKind = fc.oneof(
  { arbitrary: sideKind, weight: 6 },
  { arbitrary: fc.constantFrom(...BASE_KINDS), weight: 1 },
);

const edits = (
  maxLength: number,
  kind: fc.Arbitrary<PageEdit["kind"]> = sideKind,
): fc.Arbitrary<PageEdit[]> =>
  fc.array(
    fc.record({
      kind,
      table: fc.nat(1),
      from: fc.nat(500),
      count: fc.oneof(fc.nat(3), fc.nat(60)),
      stride: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 20, max: 300 })),
      size: fc.oneof(fc.nat(40), fc.constantFrom(300, 480, 700, 1500, 9000)),
    }),
    { maxLength, size: "max" },
  );

/** A few edits, as of either side. */
export const pageEdits: fc.Arbitrary<PageEdit[]> = edits(2);

/** Of rollback modes, those that leave something else behind. */
const JOURNALS = ["wal", "delete", "truncate", "persist"] as const;

const journal = fc.constantFrom<(typeof JOURNALS)[number][]>("wal", "wal", ...JOURNALS);

export const pageWorkloads: fc.Arbitrary<PageWorkload> = fc.record({
  pageSize: fc.oneof(
    { arbitrary: fc.constantFrom(512, 1024), weight: 4 },
    { arbitrary: fc.constantFrom(2048, 4096, 8192, 16_384, 32_768, 65_536), weight: 1 },
  ),
  reserved: fc.oneof(
    { arbitrary: fc.constant(0), weight: 4 },
    { arbitrary: fc.constantFrom(8, 32), weight: 1 },
  ),
  autoVacuum: fc.constantFrom(0, 0, 1, 2),
  journals: fc.record({ a: journal, b: journal }),
  encoding: fc.oneof(
    { arbitrary: fc.constant("UTF-8"), weight: 7 },
    { arbitrary: fc.constant("UTF-16le"), weight: 1 },
  ),
  tables: fc.array(fc.nat(TABLE_KINDS.length - 1), { minLength: 1, maxLength: 2 }),
  rows: fc.oneof(fc.nat(20), fc.integer({ min: 100, max: 500 })),
  size: fc.oneof({ arbitrary: fc.constant(20), weight: 2 }, fc.constantFrom(600, 1500)),
  base: edits(4, baseKind),
  a: edits(5),
  b: edits(5),
  addColumn: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
  repackB: fc.oneof({ arbitrary: fc.constant(false), weight: 9 }, fc.constant(true)),
  isFiltered: fc.oneof({ arbitrary: fc.constant(false), weight: 7 }, fc.constant(true)),
});

/** Two files of a workload. Those in WAL mode are held open, or their last frames would be checkpointed. */
export interface BuiltWorkload {
  readonly a: string;
  readonly b: string;
  close(): void;
}

export function buildWorkload(work: PageWorkload, folder: string): BuiltWorkload {
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  for (const path of [a, b]) {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
  }
  makeBase(work, a);
  copyFileSync(a, b);
  const open = { a: openAsUser(a, work.journals.a), b: openAsUser(b, work.journals.b) };
  for (const side of ["a", "b"] as const) {
    for (const edit of work[side]) apply(open[side], work, edit);
  }
  if (work.addColumn) {
    for (const db of Object.values(open))
      db.exec("ALTER TABLE t0 ADD COLUMN added TEXT DEFAULT 'x'");
  }
  if (work.repackB) repack(open.b, work);
  return { a, b, close: () => Object.values(open).forEach((db) => db.close()) };
}

function makeBase(work: PageWorkload, path: string): void {
  reserveBytes(path, work);
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  db.exec("BEGIN");
  for (const [place, kind] of work.tables.entries()) {
    db.exec(`CREATE TABLE t${place} ${TABLE_KINDS[kind] ?? ""}`);
  }
  for (const table of work.tables.keys()) {
    const whole = {
      kind: "insert",
      table,
      from: 0,
      count: work.rows,
      stride: 1,
      size: work.size,
    } as const;
    apply(db, work, whole);
  }
  db.exec("COMMIT");
  for (const edit of work.base) apply(db, work, edit);
  db.close();
}

/**
 * Bytes at the end of each page can only be reserved in an empty database, which is one page without cells;
 * the encoding is kept there only with the first table.
 */
function reserveBytes(
  path: string,
  { pageSize, autoVacuum, encoding, reserved }: PageWorkload,
): void {
  const db = new Database(path);
  db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${autoVacuum};
    PRAGMA user_version = 1`);
  db.close();
  const bytes = readFileSync(path);
  bytes.writeUInt8(reserved, 20);
  bytes.writeUInt32BE(encoding === "UTF-8" ? 1 : 2, 56);
  bytes.writeUInt16BE((pageSize - reserved) % 65_536, 105);
  writeFileSync(path, bytes);
}

export function openAsUser(path: string, journalMode: string): Database.Database {
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  db.pragma("wal_autocheckpoint = 0");
  db.pragma(`journal_mode = ${journalMode}`);
  return db;
}

function repack(db: Database.Database, { pageSize }: PageWorkload): void {
  db.pragma("journal_mode = delete");
  db.exec(`PRAGMA page_size = ${pageSize === 1024 ? 4096 : 1024}; VACUUM`);
}

/** Does to a database of a workload what somebody does. */
export function applyPageEdits(
  db: Database.Database,
  work: PageWorkload,
  some: readonly PageEdit[],
): void {
  for (const edit of some) apply(db, work, edit);
}

/** What a constraint refuses is just not done, nor is a column that is there, or is not. */
function apply(db: Database.Database, work: PageWorkload, edit: PageEdit): void {
  const number = edit.table % work.tables.length;
  const kind = TABLE_KINDS[work.tables[number] ?? 0] ?? "";
  for (const sql of statements(edit, `t${number}`, kind)) {
    try {
      db.exec(sql);
    } catch (error) {
      const refusals = BASE_KINDS.some((one) => one === edit.kind)
        ? /^SQLITE_ERROR$/
        : /CONSTRAINT|MISMATCH/;
      const isRefused = error instanceof Database.SqliteError && refusals.test(error.code);
      if (!isRefused) throw error;
    }
  }
}

function statements(
  { kind, from, count, stride, size }: PageEdit,
  t: string,
  table: string,
): string[] {
  const range = `w BETWEEN ${from} AND ${from + count}`;
  const place = (from * 7) % 1600;
  const scattered = `w % ${stride} = ${from % stride}`;
  switch (kind) {
    case "insert":
      return [
        `WITH RECURSIVE n(w) AS (SELECT ${from} UNION ALL SELECT w + 1 FROM n WHERE w < ${from + count})
         INSERT OR IGNORE INTO ${t} (k, v, w) SELECT ${keyOf(table)}, ${valueOf(size)}, w FROM n`,
      ];
    case "update":
      return [`UPDATE ${t} SET v = ${valueOf(size)} WHERE ${scattered}`];
    case "patch":
      // As long as before, so that only the page with the changed byte is written (SQLITE_NOTES 26).
      return [
        `UPDATE ${t} SET v = substr(v, 1, ${place}) || '!' || substr(v, ${place + 2})
         WHERE ${scattered} AND typeof(v) = 'text' AND length(v) > ${place + 1}`,
      ];
    case "touch":
      return [`UPDATE ${t} SET v = v WHERE ${range}`];
    case "delete":
      return [`DELETE FROM ${t} WHERE ${range}`];
    case "thin":
      return [`DELETE FROM ${t} WHERE ${scattered}`];
    case "replace":
      return [`INSERT OR REPLACE INTO ${t} (k, v, w) SELECT k, v, w FROM ${t} WHERE ${range}`];
    case "rekey":
      return [`UPDATE OR IGNORE ${t} SET k = ${keyOf(table, 1000)} WHERE ${scattered}`];
    case "empty-key":
      return [`UPDATE OR IGNORE ${t} SET k = NULL WHERE ${scattered}`];
    case "grow":
      // Longer than any page, and than the page numbers of one trunk of the freelist when it goes.
      return [`UPDATE ${t} SET v = printf('%.*c', ${20_000 + 300 * from}, 'g') WHERE w = ${from}`];
    case "add-column":
      return [`ALTER TABLE ${t} ADD COLUMN x${from % 2} ANY DEFAULT ${size}`];
    case "drop-column":
      return [`ALTER TABLE ${t} DROP COLUMN x${from % 2}`];
    case "empty":
      return count % 4 === 0 ? [`DELETE FROM ${t}`] : [];
    case "vacuum":
      return ["VACUUM"];
    case "reindex":
      return ["REINDEX"];
    case "shrink":
      return [`PRAGMA incremental_vacuum(${count})`];
    case "checkpoint":
      return [
        `PRAGMA wal_checkpoint(${["PASSIVE", "FULL", "RESTART", "TRUNCATE"][count % 4] ?? ""})`,
      ];
  }
}

/** Keys of several classes and lengths, some longer than a page; the order is not that of `w`. */
function keyOf(table: string, plus = 0): string {
  const number = `((w + ${plus}) * 7919 % 10007)`;
  // Some need all of a rowid's 64 bits.
  if (table.includes("INTEGER PRIMARY KEY")) {
    return `(w + ${plus}) * CASE w % 8 WHEN 4 THEN 5000000000 WHEN 5 THEN -5800000000000000 ELSE 1 END`;
  }
  if (table.includes("k INT ") || table.includes("k REAL")) return `${number} + 0.0`;
  const text = `char(65 + w % 2 * 32) || ${number}`;
  const long = `${text} || printf('%.*c', CASE w % 37 WHEN 3 THEN 600 WHEN 5 THEN 1400 ELSE 3 END, 'k')`;
  if (table.includes("k BLOB")) return `CAST(${long} AS BLOB)`;
  if (table.includes("k ANY") || table.includes("(k,")) {
    return `CASE w % 5 WHEN 0 THEN ${number} WHEN 1 THEN ${number} + 0.5 WHEN 2 THEN CAST(${long} AS BLOB) ELSE ${long} END`;
  }
  return `CASE w % 11 WHEN 4 THEN CAST(X'ff' || ${text} AS TEXT) ELSE ${long} END`;
}

function valueOf(size: number): string {
  const text = `w || printf('%.*c', ${size}, char(97 + w % 26))`;
  return `CASE w % 7 WHEN 0 THEN CAST(${text} AS BLOB) WHEN 1 THEN w * 1000003 WHEN 2 THEN w / 3.0 ELSE ${text} END`;
}
