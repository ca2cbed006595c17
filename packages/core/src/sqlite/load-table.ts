import type Database from "better-sqlite3";
import { columnsOf, copyWhole, transfers } from "./copy-whole.ts";
import type { WholeCopy } from "./copy-whole.ts";
import { anyOf, columnList, keyMatches, rowsDiffer } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import { isKeyed } from "./plan-tables.ts";
import type { Table } from "./schema/types.ts";
import type { PlannedSide, Shape, SideNames } from "./shape.ts";
import { slicesOf } from "./slices.ts";
import type { Pace } from "./slices.ts";

/** Which side is empty, and which one has the rows. */
export interface LoadWay {
  readonly from: SideNames;
  readonly to: SideNames;
}

/** The side has no row in the table, be it inside a filter or outside. */
export function isEmptyOn(db: Database.Database, { sides }: Shape, { side }: SideNames): boolean {
  return db.prepare(`SELECT 1 FROM ${sides[side].target} LIMIT 1`).get() === undefined;
}

/**
 * How many rows a side has in a table; `null` where they cannot be loaded. Rows must look alike on both sides and
 * in the base, and each must have a key. None may break a CHECK or NOT NULL on its own side, where it may stand since
 * before: records are copied without a look at them.
 */
export function rowsToLoad(db: Database.Database, shape: Shape, { from }: LoadWay): number | null {
  if (!isKeyed(shape) || shape.table.kind === "virtual") return null;
  const { a, b } = shape.sides;
  const isPlain = [a, b].every(
    ({ rows, target, leftOut }) => rows === target && leftOut.length === 0,
  );
  if (!isPlain || JSON.stringify(a.own.foreignKeys) !== JSON.stringify(b.own.foreignKeys))
    return null;
  const { own, target } = shape.sides[from.side];
  if (!isWellFormed(db, from, own)) return null;
  const broken = anyOf([
    ...own.checks.map((check) => `NOT (${check})`),
    ...own.columns
      .filter(({ name, notNull }) => notNull || isKeyColumn(own, name))
      .map(({ name }) => `${quoteName(name)} IS NULL`),
  ]);
  const sql =
    broken === "FALSE"
      ? `SELECT count(*) AS rows, 0 AS broken FROM ${target} NOT INDEXED`
      : `SELECT count(*) AS rows, max(${broken}) AS broken FROM ${target} NOT INDEXED`;
  const found = db.prepare(sql).get() as { readonly rows: number; readonly broken: number | null };
  return found.broken === 1 ? null : found.rows;
}

/** Records can be read and stand in their order: what is copied without a look at it would be as damaged there. */
function isWellFormed(db: Database.Database, { side }: SideNames, { name }: Table): boolean {
  return db.pragma(`${side}.quick_check(${quoteName(name)})`, { simple: true }) === "ok";
}

/** An INTEGER PRIMARY KEY holds none. */
function isKeyColumn({ key, keyIsRowid }: Table, name: string): boolean {
  return !keyIsRowid && key.some((part) => part.name === name);
}

/**
 * Copies all rows of a side into the table's base, which is empty: what is going to be written to the other
 * side stands there from then on.
 *
 * @returns how many there are
 */
export function copyToBase(
  db: Database.Database,
  shape: Shape,
  { into, rows, from }: Required<WholeCopy>,
  pace: Pace,
): void {
  const { table } = shape;
  const source = shape[from];
  if (copyWhole(db, shape, { into, rows, from }, pace)) return;
  const columns = rowColumns(shape.sides[from]);
  for (const slice of slicesOf(db, { table, source, alias: "x", rows }, pace)) {
    db.prepare(
      `INSERT INTO ${into} (${columns}) SELECT ${columns} FROM ${source} AS x WHERE ${slice.where}`,
    ).run(...slice.values);
  }
}

/** The rowid, where it is not the key, then the columns: a row keeps its place. */
function rowColumns({ seen }: PlannedSide): string {
  return [...(seen.rowidName === null ? [] : [quoteName(seen.rowidName)]), columnList(seen)].join(
    ", ",
  );
}

/**
 * Fills the empty table of a side. Record by record, and indexes in their own order, where SQLite can; that
 * takes a source which is defined like the target, as the other side is, if it still holds what stands in the base.
 *
 * @param source - the base, or the other side's table
 * @returns how many rows the table has then, and whether each of them came as it is, for its bytes were copied
 * @throws what SQLite refuses
 */
export function fillTable(
  db: Database.Database,
  shape: Shape,
  { to, source }: { readonly to: SideNames; readonly source: string },
): { readonly rows: number; readonly isCopied: boolean } {
  const { own, target } = shape.sides[to.side];
  const insert = `INSERT ${own.conflictClause ? "OR ABORT " : ""}INTO ${target}`;
  const whole = `${insert} SELECT * FROM ${source}`;
  // Computed columns are none of the base's; and what a STRICT table holds is looked at.
  const isPlain = own.generated.length === 0 && !own.strict;
  const isCopied =
    isPlain && columnsOf(db, source) === columnsOf(db, target) && transfers(db, whole);
  const columns = rowColumns(shape.sides[to.side]);
  db.exec(isCopied ? whole : `${insert} (${columns}) SELECT ${columns} FROM ${source}`);
  if (isCopied) rebuildIndexes(db, to, own);
  const rows = db.prepare(`SELECT count(*) FROM ${target}`).pluck().get() as number;
  return { rows, isCopied };
}

/**
 * Indexes are copied as well, and may say in a damaged file what its rows do not. Sorting them anew takes a third of
 * the time in which every entry could be looked up.
 */
function rebuildIndexes(db: Database.Database, { side }: SideNames, { name, kind }: Table): void {
  const sql = "SELECT name FROM pragma_index_list(?, ?) WHERE origin <> 'pk' OR ?";
  // The key of a table without rowids is the table itself.
  const isKeyApart = kind === "ordinary" ? 1 : 0;
  const indexes = db.prepare(sql).pluck().all(name, side, isKeyApart) as string[];
  for (const index of indexes) db.exec(`REINDEX ${side}.${quoteName(index)}`);
}

/** How many rows of the base a side does not hold exactly. */
export function countUnlike(
  db: Database.Database,
  { table, sides }: Shape,
  { side }: SideNames,
  base: string,
): number {
  const sql = `SELECT count(*) FROM ${base} AS o LEFT JOIN ${sides[side].target} AS x ON ${keyMatches(table, "x", "o")}
    WHERE ${rowsDiffer(table, "x", "o")} OR x.${quoteName(table.key[0]?.name ?? "")} IS NULL`;
  return db.prepare(sql).pluck().get() as number;
}
