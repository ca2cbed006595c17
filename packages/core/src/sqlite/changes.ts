import type Database from "better-sqlite3";
import { copyWhole } from "./copy-whole.ts";
import {
  columnList,
  isAbsent,
  keyHasNull,
  keyList,
  keyMatches,
  qualified,
  rowsDiffer,
} from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import { CONTROL as C, SIDES, columnDefinitions, keyDefinition, workTable } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";
import { WHOLE, slicesOf } from "./slices.ts";
import type { Pace, Slice } from "./slices.ts";

/**
 * Finds every key that changed on either side since the base and puts it into the plan: what each
 * side did to it, and for rows that only one side changed, the values to copy. Rows changed on both
 * sides to the same are `agree`, the rest stays `open`.
 *
 * Set-wise: no row passes through JavaScript. One pass over the base finds updates and deletions;
 * counts tell whether there are new rows to look for (DESIGN §9.1). Reads a, b and base in the
 * caller's transaction; writes only the plan.
 *
 * @param candidates - a table of keys that holds at least all that changed: only these are looked at;
 *   `null`: all rows are
 */
export function findChanges(
  db: Database.Database,
  shape: Shape,
  pace: Pace,
  candidates: string | null,
): void {
  findUpdatesAndDeletes(db, shape, pace, candidates);
  setOutcomes(db, shape);
  copyValues(db, shape);
  for (const side of SIDES) {
    if (candidates !== null || hasNewRows(db, shape, side))
      findInserts(db, shape, { side, candidates }, pace);
  }
  findAgreements(db, shape);
}

/**
 * Collects the keys of rows that may have changed, for `findChanges`, slice by slice, each by itself:
 * what happens between two slices may be missed, and has to be noticed by other means.
 *
 * @param inSlice - carries out the work of one slice, in a transaction
 */
export function collectCandidates(
  db: Database.Database,
  shape: Shape,
  pace: Pace,
  inSlice: (work: () => void) => void,
): void {
  const { table } = shape;
  const base = baseOf(shape);
  const candidates = candidateTable(shape);
  createCandidates(db, shape);
  const collect = (from: string, alias: string, slice: Slice): void =>
    void db
      .prepare(
        `INSERT OR IGNORE INTO ${candidates} (${keyList(table)}) SELECT ${keyList(table, alias)} FROM ${from} AND ${slice.where}`,
      )
      .run(...slice.values);
  for (const slice of slicesOf(db, { table, source: base, alias: "o" }, pace)) {
    const changed = `${base} AS o ${baseWithSides(shape)} WHERE (${hasChanged(shape)})`;
    inSlice(() => collect(changed, "o", slice));
  }
  for (const { side } of SIDES) {
    const source = shape[side];
    const deleted = `SELECT count(*) FROM ${candidates} AS k CROSS JOIN ${base} AS o ON ${keyMatches(table, "o", "k")}
      LEFT JOIN ${source} AS x ON ${keyMatches(table, "x", "k")} WHERE ${isAbsent(table, "x")}`;
    const known = count(db, `SELECT count(*) FROM ${base}`) - count(db, deleted);
    if (countRows(db, shape, side) <= known) continue;
    const isNew = `${source} AS x WHERE ${isNotInBase(shape)}${notInBag(shape, "x")}`;
    for (const slice of slicesOf(db, { table, source, alias: "x" }, pace))
      inSlice(() => collect(isNew, "x", slice));
  }
}

/** `temp."candidate:orders"`: keys of rows that may have changed. */
export function candidateTable({ table }: Shape): string {
  return workTable("temp", "candidate", table.name);
}

function createCandidates(db: Database.Database, shape: Shape): void {
  const { table } = shape;
  const key = table.key.map(({ name }) => name);
  const columns = columnDefinitions({
    ...table,
    columns: table.columns.filter(({ name }) => key.includes(name)),
  });
  const name = candidateTable(shape);
  db.exec(
    `DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (${columns}, UNIQUE (${keyDefinition(table)}))`,
  );
}

