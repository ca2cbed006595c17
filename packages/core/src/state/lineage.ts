import type Database from "better-sqlite3";
import type { Decision, Side } from "@sync/model";
import { isAbsent, keyMatches, columnList, rowsDiffer } from "../sqlite/expressions.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import { NEXT_EPOCH, noteEvidenceLost } from "./epoch.ts";

/** Former values kept per table and side: enough to know an old copy, cheap enough to forget about. */
const MAX_WRITTEN = 100_000;
/** DESIGN §8: so many rows that we wrote, and so large a share of them, must have gone back. */
const MIN_ROWS_BACK = 3;
const MIN_SHARE_BACK = 0.5;

/** A side that holds again what it held before we wrote to it. */
export interface LineageAlarm {
  readonly side: Side;
  readonly rowsBack: number;
  readonly rowsWritten: number;
}

/** What is asked about. */
export interface LineageQuestion {
  /** Default: both. */
  readonly sides?: readonly SideNames[];
  /** The plan holds every row that changed. */
  readonly isPlanned: boolean;
}

/**
 * Is a side still the file we knew? The sound sign is in the rows: of those that recent runs wrote
 * there, how many hold again exactly what they held before (DESIGN §8). Reads only.
 *
 * A row that went back differs from the base: where every change is in the plan, only those are looked
 * at, so that the cost follows the size of the edit and not of what was ever written.
 */
export function findLineageAlarm(
  db: Database.Database,
  shapes: readonly Shape[],
  { sides = SIDES, isPlanned }: LineageQuestion,
): LineageAlarm | null {
  const known = shapes.filter((shape) => isKeyed(shape) && shape.work.base !== null);
  const sum = (count: (shape: Shape) => number): number =>
    known.reduce((total, shape) => total + count(shape), 0);
  for (const side of sides) {
    const rowsBack = sum((shape) => countBack(db, shape, side, isPlanned));
    if (rowsBack < MIN_ROWS_BACK) continue;
    // Counting all that was ever written takes long, and most often is not needed to know that it is too much.
    const most = Math.floor(rowsBack / MIN_SHARE_BACK);
    if (sum((shape) => countWritten(db, shape, side, most + 1)) > most) continue;
    return {
      side: side.side,
      rowsBack,
      rowsWritten: sum((shape) => countWritten(db, shape, side)),
    };
  }
  return null;
}

/** Rows that we wrote to a side and that hold again what they held before. */
function countBack(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  isPlanned: boolean,
): number {
  const { table, work } = shape;
  const planned = isPlanned ? `${work.plan} AS p CROSS JOIN` : "";
  const isChanged = isPlanned
    ? ` AND ${keyMatches(table, "w", "p")} AND p.${side.did} IN ('~', '-', '+')`
    : "";
  // One count at a time: a statement that sums would carry every column of three tables through its sorter.
  const sql = `SELECT count(*) FROM ${planned} ${writtenTable(shape)} AS w
    LEFT JOIN ${shape.sides[side.side].all} AS x ON ${keyMatches(table, "x", "w")}
    LEFT JOIN ${work.base ?? ""} AS o ON ${keyMatches(table, "o", "w")}
    WHERE ${isNewestOurs(shape, side)}${isChanged} AND ${isBack(shape, "w", "x", "o")}`;
  return db.prepare(sql).pluck().get() as number;
}

/** Rows that we wrote to a side; not counted further than to `most`. */
function countWritten(db: Database.Database, shape: Shape, side: SideNames, most = -1): number {
  const rows = `SELECT 1 FROM ${writtenTable(shape)} AS w WHERE ${isNewestOurs(shape, side)} LIMIT ${most}`;
  return db.prepare(`SELECT count(*) FROM (${rows})`).pluck().get() as number;
}

/** A condition on `w`: of our notes of a row, it is the newest. */
function isNewestOurs(shape: Shape, { side }: SideNames): string {
  const { table } = shape;
  return `w."⟨sync⟩ side" = '${side}' AND w."⟨sync⟩ ours" = 1
    AND NOT EXISTS (SELECT 1 FROM ${writtenTable(shape)} AS v WHERE ${keyMatches(table, "v", "w")}
      AND v."⟨sync⟩ side" = w."⟨sync⟩ side" AND v."⟨sync⟩ ours" = 1 AND v.${C.n} > w.${C.n})`;
}

/** Side `x` holds former value `w` of a row for which both sides had agreed on another, `o`. */
function isBack({ table }: Shape, w: string, x: string, o: string): string {
  const heldBefore = `CASE WHEN ${w}."⟨sync⟩ absent" THEN ${isAbsent(table, x)}
    ELSE NOT ${isAbsent(table, x)} AND NOT ${rowsDiffer(table, x, w)} END`;
  const left = `CASE WHEN ${isAbsent(table, x)} OR ${isAbsent(table, o)} THEN ${isAbsent(table, x)} <> ${isAbsent(table, o)}
    ELSE ${rowsDiffer(table, x, o)} END`;
  return `(${heldBefore}) AND (${left})`;
}

/**
 * `--lineage restored`: planned rows whose side holds a value it had before are stale, not edits. They
 * are opened as conflicts that the other side wins, so that what is overwritten goes to the ledger.
 */
export function markStale(
  db: Database.Database,
  shape: Shape,
  sides: readonly SideNames[] = SIDES,
): void {
  const { work } = shape;
  if (work.base === null) return;
  for (const side of sides) {
    db.exec(
      `UPDATE ${work.plan} AS p SET ${C.outcome} = 'open', ${C.stale} = '${side.side}', ${C.toA} = 0, ${C.toB} = 0,
         ${C.rowidA} = NULL, ${C.rowidB} = NULL
       WHERE ${isStale(shape, side)}`,
    );
  }
}

