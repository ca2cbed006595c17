import type Database from "better-sqlite3";
import type { Side } from "@sync/model";
import { exactGroups } from "../sqlite/bag.ts";
import { columnList, isAbsent, keyHasNull, keyMatches, rowsDiffer } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { tableNamed } from "../sqlite/schema/compare-schemas.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import { hasEvidenceSince, readMark } from "./epoch.ts";
import type { StateMark } from "./epoch.ts";
import { forgetBaseOf, isStoredAsKnown, tablesKnown } from "./store.ts";
import { forgetPages } from "./signatures.ts";

/** What a restore meant for the base of one table. */
export interface RebasedTable {
  readonly table: string;
  /**
   * `as-before`: nothing was settled since the backup. `rebased`: rows that were settled since go back to
   * what the backup holds, so that they are brought forward. `anew`: it cannot be told which rows were,
   * so that both sides come together and nothing is deleted.
   */
  readonly outcome: "as-before" | "rebased" | "anew";
  /** Rows that are brought forward. */
  readonly rows: number;
}

/** A side that was put back: which, to what (attached as `restored`), and where the state stood then. */
export interface Restored {
  readonly side: Side;
  readonly schema: Schema;
  readonly mark: StateMark | null;
}

/**
 * Tells the base that a side was put back to a backup. Rows that runs settled since then take the
 * backup's values as their base: on the restored side nothing happened to them, and everything that the
 * other side has of them is brought forward by the next run, like any edit. Rows that no run settled
 * since keep their base: what the backup has otherwise is an edit that no run has seen yet.
 *
 * A table of which that cannot be known row by row starts anew, as a union (docs/decisions/020).
 * Part of one transaction of the state.
 */
export function rebaseOn(db: Database.Database, restored: Restored): RebasedTable[] {
  const now = readMark(db);
  const mark = now !== null && restored.mark?.state === now.state ? restored.mark : null;
  if (mark !== null && mark.epoch === now?.epoch) {
    return tablesKnown(db).map((table) => ({ table, outcome: "as-before", rows: 0 }));
  }
  return tablesKnown(db).map((name) => {
    const table = tableNamed(restored.schema, name);
    if (table === null || !isStoredAsKnown(db, table)) return startAnew(db, name);
    return rebaseTable(db, table, { side: restored.side, epoch: mark?.epoch ?? null });
  });
}

/** Whose rows, and since when they may have been settled; `null`: nobody knows. */
interface Since {
  readonly side: Side;
  readonly epoch: number | null;
}

function rebaseTable(db: Database.Database, table: Table, since: Since): RebasedTable {
  if (hasOtherBag(db, table)) return startAnew(db, table.name);
  if (table.key.length === 0) return { table: table.name, outcome: "as-before", rows: 0 };
  const rows = rebaseRows(db, table, since);
  const isKnown = since.epoch !== null && hasEvidenceSince(db, table.name, since.epoch);
  if (!isKnown && hasOtherRows(db, table)) return startAnew(db, table.name);
  return { table: table.name, outcome: rows === 0 ? "as-before" : "rebased", rows };
}

function startAnew(db: Database.Database, table: string): RebasedTable {
  forgetBaseOf(db, table);
  return { table, outcome: "anew", rows: 0 };
}

/** Rows without a key are not on record one by one: any difference may be of either kind. */
function hasOtherBag(db: Database.Database, table: Table): boolean {
  if (table.key.length > 0 && !table.nullableKey) return false;
  const columns = columnList(table);
  const sql = `SELECT 1 FROM (
      SELECT ${columns}, 1 AS ${C.count} FROM ${source(table)} AS s WHERE ${keyHasNull(table, "s")}
      UNION ALL SELECT ${columns}, -${C.count} FROM ${workTable("state", "bag", table.name)})
    GROUP BY ${exactGroups(table)} HAVING sum(${C.count}) <> 0 LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** @returns how many rows got what the backup holds as their base */
function rebaseRows(db: Database.Database, table: Table, since: Since): number {
  forgetPages(db, table.name);
  const base = workTable("state", "base", table.name);
  const columns = columnList(table);
  const put = `INSERT OR REPLACE INTO ${base} (${columns}) SELECT ${columnList(table, "x")}
    FROM ${source(table)} AS x LEFT JOIN ${base} AS o ON ${keyMatches(table, "o", "x")}
    WHERE NOT ${keyHasNull(table, "x")} AND (${isAbsent(table, "o")} OR ${rowsDiffer(table, "x", "o")})
      AND ${isSettledSince(table, "x", since)}`;
  const drop = `DELETE FROM ${base} AS o WHERE ${isMissing(table)} AND ${isSettledSince(table, "o", since, "gone")}`;
  return db.prepare(put).run().changes + db.prepare(drop).run().changes;
}

/** A row that the backup has otherwise than the base. */
function hasOtherRows(db: Database.Database, table: Table): boolean {
  const base = workTable("state", "base", table.name);
  const sql = `SELECT EXISTS (SELECT 1 FROM ${source(table)} AS x LEFT JOIN ${base} AS o ON ${keyMatches(table, "o", "x")}
      WHERE NOT ${keyHasNull(table, "x")} AND (${isAbsent(table, "o")} OR ${rowsDiffer(table, "x", "o")}))
    OR EXISTS (SELECT 1 FROM ${base} AS o WHERE ${isMissing(table)})`;
  return db.prepare(sql).pluck().get() === 1;
}

function isMissing(table: Table): string {
  return `NOT EXISTS (SELECT 1 FROM ${source(table)} AS x WHERE ${keyMatches(table, "x", "o")})`;
}

/**
 * The record of former values has an entry for each row of the side that a run settled. Where it is not
 * known since when, one of them must be just what the backup holds.
 */
function isSettledSince(
  table: Table,
  row: "x" | "o",
  { side, epoch }: Since,
  backup: "row" | "gone" = "row",
): string {
  const former =
    backup === "gone"
      ? `w."⟨sync⟩ absent" = 1`
      : `w."⟨sync⟩ absent" = 0 AND NOT ${rowsDiffer(table, row, "w")}`;
  return `EXISTS (SELECT 1 FROM ${workTable("state", "written", table.name)} AS w
    WHERE ${keyMatches(table, "w", row)} AND w."⟨sync⟩ side" = '${side}'
      AND ${epoch === null ? former : `w."⟨sync⟩ epoch" > ${epoch}`})`;
}

function source(table: Table): string {
  return `restored.${quoteName(table.name)}`;
}