/** Joins of base `o`, a `x` and b `y`, from the base on. */
function baseWithSides({ table, a, b }: Shape): string {
  return `LEFT JOIN ${a} AS x ON ${keyMatches(table, "x", "o")}
    LEFT JOIN ${b} AS y ON ${keyMatches(table, "y", "o")}`;
}

/** A condition on base `o`, a `x` and b `y`: some side does not hold what the base holds. */
function hasChanged({ table }: Shape): string {
  return ["x", "y"]
    .map((alias) => `${isAbsent(table, alias)} OR ${rowsDiffer(table, alias, "o")}`)
    .join(" OR ");
}

/**
 * The same without a base: equal rows are put into `agreed` where that is given, and counted;
 * all others go into the plan as new on the side that has them. Nothing is a deletion.
 *
 * @returns the number of rows that are equal on both sides
 */
export function findUnion(
  db: Database.Database,
  shape: Shape,
  { agreed, alike }: Union,
  pace: Pace,
): number {
  if (alike !== null) {
    const rows = alike - countNullKeys(db, shape);
    if (agreed !== null && rows > 0) agreeOnRest(db, shape, { agreed, rowsA: rows }, pace);
    return rows;
  }
  const rowsA = countRows(db, shape, "a");
  const rowsB = countRows(db, shape, "b");
  if (rowsA > 0) findUnequalRows(db, shape, rowsA, pace);
  const equal = rowsA - countPlan(db, shape, `${C.didA} = '+'`);
  const inBoth = equal + countPlan(db, shape, `${C.outcome} = 'open'`);
  if (inBoth < rowsB) findRowsOnlyInB(db, shape, pace);
  if (agreed !== null && equal > 0) agreeOnRest(db, shape, { agreed, rowsA }, pace);
  return equal;
}

/** What is known where no base is. */
interface Union {
  /** The table that takes rows which are equal on both sides; `null`: none does. */
  readonly agreed: string | null;
  /** All rows are, and there are so many; `null`: it is not known. */
  readonly alike: number | null;
}

function findUpdatesAndDeletes(
  db: Database.Database,
  shape: Shape,
  pace: Pace,
  candidates: string | null,
): void {
  const { table, work } = shape;
  const base = baseOf(shape);
  const did = (alias: string): string =>
    `CASE WHEN ${isAbsent(table, alias)} THEN '-' WHEN ${rowsDiffer(table, alias, "o")} THEN '~' ELSE '=' END`;
  const from =
    candidates === null
      ? `${base} AS o`
      : `${candidates} AS k CROSS JOIN ${base} AS o ON ${keyMatches(table, "o", "k")}`;
  const slices =
    candidates === null ? slicesOf(db, { table, source: base, alias: "o" }, pace) : [WHOLE];
  for (const slice of slices) {
    db.prepare(
      `INSERT INTO ${work.plan} (${keyList(table)}, ${C.didA}, ${C.didB})
       SELECT ${keyList(table, "o")}, ${did("x")}, ${did("y")}
       FROM ${from} ${baseWithSides(shape)}
       WHERE ${slice.where} AND (${hasChanged(shape)})`,
    ).run(...slice.values);
  }
}

/** Of rows that stand in the base: copy where one side did nothing, else open. */
function setOutcomes(db: Database.Database, { work }: Shape): void {
  db.exec(`UPDATE ${work.plan} SET
    ${C.outcome} = CASE WHEN ${C.didA} = '=' OR ${C.didB} = '=' THEN 'copy' ELSE 'open' END,
    ${C.gone} = (${C.didA} = '-' OR ${C.didB} = '-'),
    ${C.toA} = CASE WHEN ${C.didA} <> '=' THEN 0 WHEN ${C.didB} = '~' THEN 2 ELSE 3 END,
    ${C.toB} = CASE WHEN ${C.didB} <> '=' THEN 0 WHEN ${C.didA} = '~' THEN 2 ELSE 3 END`);
}