/** Some planned row's side holds a value that it had before. */
export function hasStale(db: Database.Database, shape: Shape, side: SideNames): boolean {
  if (shape.work.base === null) return false;
  const sql = `SELECT 1 FROM ${shape.work.plan} AS p WHERE ${isStale(shape, side)} LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** A condition on plan `p`. */
function isStale(shape: Shape, side: SideNames): string {
  const { table } = shape;
  return `p.${side.did} IN ('~', '-', '+') AND p.${C.outcome} IN ('copy', 'open') AND p.${C.stale} IS NULL AND EXISTS (
    SELECT 1 FROM ${writtenTable(shape)} AS w LEFT JOIN ${shape.sides[side.side].all} AS x ON ${keyMatches(table, "x", "w")}
    WHERE ${keyMatches(table, "w", "p")} AND w."⟨sync⟩ side" = '${side.side}'
      AND CASE WHEN w."⟨sync⟩ absent" THEN ${isAbsent(table, "x")}
               ELSE NOT ${isAbsent(table, "x")} AND NOT ${rowsDiffer(table, "x", "w")} END)`;
}

/** The other side wins over a stale one. */
export function staleDecision(stale: Side): Decision {
  return {
    type: "take",
    side: stale === "a" ? "b" : "a",
    reason: "its side was restored to an older state",
  };
}

/**
 * Notes what rows had held before a run's changes, while the base still has it: of rows that we wrote
 * (evidence that a side went back), and of rows that the side changed itself (stale, should it go
 * back). Called when the run is remembered, for the planned rows that fulfil a condition on `p`.
 */
export function noteWritten(
  db: Database.Database,
  shape: Shape,
  condition: string,
  maxWritten: number = MAX_WRITTEN,
): void {
  const { table, work } = shape;
  const written = writtenTable(shape);
  let isWhole = true;
  const base =
    work.base === null ? null : `CROSS JOIN ${work.base} AS o ON ${keyMatches(table, "o", "p")}`;
  for (const side of SIDES) {
    const kept = `CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'`;
    const note = (former: Former): void => {
      const { ours, absent, alias, from, where } = former;
      const { changes } = db
        .prepare(
          `INSERT INTO ${written} ("⟨sync⟩ side", "⟨sync⟩ ours", "⟨sync⟩ absent", "⟨sync⟩ epoch", ${columnList(table)})
        SELECT '${side.side}', ${ours}, ${absent}, ${NEXT_EPOCH}, ${columnList(table, alias)} FROM ${work.plan} AS p ${from}
        WHERE ${condition} AND ${where} LIMIT ${maxWritten}`,
        )
        .run();
      isWhole &&= changes < maxWritten;
    };
    const [did, to] = [`p.${side.did}`, `p.${side.to} <> 0`];
    if (base !== null) {
      note({ ours: 0, absent: 0, alias: "o", from: base, where: `${did} IN ('~', '-')` });
      note({ ours: 1, absent: 0, alias: "o", from: base, where: `${to} AND ${did} = '='` });
    }
    note({ ours: 0, absent: 1, alias: "p", from: "", where: `${did} = '+'` });
    note({ ours: 1, absent: 0, alias: "k", from: kept, where: `${to} AND ${did} IN ('~', '+')` });
    note({ ours: 1, absent: 1, alias: "p", from: "", where: `${to} AND ${did} IN ('0', '-')` });
  }
  const old = `DELETE FROM ${written} WHERE ${C.n} <= (SELECT max(${C.n}) FROM ${written}) - ${4 * maxWritten}`;
  isWhole &&= db.prepare(old).run().changes === 0;
  if (!isWhole) noteEvidenceLost(db, table.name);
}

/**
 * The same for a side that had no row and was given all of the other's, which stand in the base by now: of
 * its own rows, that they were absent, and of the other's, that they came. Where there is no room for all of
 * them, only what tells that the side is empty again.
 */
export function noteLoaded(
  db: Database.Database,
  shape: Shape,
  { from, to, base, rows }: Loaded,
  maxWritten: number = MAX_WRITTEN,
): void {
  const { table } = shape;
  const isWhole = rows <= maxWritten;
  const note = (side: SideNames, ours: 0 | 1): void =>
    void db.exec(`INSERT INTO ${writtenTable(shape)} ("⟨sync⟩ side", "⟨sync⟩ ours", "⟨sync⟩ absent", "⟨sync⟩ epoch", ${columnList(table)})
      SELECT '${side.side}', ${ours}, 1, ${NEXT_EPOCH}, ${columnList(table)} FROM ${base} LIMIT ${maxWritten}`);
  note(to, 1);
  if (isWhole) note(from, 0);
  else noteEvidenceLost(db, table.name);
}

/** A table that was filled, the name of its base, and its number of rows. */
export interface Loaded {
  readonly from: SideNames;
  readonly to: SideNames;
  readonly base: string;
  readonly rows: number;
}

/** What a row held before: whose values, and of which planned rows. */
interface Former {
  /** 1: we wrote the row; 0: its side changed it. */
  readonly ours: 0 | 1;
  readonly absent: 0 | 1;
  readonly alias: string;
  readonly from: string;
  readonly where: string;
}

function writtenTable({ work }: Shape): string {
  return work.written;
}
