import type Database from "better-sqlite3";
import { concatenated, keyMatches, qualified, valuesDiffer } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import { NOTED, hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { columnNames } from "../rows.ts";
import { exactList, exactValues } from "./exact-value.ts";
import type { ExactRow, ExactValue } from "./exact-value.ts";

/** A differing key, by the handle under which its rows are read. */
export interface NotedKey {
  readonly handle: bigint;
  readonly how: "-" | "+" | "~";
  /** The row must go before it comes back. */
  readonly isReplaced: boolean;
  /** The rowid to add it under; `null`: any. */
  readonly place: bigint | null;
}

/** A content of a bag whose counts differ. */
export interface NotedContent {
  readonly handle: bigint;
  /** How often on each side; the same number may have been left out of both. */
  readonly countA: number;
  readonly countB: number;
  /** The rowid of one of the rows of `a`. */
  readonly rowidA: bigint | null;
  readonly place: bigint | null;
}

/** Differing keys that fulfil a condition on their notes, in the order of the key; placed ones first. One at a time. */
export function* notedKeys(
  db: Database.Database,
  compared: Compared,
  condition = "TRUE",
): Generator<NotedKey> {
  if (!hasKey(compared)) return;
  const { table, keys, handle } = compared;
  const order = table.key.map(
    (part) => `${quoteName(part.name)} COLLATE ${quoteName(part.collation)}`,
  );
  const sql = `SELECT ${handle}, ${NOTED.how}, ${NOTED.replaced}, ${NOTED.place} FROM ${keys}
    WHERE ${condition} ORDER BY ${table.keyIsRowid ? handle : order.join(", ")}`;
  for (const row of iterateRaw(db, sql)) {
    const [number, how, replaced, place] = row as [bigint, NotedKey["how"], bigint, bigint | null];
    yield { handle: number, how, isReplaced: replaced === 1n, place };
  }
}

/** Differing contents of a bag that fulfil a condition on their notes. One at a time. */
export function* notedContents(
  db: Database.Database,
  compared: Compared,
  condition = "TRUE",
): Generator<NotedContent> {
  if (!hasBag(compared)) return;
  const sql = `SELECT ${NOTED.n}, ${NOTED.countA}, ${NOTED.countB}, ${NOTED.rowidA}, ${NOTED.place} FROM ${compared.bag}
    WHERE ${condition} ORDER BY ${NOTED.n}`;
  for (const row of iterateRaw(db, sql)) {
    const [handle, a, b, rowidA, place] = row as [
      bigint,
      bigint,
      bigint,
      bigint | null,
      bigint | null,
    ];
    yield { handle, countA: Number(a), countB: Number(b), rowidA, place };
  }
}

/** Reads single rows by the handle of a note. */
export interface NotedRows {
  /** The row on a side, its values by position; the key must exist there. */
  row(side: "a" | "b", handle: bigint): ExactValue[];
  /** For a changed row: which columns differ, by position. */
  changed(handle: bigint): boolean[];
  /** A content of the bag. */
  content(handle: bigint): ExactValue[];
}

/** Prepares the look-ups once for a table; each is a search. */
export function notedRows(db: Database.Database, compared: Compared): NotedRows {
  const names = columnNames(compared.table);
  const sideOf = (side: "a" | "b"): Database.Statement | null =>
    hasKey(compared)
      ? prepareRaw(db, `SELECT ${exactList(names, "x")} ${rowOf(compared, side)}`)
      : null;
  const rows = { a: sideOf("a"), b: sideOf("b") };
  const flags = hasKey(compared) ? prepareRaw(db, changedFlags(compared)) : null;
  const contents = hasBag(compared)
    ? prepareRaw(
        db,
        `SELECT ${exactList(names, "x")} FROM ${compared.bag} AS x WHERE x.${NOTED.n} = ?`,
      )
    : null;
  return {
    row: (side, handle) => exactValues(found(rows[side]?.get(handle))),
    changed: (handle) => Array.from(String(found(flags?.get(handle))[0]), (flag) => flag === "1"),
    content: (handle) => exactValues(found(contents?.get(handle))),
  };
}

/** The rest of a statement that reads the row of one side, as `x`, by the handle of its key. */
export function rowOf(compared: Compared, side: "a" | "b"): string {
  return `FROM ${compared.keys} AS d CROSS JOIN ${compared[side]} AS x
    ON ${keyMatches(compared.table, "x", "d")} WHERE d.${compared.handle} = ?`;
}

/** One text for a changed row, with `1` for each column that differs and `0` for each that does not. */
export function changedFlags({ table, a, b, keys, handle }: Compared): string {
  const flags = table.columns.map((column) => {
    const differ = valuesDiffer(column, qualified(column.name, "x"), qualified(column.name, "y"));
    return `CASE WHEN ${differ} THEN '1' ELSE '0' END`;
  });
  return `SELECT ${concatenated(flags)} FROM ${keys} AS d
    CROSS JOIN ${a} AS x ON ${keyMatches(table, "x", "d")}
    CROSS JOIN ${b} AS y ON ${keyMatches(table, "y", "d")} WHERE d.${handle} = ?`;
}

function prepareRaw(db: Database.Database, sql: string): Database.Statement {
  return db.prepare(sql).safeIntegers().raw();
}

function iterateRaw(db: Database.Database, sql: string): Iterable<ExactRow> {
  // Rows are arrays in raw mode, whatever the types say.
  return prepareRaw(db, sql).iterate() as Iterable<ExactRow>;
}

/** Notes and rows are read in one transaction: what was noted is there. */
function found(row: unknown): ExactRow {
  if (!Array.isArray(row)) throw new Error("a noted row is not there");
  return row as ExactRow;
}