/** Fills in the values of rows that one side updated. */
function copyValues(db: Database.Database, shape: Shape): void {
  for (const side of SIDES) {
    db.exec(`UPDATE ${shape.work.plan} AS p SET ${assignments(shape, "x")}
      FROM ${shape[side.side]} AS x
      WHERE p.${side.did} = '~' AND p.${C.outcome} = 'copy' AND ${keyMatches(shape.table, "x", "p")}`);
  }
}

/** A side has as many rows as the base less its deletions: then none of them is new. */
function hasNewRows(db: Database.Database, shape: Shape, side: SideNames): boolean {
  const known = count(db, `SELECT count(*) FROM ${baseOf(shape)}`);
  const deleted = count(db, `SELECT count(*) FROM ${shape.work.plan} WHERE ${side.did} = '-'`);
  return countRows(db, shape, side.side) > known - deleted;
}

function findInserts(
  db: Database.Database,
  shape: Shape,
  { side, candidates }: Pick<NewRows, "side" | "candidates">,
  pace: Pace,
): void {
  insertNewRows(db, shape, { side, condition: isNotInBase(shape), candidates }, pace);
}

/** A condition on a side's row `x`. */
function isNotInBase(shape: Shape): string {
  return `NOT EXISTS (SELECT 1 FROM ${baseOf(shape)} AS o WHERE ${keyMatches(shape.table, "o", "x")})`;
}

/** Rows of a side `x` that fulfil a condition. */
interface NewRows {
  readonly side: SideNames;
  readonly condition: string;
  /** Keys that are looked at; `null`: all. */
  readonly candidates: string | null;
}

/** Puts rows of one side that fulfil a condition into the plan as new; those the other side added too are open. */
function insertNewRows(
  db: Database.Database,
  shape: Shape,
  { side, condition, candidates }: NewRows,
  pace: Pace,
): void {
  const { table, work } = shape;
  const other = side.side === "a" ? SIDES[1] : SIDES[0];
  if (other === undefined) return;
  const rowid = table.rowidName === null ? "NULL" : `x.${quoteName(table.rowidName)}`;
  const source = shape[side.side];
  const from =
    candidates === null
      ? `${source} AS x`
      : `${candidates} AS k CROSS JOIN ${source} AS x ON ${keyMatches(table, "x", "k")}`;
  const slices = candidates === null ? slicesOf(db, { table, source, alias: "x" }, pace) : [WHOLE];
  for (const slice of slices) {
    db.prepare(
      `INSERT INTO ${work.plan} (${columnList(table)}, ${side.did}, ${other.did}, ${C.outcome}, ${other.to}, ${other.rowid})
       SELECT ${columnList(table, "x")}, '+', '0', 'copy', 1, ${rowid}
       FROM ${from}
       WHERE ${slice.where} AND ${condition}${notInBag(shape, "x")}
       ON CONFLICT DO UPDATE SET ${side.did} = '+', ${C.outcome} = 'open', ${side.to} = 0, ${other.to} = 0,
         ${side.rowid} = NULL, ${other.rowid} = NULL`,
    ).run(...slice.values);
  }
}

/** Rows of a that did not get into the plan are equal on both sides: they are the base. */
function agreeOnRest(
  db: Database.Database,
  shape: Shape,
  { agreed, rowsA }: { readonly agreed: string; readonly rowsA: number },
  pace: Pace,
): void {
  const { table, work } = shape;
  const isPlanned = `EXISTS (SELECT 1 FROM ${work.plan} AS p WHERE ${keyMatches(table, "p", "x")})`;
  const arePlanned = countPlan(db, shape, "TRUE") > 0;
  if (!arePlanned && copyWhole(db, shape, { into: agreed, rows: rowsA }, pace)) return;
  const condition = arePlanned ? `NOT ${isPlanned}` : "TRUE";
  for (const slice of slicesOf(db, { table, source: shape.a, alias: "x", rows: rowsA }, pace)) {
    db.prepare(
      `INSERT INTO ${agreed} (${columnList(table)}) SELECT ${columnList(table, "x")}
       FROM ${shape.a} AS x WHERE ${slice.where} AND ${condition}${notInBag(shape, "x")}`,
    ).run(...slice.values);
  }
}

/** Rows of a that b has not, or has otherwise. */
function findUnequalRows(db: Database.Database, shape: Shape, rows: number, pace: Pace): void {
  const { table, work } = shape;
  const rowid = table.rowidName === null ? "NULL" : `x.${quoteName(table.rowidName)}`;
  const absent = isAbsent(table, "y");
  for (const slice of slicesOf(db, { table, source: shape.a, alias: "x", rows }, pace)) {
    db.prepare(
      `INSERT INTO ${work.plan} (${columnList(table)}, ${C.didA}, ${C.didB}, ${C.outcome}, ${C.toB}, ${C.rowidB})
       SELECT ${columnList(table, "x")}, '+', CASE WHEN ${absent} THEN '0' ELSE '+' END,
         CASE WHEN ${absent} THEN 'copy' ELSE 'open' END, ${absent}, CASE WHEN ${absent} THEN ${rowid} END
       FROM ${shape.a} AS x LEFT JOIN ${shape.b} AS y ON ${keyMatches(table, "y", "x")}
       WHERE ${slice.where} AND (${absent} OR ${rowsDiffer(table, "x", "y")})${notInBag(shape, "x")}`,
    ).run(...slice.values);
  }
}

function findRowsOnlyInB(db: Database.Database, shape: Shape, pace: Pace): void {
  const side = SIDES[1];
  if (side === undefined) return;
  const isNew = `NOT EXISTS (SELECT 1 FROM ${shape.a} AS o WHERE ${keyMatches(shape.table, "o", "x")})`;
  insertNewRows(db, shape, { side, condition: isNew, candidates: null }, pace);
}

/** Rows that both sides changed to the same: gone on both, or identical on both. */
function findAgreements(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'agree', ${C.gone} = 1
    WHERE ${C.outcome} = 'open' AND ${C.didA} = '-' AND ${C.didB} = '-'`);
  db.exec(`UPDATE ${work.plan} AS p SET ${C.outcome} = 'agree', ${C.gone} = 0, ${assignments(shape, "x")}
    FROM ${shape.a} AS x CROSS JOIN ${shape.b} AS y
    WHERE p.${C.outcome} = 'open' AND ${keyMatches(table, "x", "p")} AND ${keyMatches(table, "y", "p")}
      AND NOT ${rowsDiffer(table, "x", "y")}`);
}

/** `"id" = x."id", …` for the plan's columns. */
function assignments({ table }: Shape, alias: string): string {
  return table.columns
    .map((column) => `${quoteName(column.name)} = ${qualified(column.name, alias)}`)
    .join(", ");
}

/** Leaves out rows with NULL in the key: they are a bag, see bag.ts. */
function notInBag({ table }: Shape, alias: string): string {
  return table.nullableKey ? ` AND NOT ${keyHasNull(table, alias)}` : "";
}

/** Rows of one side that have a key. */
function countRows(db: Database.Database, shape: Shape, side: "a" | "b"): number {
  const where = shape.table.nullableKey ? ` WHERE NOT ${keyHasNull(shape.table, "x")}` : "";
  return count(db, `SELECT count(*) FROM ${shape[side]} AS x${where}`);
}

/** Rows of side a that have none, and are a bag. */
function countNullKeys(db: Database.Database, { table, a }: Shape): number {
  if (!table.nullableKey) return 0;
  return count(db, `SELECT count(*) FROM ${a} AS x WHERE ${keyHasNull(table, "x")}`);
}

function countPlan(db: Database.Database, { work }: Shape, condition: string): number {
  return count(db, `SELECT count(*) FROM ${work.plan} WHERE ${condition}`);
}

function baseOf({ work, table }: Shape): string {
  if (work.base === null) throw new Error(`no base for ${table.name}`);
  return work.base;
}

function count(db: Database.Database, sql: string, values: readonly unknown[] = []): number {
  return db
    .prepare(sql)
    .pluck()
    .get(...values) as number;
}
